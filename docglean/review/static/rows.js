/* Entries of a list: added, removed, moved, split, joined, pasted, taken from the page. What becomes
   of a row is shown in a table, where it can be mended before it is taken. */
import * as actions from "./actions.js";
import { at, post } from "./api.js";
import { dialog } from "./dialogs.js";
import { el } from "./dom.js";
import { activate } from "./values.js";
import { setDrawing } from "./pointing.js";
import { emit, entryOf, on, store } from "./store.js";
import { many, say, t } from "./texts.js";

/* What can be done with a list, at an entry of it. */
export function menu({ list, index } = {}) {
  list ??= entryOf(store.active)?.list;
  if (!list) return false;
  index ??= entryOf(store.active)?.list.pointer === list.pointer ? entryOf(store.active).index : list.rows - 1;
  const has = index >= 0 && index < list.rows;
  const keys = {
    a: [has ? t.row_add_below : t.row_add, () => table(t.row_new, list, [blank(list)], (rows) => add(list, index + 1, rows))],
    ...has ? {
      r: [t.row_remove, () => { actions.remove(list, index); }],
      ...index > 0 ? { k: [t.row_up, () => actions.move(list, index, index - 1)] } : {},
      ...index + 1 < list.rows ? { j: [t.row_down, () => actions.move(list, index, index + 1)] } : {},
      s: [t.row_split, () => split(list, index)],
      ...index + 1 < list.rows ? { g: [t.row_join, () => join(list, index)] } : {},
    } : {},
    ...store.doc.pages.length ? { t: [has ? t.row_take : t.row_take_new, () => { setDrawing(true, { list, index: has ? index : null }); emit("say", t.draw_a_row); }] } : {},
    p: [t.row_paste, () => paste(list, has ? index + 1 : list.rows)],
    c: [t.rows_complete, () => actions.complete(list)],
    Escape: [t.close],
  };
  dialog(say("rows_title", { list: list.label, n: has ? index + 1 : 0, of: list.rows }), [], keys).classList.add("menu");
}

// ── rows as texts ──────────────────────────────────────────────────────────────────────

const blank = (list) => Object.fromEntries(columns(list).map((column) => [column.name, { text: "", value: null, shown: "", error: null }]));
const columns = (list) => list.columns.length ? list.columns : [{ name: "", label: list.label, kind: "text", choices: null }];
const inner = (list, index, name) => `${list.pointer}/${index}${name ? `/${name}` : ""}`;

/* The cells of an entry as they stand. */
function cells(list, index) {
  return Object.fromEntries(columns(list).map(({ name }) => {
    const one = store.fields.get(inner(list, index, name));
    return [name, { text: one?.text || "", value: one?.value ?? null, shown: one?.text || "", error: null }];
  }));
}

/* An entry of cells, as it is stored. */
function entry(list, row) {
  if ("" in row) return row[""].value;
  const names = Object.keys(row);
  const made = names.every((name) => /^\d+$/.test(name)) ? [] : {};
  for (const name of names) {
    const steps = name.split("/");
    let here = made;
    for (const step of steps.slice(0, -1)) here = here[step] ??= {};
    here[steps.at(-1)] = row[name].value;
  }
  return made;
}

const add = (list, index, rows, box = null) => rows.map((row, place) => ({ action: "add", path: list.pointer, index: index + place, new: entry(list, row), box }));

/* `set` for each cell of an entry that is another now. */
function change(list, index, row, box = null) {
  const was = cells(list, index);
  return Object.keys(row).filter((name) => !actions.same(was[name].value, row[name].value)).map((name) => ({
    action: row[name].value === null ? "absent" : "set", path: inner(list, index, name), old: was[name].value, new: row[name].value, text: row[name].text, box,
  }));
}

/* One entry as two: what runs over several lines is parted there; figures stay above. */
function split(list, index) {
  const upper = cells(list, index);
  const lower = blank(list);
  for (const name of Object.keys(upper)) {
    const [first, ...rest] = upper[name].text.split(/\r?\n/);
    if (rest.length) { upper[name] = unread(first); lower[name] = unread(rest.join("\n")); }
  }
  table(t.row_split, list, [upper, lower], ([above, below]) => [...change(list, index, above), ...add(list, index + 1, [below])]);
}

/* Two entries as one: texts one behind the other, of figures the first that is there. */
function join(list, index) {
  const upper = cells(list, index);
  const lower = cells(list, index + 1);
  for (const { name, kind } of columns(list)) {
    if (!upper[name].text) upper[name] = lower[name];
    else if (kind === "text" && lower[name].text) upper[name] = unread(`${upper[name].text}\n${lower[name].text}`);
  }
  const gone = { action: "remove", path: list.pointer, index: index + 1, old: entry(list, lower) };
  table(t.row_join, list, [upper], ([row]) => [...change(list, index, row), gone]);
}

const unread = (text) => ({ text, value: undefined, shown: "", error: null });

function paste(list, index) {
  const area = el("textarea", { rows: 6, class: "wide", "aria-label": t.paste_here, placeholder: t.paste_here });
  const error = el("p", { class: "problem", role: "alert", hidden: true });
  const made = dialog(say("paste_title", { list: list.label }), [el("p", { text: t.paste_how }), area, error], { Escape: [t.close] });
  area.focus();
  area.addEventListener("paste", () => setTimeout(read));
  const read = async () => {
    try {
      const told = await post(at(store.doc.id, "/paste"), { pointer: list.pointer, text: area.value });
      made.close();
      const rows = told.rows.map((row) => ({ ...blank(list), ...row }));
      const notes = [told.has_header ? t.paste_heads : t.paste_no_heads, told.left_out ? many("paste_left_out", told.left_out) : ""];
      table(many("paste_rows", rows.length), list, rows, (taken) => add(list, index, taken), notes.join(" "));
    } catch (wrong) {
      error.hidden = false;
      error.textContent = wrong.message;
    }
  };
  made.querySelector(".acts").prepend(el("button", { type: "button", class: "primary", onclick: read, text: t.paste_read }));
}

on("row", ({ list, index, cells: taken, box }) => {
  const row = index === null ? { ...blank(list), ...taken } : { ...cells(list, index), ...present(taken) };
  table(t.row_taken, list, [row], ([read]) => index === null ? add(list, list.rows, [read], box) : change(list, index, read, box));
});
const present = (taken) => Object.fromEntries(Object.entries(taken).filter(([, cell]) => cell.text));

// ── the table in which they are seen before they are taken ─────────────────────────────

function table(title, list, rows, events, note = "") {
  const heads = columns(list);
  const shown = rows.map((row, number) => heads.map((column) => cell(list, column, row, number)));
  const body = shown.map((cellsOf, number) => el("tr", {}, el("th", { scope: "row", class: "count", text: number + 1 }), ...cellsOf.map((one) => one.element)));
  const error = el("p", { class: "problem", role: "alert", hidden: true });
  const made = dialog(title, [
    note ? el("p", { text: note }) : "",
    el("div", { class: "scroll" }, el("table", { class: "mending" },
      el("thead", {}, el("tr", {}, el("th", { class: "count" }), ...heads.map((column) => el("th", { scope: "col", text: column.label })))), el("tbody", {}, ...body))),
    error,
  ], { Escape: [t.cancel] });
  made.classList.add("broad");
  const save = async () => {
    await Promise.all(shown.flat().map((one) => one.read())).catch(() => {});
    const wrong = shown.flat().find((one) => one.wrong());
    if (wrong) {
      error.hidden = false;
      error.textContent = t.mend_first;
      return wrong.input.focus();
    }
    const all = events(rows);
    made.close();
    if (all.length) actions.tell(all);
  };
  made.querySelector(".acts").prepend(el("button", { type: "button", class: "primary", onclick: save }, el("span", { text: t.take_rows }), el("kbd", { "aria-hidden": "true", text: "↵" })));
  made.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && event.target.matches("input, textarea")) { event.preventDefault(); save(); }
  });
  shown.flat()[0]?.input.focus();
}

/* One cell: typed text, and below what it is stored as. */
function cell(list, column, row, number) {
  const long = row[column.name].text.includes("\n");
  const input = el(long ? "textarea" : "input", { "aria-label": `${number + 1} ${column.label}`, autocomplete: "off", spellcheck: "false", rows: long ? 2 : null });
  const told = el("output", { class: "stored" });
  input.value = row[column.name].text;
  const wrong = () => !!row[column.name].error || row[column.name].value === undefined;
  const tell = () => {
    const { error, shown, text } = row[column.name];
    told.textContent = error || (shown !== text ? shown : "");
    told.classList.toggle("wrong", !!error);
    input.setAttribute("aria-invalid", String(!!error));
  };
  async function read() {
    if (input.value === row[column.name].text && row[column.name].value !== undefined) return;
    const text = input.value;
    const pointer = inner(list, Math.max(0, Math.min(number, list.rows - 1)), column.name);
    try {
      row[column.name] = { ...await actions.parse(pointer, text), text };
    } catch (error) {
      row[column.name] = { ...unread(text), error: error.message };
    }
    tell();
  }
  input.addEventListener("change", read);
  if (row[column.name].value === undefined) read(); else tell();
  return { element: el("td", {}, input, told), input, read, wrong };
}

on("rows", (told) => {
  const first = [...store.fields.keys()].find((pointer) => pointer.startsWith(`${told.list.pointer}/`));
  if (first && entryOf(store.active || "")?.list.pointer !== told.list.pointer) activate(first);
  menu(told.index === null ? { list: told.list } : told);
});
