/* The values of the document: made by the server, changed only where something has changed. */
import { $, el, parsed } from "./dom.js";
import { waiting } from "./outbox.js";
import { emit, entryOf, field, isWanted, on, restart, store } from "./store.js";
import { looks, say, t } from "./texts.js";

const pane = $("values");
const button = (one) => one && $(one.dom)?.querySelector(".value");

/* Show the values of a document anew, or what has changed in them. */
function draw(doc, { anew = false } = {}) {
  const had = pane.contains(document.activeElement);
  const fresh = parsed(doc.html.values);
  for (const one of fresh.querySelectorAll(".leaf[id], td[id]")) one.dataset.was = one.outerHTML;
  if (anew || !patch(fresh)) {
    const top = pane.scrollTop;
    pane.replaceChildren(fresh);
    pane.scrollTop = anew ? 0 : top;
    addListButtons(doc);
  }
  byDom = new Map(doc.fields.map((one) => [one.dom, one]));
  View.index();
  mark(doc);
  if (had && !pane.contains(document.activeElement)) focus();
}

let byDom = new Map();

/* Put only entries and cells that differ in the place of the old ones. Gives false where the values
   are others, or in another order. */
function patch(fresh) {
  const ids = (from) => [...from.querySelectorAll("[id]")].map((one) => one.id).join(" ");
  if (!pane.firstElementChild || ids(fresh) !== ids(pane)) return false;
  for (const one of fresh.querySelectorAll(".leaf[id], td[id]")) {
    const old = $(one.id);
    if (old.dataset.was === one.dataset.was) continue;
    const hadFocus = old.contains(document.activeElement);
    old.replaceWith(one);
    if (hadFocus) one.querySelector(".value")?.focus({ preventScroll: true });
  }
  return true;
}

function addListButtons(doc) {
  for (const list of doc.lists) {
    const part = $(list.dom);
    const head = part?.querySelector("h3, h4, h5, h6");
    if (!head) continue;
    const open = () => emit("rows", { list, index: null });
    head.append(" ", el("button", { type: "button", class: "rows", "data-list": list.pointer, text: t.rows_button,
      "aria-label": say("rows_of", { list: list.label }), onclick: open }));
  }
}

/* Mark what waits to be saved, what wants a look and which entries a broken check speaks of. */
function mark(doc) {
  const unsaved = new Set(waiting(doc.id).map((one) => one.event.path));
  const broken = doc.checks.filter((check) => !check.holds);
  const off = new Set(broken.flatMap((check) => check.off?.length ? check.off : check.pointers));
  for (const one of doc.fields) {
    const element = $(one.dom);
    if (!element) continue;
    element.classList.toggle("saving", unsaved.has(one.pointer));
    element.classList.toggle("wanted", isWanted(one));
    element.classList.toggle("off", off.has(one.pointer));
  }
  light();
}

/* What was just said, before the server has answered. */
function foretell(events) {
  for (const event of events) {
    const one = store.fields.get(event.path);
    if (!one || !["confirm", "set", "absent"].includes(event.action)) continue;
    one.state = { confirm: "confirmed", set: "corrected", absent: "absent" }[event.action];
    if (event.action !== "confirm") {
      one.value = event.new;
      one.text = event.new === null ? "" : event.shown ?? String(event.new);
      const shown = button(one);
      if (shown) shown.replaceChildren(el("span", { class: "sr", text: `${one.label}: ` }), one.text || "–", el("span", { class: "sr", text: `, ${looks[one.state]}` }));
    }
    const element = $(one.dom);
    if (element) {
      element.classList.remove("look-not_looked", "look-asked");
      element.classList.add(`look-${one.state}`);
      delete element.dataset.was;
    }
  }
  if (store.doc) mark(store.doc);
}

// ── the value that is looked at ────────────────────────────────────────────────────────

let stop = null;

function light() {
  const one = field();
  View.light(one ? [one.dom] : []);
  const now = button(one);
  if (stop && stop !== now) { stop.tabIndex = -1; stop.removeAttribute("aria-current"); }
  stop = now || pane.querySelector(".value");
  if (!stop) return;
  stop.tabIndex = 0;
  if (now) stop.setAttribute("aria-current", "true");
}

/* Look at a value. */
export function activate(pointer, { focused = true } = {}) {
  if (!store.fields.has(pointer)) return;
  if (pointer !== store.active) { restart(); store.place = 0; }
  store.active = pointer;
  light();
  if (focused) focus();
  emit("active", pointer);
  bring();
}

/* The card above grows and shrinks: what is looked at stays in view. */
function bring() {
  button(field())?.closest(".leaf, td").scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
}
new ResizeObserver(() => { if (getComputedStyle(pane).overflowY === "auto") bring(); }).observe(pane);

export function focus() {
  (button(field()) || pane.querySelector(".value") || pane).focus({ preventScroll: true });
}

const all = () => [...store.fields.values()];

/* The next value for which `test` holds, after the one that is looked at, and from the top on. */
export function after(test, step = 1) {
  const some = all();
  const from = some.findIndex((one) => one.pointer === store.active);
  const order = step > 0 ? [...some.slice(from + 1), ...some.slice(0, Math.max(from, 0))] : [...some.slice(0, Math.max(from, 0)).reverse(), ...some.slice(from + 1).reverse()];
  return order.find(test) || null;
}

/* One value on or back; in a table one row, so that the columns stay. False at the end. */
export function step(by) {
  const some = all();
  const entry = store.active && $(field().dom)?.matches("td") ? entryOf(store.active) : null;
  const below = entry && `${entry.list.pointer}/${entry.index + by}${entry.name ? `/${entry.name}` : ""}`;
  if (below && store.fields.has(below)) return activate(below);
  const from = some.findIndex((one) => one.pointer === store.active);
  const inside = (one) => entry && one.pointer.startsWith(`${entry.list.pointer}/`);
  const rest = by > 0 ? some.slice(from + 1) : some.slice(0, Math.max(from, 0)).reverse();
  const to = rest.find((one) => !inside(one));
  return to ? activate(to.pointer) : undefined;
}

/* One cell to the side, in a table. */
export function aside(by) {
  const cell = store.active && $(field().dom);
  if (!cell?.matches("td")) return false;
  const to = by > 0 ? cell.nextElementSibling : cell.previousElementSibling;
  return to && byDom.has(to.id) ? activate(byDom.get(to.id).pointer) : undefined;
}

pane.addEventListener("click", (event) => {
  const entry = event.target.closest(".leaf, td");
  const one = entry && byDom.get(entry.id);
  if (one) activate(one.pointer);
});
pane.addEventListener("focusin", (event) => {
  const one = byDom.get(event.target.closest(".value")?.closest(".leaf, td")?.id);
  if (one && one.pointer !== store.active) activate(one.pointer, { focused: false });
});
pane.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (by && event.target.matches(".value") && aside(by) !== false) event.preventDefault();
});
on("document", ({ doc, anew }) => draw(doc, { anew }));
on("said", foretell);
on("outbox", () => { if (store.doc) mark(store.doc); });
