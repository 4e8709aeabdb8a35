/* The card of the value that is looked at: what is known of it, and all that can be said of it. */
import * as actions from "./actions.js";
import { $, el } from "./dom.js";
import { editor } from "./editor.js";
import { run, sign, signOf } from "./keys.js";
import { activate, focus } from "./values.js";
import { emit, entryOf, field, on, store } from "./store.js";
import { looks, many, say, t } from "./texts.js";
import { waiting } from "./outbox.js";

const card = $("card");
let open = null;

function draw() {
  const one = field();
  if (!one) return card.replaceChildren(el("p", { class: "none", text: store.doc ? t.nothing_active : "" }));
  const editing = open && open.pointer === one.pointer ? open : null;
  if (!editing) close();
  const parts = [head(one), editing ? editing.element : value(one), ...known(one), buttons(one, editing)];
  if (!editing) return card.replaceChildren(...parts);
  // The editor stays where it is: what is typed must not be lost to an answer of the server.
  while (card.firstChild && card.firstChild !== editing.element) card.firstChild.remove();
  while (editing.element.nextSibling) editing.element.nextSibling.remove();
  if (card.firstChild !== editing.element) card.replaceChildren(editing.element);
  editing.element.before(parts[0]);
  editing.element.after(...parts.slice(2));
}

function head(one) {
  const unsaved = waiting(store.doc.id).some((other) => other.event.path === one.pointer);
  const state = one.by && one.state !== "not_looked" ? say("looked_by", { look: looks[one.state], by: one.by }) : looks[one.state];
  return el("header", {},
    one.group ? el("p", { class: "crumb", text: one.group }) : null,
    el("h2", { text: one.label }),
    el("p", { class: `state look-${one.state}` }, el("span", { text: unsaved ? t.saving : state }),
      one.where ? el("span", { class: "where", text: ` · ${one.where}` }) : null),
    one.about ? el("p", { class: "about", text: one.about }) : null);
}

function value(one) {
  return el("div", { class: "shown" },
    el("button", { type: "button", class: `big ${one.text ? "" : "none"}`, title: t.edit, onclick: () => edit(), text: one.text || t.no_value }),
    one.printed ? el("p", { class: "printed" }, `${t.printed_as} `, el("q", { text: one.printed })) : null,
    one.first && one.state !== "not_looked" && one.first !== one.text ? el("p", { class: "printed", text: say("engine_read", { value: one.first }) }) : null);
}

/* What speaks for and against it. */
function known(one) {
  const found = [];
  if (one.asked) found.push(ask(one));
  if (one.confidence) found.push(sureness(one.confidence));
  one.readings.forEach((reading) => found.push(el("p", { class: "reading" }, el("span", { text: reading.said }), " ",
    other(() => actions.set(one.pointer, { value: reading.value, text: reading.text }), one.readings[0] === reading && !one.asked))));
  for (const problem of one.problems) found.push(el("p", { class: "problem", text: problem }));
  const checks = store.doc.checks.filter((check) => check.pointers.includes(one.pointer));
  if (checks.length) found.push(el("ul", { class: "checks", "aria-label": t.checks }, ...checks.map((check) => line(check, one))));
  return found;
}

function ask(one) {
  const now = one.asked.engine_now;
  const shown = now === null ? t.no_value : String(now);
  return el("div", { class: "asked", role: "note" }, el("p", { text: say("asked", { engine: shown, person: one.text || t.no_value, by: one.by }) }),
    el("p", {}, say("keep_it", { key: signOf("confirm") }), " ",
      other(() => actions.set(one.pointer, { value: now, text: shown }), true)));
}

const other = (take, isFirst) => action("other", isFirst ? t.take_other : t.take_this, () => { take(); next(); }, isFirst);

function sureness(told) {
  return el("div", { class: "confidence" },
    el("span", { class: `sure ${told.level}`, text: say("sure", { share: told.text }) }),
    told.calibrated ? null : el("span", { class: "prior", title: t.not_calibrated_means, text: t.not_calibrated }),
    told.why.length ? el("ul", { class: "whys", "aria-label": t.why }, ...told.why.map((why) => el("li", { text: why }))) : null);
}

/* A check, with the other values that take part in it to go to. */
function line(check, one) {
  const others = check.pointers.filter((pointer) => pointer !== one.pointer).map((pointer) => store.fields.get(pointer)).filter(Boolean);
  const shown = others.slice(0, 4);
  return el("li", { class: check.holds ? "holds" : "fails" }, el("span", { class: "mark", "aria-hidden": "true", text: check.holds ? "✓" : "✗" }),
    el("span", { class: "sr", text: check.holds ? t.holds : t.fails }), ` ${check.message} `,
    ...check.holds ? [] : shown.map((other) => el("button", { type: "button", class: "link", onclick: () => activate(other.pointer), text: other.label })),
    others.length > shown.length && !check.holds ? ` ${many("more_values", others.length - shown.length)}` : null);
}

function action(name, text, press, shown = true, more = {}) {
  return el("button", { type: "button", onclick: press, "data-action": name, ...more }, el("span", { text }),
    shown ? el("kbd", { "aria-hidden": "true", text: name === "save" ? signOf("confirm") : signOf(name) }) : null);
}

function buttons(one, editing) {
  const row = el("div", { class: "acts", role: "group", "aria-label": t.actions });
  if (editing) {
    row.append(action("save", t.save, () => editing.save(), true, { class: "primary" }), el("button", { type: "button", onclick: leave }, el("span", { text: t.cancel }), el("kbd", { "aria-hidden": "true", text: sign("Escape") })));
  } else {
    row.append(action("confirm", t.right, () => run("confirm"), true, { class: "primary" }), action("edit", t.edit, () => edit()), action("absent", t.not_there, () => run("absent")));
  }
  if (store.doc.pages.length) row.append(action("draw", t.draw, () => run("draw"), true, { id: "draw", "aria-pressed": "false" }));
  if (one.places.length > 1) row.append(action("place", say("place", { n: (store.place % one.places.length) + 1, of: one.places.length }), () => run("place")));
  if (one.seconds) row.append(action("play", t.play, () => run("play")));
  if (entryOf(one.pointer)) row.append(action("rows", t.rows, () => run("rows")));
  if (one.state !== "not_looked") row.append(action("unlook", t.unlook, () => run("unlook")));
  row.append(action("undo", t.undo, () => run("undo")));
  return row;
}

const next = () => emit("next");

/* Edit the value; `begin`: with this text instead of its own. */
export function edit(begin = null) {
  const one = field();
  if (!one) return;
  close();
  open = editor(one, { begin, left: leave, done: (read, taken) => {
    close();
    actions.set(one.pointer, read, taken);
    next();
  } });
  open.pointer = one.pointer;
  document.body.classList.add("editing");
  card.querySelector(".shown")?.replaceWith(open.element);
  draw();
  open.focus();
}

function close() {
  if (!open) return;
  open.element.remove();
  open = null;
  document.body.classList.remove("editing");
}

function leave() {
  close();
  draw();
  focus();
}

/* Text from the page goes into the editor, which is opened for it: nothing is stored unseen. */
on("taken", (told) => {
  if (!open) edit("");
  open?.take(told);
});

export const takeOther = () => {
  const first = card.querySelector("[data-action=other]");
  if (!first) return false;
  first.click();
};

on("active", draw);
on("document", draw);
on("outbox", () => { if (!open) draw(); });
on("place", draw);
on("drawing", ({ on }) => $("draw")?.setAttribute("aria-pressed", String(on)));
