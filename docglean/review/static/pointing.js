/* Text taken from the page with the mouse or a finger: a click on a word, or a box that is drawn. */
import { get, post, at } from "./api.js";
import { inPoints } from "./actions.js";
import { $, el, lay } from "./dom.js";
import { clicked } from "./paper.js";
import { emit, on, store } from "./store.js";
import { say, t } from "./texts.js";

const pane = $("paper");
const SMALL = 5;
/* Pixels that a hand moves while it clicks. */
const known = new Map();
let drawing = false;
let row = null;
let start = null;
let frame = null;
const hint = el("div", { class: "word", "aria-hidden": "true" });

/* Words of a page, asked for once. */
function words(number) {
  const key = `${store.doc.id} ${number}`;
  if (!known.has(key)) {
    known.set(key, get(at(store.doc.id, `/pages/${number}/words`)).then((told) => told.words, (error) => {
      known.delete(key);
      throw error;
    }));
  }
  return known.get(key);
}

function point(event, sheet) {
  const there = sheet.getBoundingClientRect();
  const share = (at, from, size) => Math.min(100, Math.max(0, ((at - from) / size) * 100));
  return [share(event.clientX, there.left, there.width), share(event.clientY, there.top, there.height)];
}

const within = ([x, y], [left, top, width, height]) => x >= left && x <= left + width && y >= top && y <= top + height;

/* Whether the next box is drawn by finger, too; `entry` of a list, if it is drawn over a row. */
export function setDrawing(on, entry = null) {
  drawing = on;
  row = on ? entry : null;
  pane.classList.toggle("drawing", on);
  emit("drawing", { on, row });
}
export const isDrawing = () => drawing;

pane.addEventListener("pointerdown", (event) => {
  const sheet = event.target.closest(".sheet");
  if (!sheet || event.button !== 0 || !store.doc || (event.pointerType !== "mouse" && !drawing)) return;
  start = { sheet, from: point(event, sheet), x: event.clientX, y: event.clientY };
  pane.setPointerCapture(event.pointerId);
  event.preventDefault();
});

pane.addEventListener("pointermove", (event) => {
  if (!start) return hover(event);
  if (!frame && Math.hypot(event.clientX - start.x, event.clientY - start.y) < SMALL) return;
  frame ??= start.sheet.appendChild(el("div", { class: "drawn" }));
  lay(frame, between(start.from, point(event, start.sheet)));
});

const between = ([x, y], [u, v]) => [Math.min(x, u), Math.min(y, v), Math.abs(x - u), Math.abs(y - v)];

function end(event) {
  if (!start) return;
  const { sheet, from } = start;
  const drawn = frame && between(from, point(event, sheet));
  frame?.remove();
  start = frame = null;
  if (event.type === "pointercancel") return;
  const page = Number(sheet.dataset.n);
  if (drawn) take(page, drawn);
  else if (event.pointerType === "mouse") click(page, from, event);
}
pane.addEventListener("pointerup", end);
pane.addEventListener("pointercancel", end);

// A finger that scrolls is no click: the browser tells them apart.
pane.addEventListener("click", (event) => {
  if (event.pointerType === "mouse" || drawing) return;
  const sheet = event.target.closest(".sheet");
  if (sheet) click(Number(sheet.dataset.n), point(event, sheet), event);
});

/* What is under the pointer: while something is edited a word for it, else a value, else a word. */
async function click(page, where, event) {
  const editing = document.body.classList.contains("editing");
  const below = document.elementsFromPoint(event.clientX, event.clientY);
  const others = below.filter((one) => one.matches?.(".box:not(.on)"));
  if (others.length && !editing) return clicked(others[0]);
  if (!store.active) return;
  try {
    const word = (await words(page)).find((one) => within(where, one.box));
    if (word) emit("taken", { text: word.text, box: inPoints(page, word.box), add: event.shiftKey });
  } catch (error) {
    emit("wrong", error);
  }
}

async function take(page, box) {
  const entry = row;
  setDrawing(false);
  if (!store.active && !entry) return emit("say", t.no_value_chosen);
  pane.classList.add("reading");
  const pointer = entry ? entry.list.pointer : store.active;
  try {
    const told = await post(at(store.doc.id, entry ? "/row" : "/text"), { page, box, pointer });
    const place = inPoints(page, box);
    if (entry) emit("row", { ...entry, cells: told.row, box: place });
    else if (!told.text.trim()) emit("say", t.nothing_there);
    else emit("taken", { text: told.text, read: told, box: place, add: false });
  } catch (error) {
    emit("wrong", error);
  } finally {
    pane.classList.remove("reading");
  }
}

/* Show which word a click would take. */
let last = 0;
async function hover(event) {
  if (event.pointerType !== "mouse") return;
  const sheet = event.target.closest?.(".sheet");
  if (!sheet || !store.active || drawing) return hint.remove();
  const turn = ++last;
  const where = point(event, sheet);
  const some = await words(Number(sheet.dataset.n)).catch(() => []);
  if (turn !== last || !sheet.isConnected) return;
  const word = some.find((one) => within(where, one.box));
  if (!word) return hint.remove();
  hint.title = say("take_word", { word: word.text });
  sheet.append(lay(hint, word.box));
}
pane.addEventListener("pointerleave", () => { last += 1; hint.remove(); });

on("active", () => hint.remove());
on("document", ({ anew }) => {
  if (!anew) return;
  known.clear();
  start = frame = null;
  if (drawing) setDrawing(false);
});
