/* The editor of one value, by its kind: what is typed is shown as it will be stored. */
import { parse } from "./actions.js";
import { el } from "./dom.js";
import { say, t } from "./texts.js";
import { Refused } from "./api.js";

const PAUSE = 120;
const LONG = 60;
/* Characters from which a text gets several lines. */

/* An editor for a field. `done(read, taken)` is called with what is to be stored, `left()` where
   nothing is. Gives its element and what can be done with it. */
export function editor(field, { begin = null, done, left }) {
  const input = inputFor(field, begin ?? field.text);
  const told = el("output", { class: "stored", role: "status" });
  const id = `edit-${field.dom}`;
  input.id = id;
  input.setAttribute("aria-describedby", `${id}-told`);
  told.id = `${id}-told`;
  let read = null;
  let asked = null;
  let timer = 0;
  let taken = null;

  async function understand() {
    clearTimeout(timer);
    const text = input.value;
    if (read && read.text === text) return read;
    if (asked?.text !== text) asked = { text, answer: parse(field.pointer, text) };
    const mine = asked;
    try {
      const answer = await mine.answer;
      if (mine === asked) { read = { ...answer, text }; tell(); }
      return { ...answer, text };
    } catch (error) {
      if (mine === asked) asked = null;
      told.textContent = error instanceof Refused ? `${error.body.error} ${error.body.way_out || ""}` : t.not_understood_now;
      throw error;
    }
  }

  function tell() {
    input.setAttribute("aria-invalid", String(!!read.error));
    told.classList.toggle("wrong", !!read.error);
    if (read.error) told.textContent = read.error;
    else if (read.value === null) told.textContent = t.stored_as_absent;
    else told.textContent = say("stored_as", { value: read.shown || String(read.value) });
  }

  async function save() {
    let answer;
    try {
      answer = await understand();
    } catch {
      return false;
    }
    if (answer.error) { input.focus(); return false; }
    done(answer, taken);
    return true;
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => understand().catch(() => {}), PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); save(); }
    if (event.key === "Escape") { event.preventDefault(); left(); }
  });

  /* What was taken from the page; `add`: behind what is there. */
  function take({ text, read: answer, box, add }) {
    input.value = add && input.value ? `${input.value} ${text}` : text;
    if (input.tagName === "SELECT") choose(input, answer, text);
    taken = add && taken && box && taken.page === box.page ? { page: box.page, box: join(taken.box, box.box) } : box;
    if (answer && !add && input.value === text) { read = { ...answer, text }; tell(); } else understand().catch(() => {});
    input.focus();
  }

  function focus() {
    input.focus();
    if (begin === null) input.select?.();
    else input.setSelectionRange?.(input.value.length, input.value.length);
  }

  const label = el("label", { class: "sr", for: id, text: field.label });
  const element = el("div", { class: "editor" }, label, input, told);
  if (begin !== null) understand().catch(() => {});
  return { element, focus, save, take, get text() { return input.value; } };
}

function join([a, b, c, d], [e, f, g, h]) {
  return [Math.min(a, e), Math.min(b, f), Math.max(c, g), Math.max(d, h)];
}

function inputFor(field, text) {
  const options = field.kind === "truth" ? [["yes", t.yes], ["no", t.no]] : field.choices?.map((one) => [String(one), String(one)]);
  if (options) {
    const made = el("select", {}, el("option", { value: "", text: t.no_value }), ...options.map(([value, shown]) => el("option", { value, text: shown })));
    const begun = options.find(([value, shown]) => value === text) || options.find(([, shown]) => text && shown.toLowerCase().startsWith(text.toLowerCase()));
    made.value = begun ? begun[0] : "";
    return made;
  }
  if (text.length > LONG || text.includes("\n")) {
    const made = el("textarea", { rows: Math.min(8, text.split("\n").length + 1), spellcheck: "false" });
    made.value = text;
    return made;
  }
  const mode = { money: "decimal", number: "decimal" }[field.kind];
  const made = el("input", { type: "text", autocomplete: "off", spellcheck: "false", inputmode: mode });
  made.value = text;
  return made;
}

function choose(select, answer, text) {
  const wanted = answer && !answer.error ? answer.shown : text;
  const found = [...select.options].find((one) => one.value.toLowerCase() === String(wanted).toLowerCase());
  select.value = found ? found.value : "";
}
