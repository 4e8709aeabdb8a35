/* What a person can say of a document, as events. */
import { post, at } from "./api.js";
import { uuid } from "./dom.js";
import { drop, put } from "./outbox.js";
import { emit, field, isOpen, isWanted, restart, spent, store } from "./store.js";

/* Say it: each event gets an id; several get a group, so that one undo takes all of them back. */
export function tell(events, { quick = false } = {}) {
  const group = events.length > 1 ? uuid() : "";
  const seconds = quick ? 0 : spent();
  const made = events.map((event, place) => ({
    id: uuid(), group, seconds: place ? 0 : seconds, result: store.doc.fingerprint, ...event,
  }));
  remember({ id: group || made[0].id, path: made[0].path });
  put(store.doc.id, store.doc.revision, made);
  emit("said", made);
  restart();
}

/* The value is right. */
export function confirm(pointer = store.active) {
  const one = field(pointer);
  if (one) tell([{ action: "confirm", path: pointer, old: one.value, new: one.value }]);
}

/* The document has no such value. */
export function absent(pointer = store.active) {
  const one = field(pointer);
  if (one) tell([{ action: "absent", path: pointer, old: one.value, new: null }]);
}

/* It is another value. `read` is what the server made of a text, `taken` where on a page it stands. */
export function set(pointer, read, taken = null) {
  const one = field(pointer);
  if (read.value === null) return absent(pointer);
  if (same(read.value, one.value) && !taken) return confirm(pointer);
  tell([{ action: "set", path: pointer, old: one.value, new: read.value, text: read.text || "", box: taken }]);
}

export const same = (left, right) => JSON.stringify(left) === JSON.stringify(right);

/* Nobody has looked at it after all. */
export function unlook(pointer = store.active) {
  const one = field(pointer);
  if (one && one.state !== "not_looked") tell([{ action: "unlook", path: pointer, old: one.value }]);
}

export const parse = (pointer, text) => post(at(store.doc.id, "/parse"), { pointer, text });

/* A box over a page, in per cent, as the event holds it: in points. */
export function inPoints(page, [left, top, width, height]) {
  const size = store.doc.pages.find((one) => one.number === page);
  if (!size) return null;
  const x = (share) => Math.round(share * size.width) / 100;
  const y = (share) => Math.round(share * size.height) / 100;
  return { page, box: [x(left), y(top), x(left + width), y(top + height)] };
}

// ── taking back ────────────────────────────────────────────────────────────────────────

const MOST_STEPS = 200;
const name = () => `docglean.steps:${store.session.name}:${store.doc.id}`;
const steps = () => JSON.parse(sessionStorage.getItem(name()) || "[]");

function remember(step) {
  sessionStorage.setItem(name(), JSON.stringify([...steps(), step].slice(-MOST_STEPS)));
}

/* Take back what was said last. Gives the place that it was about, null where there is nothing. */
export function undo() {
  const all = steps();
  const step = all.pop();
  if (!step) return null;
  sessionStorage.setItem(name(), JSON.stringify(all));
  if (!drop((one) => one.event.id === step.id || one.event.group === step.id)) {
    const event = { id: uuid(), action: "undo", path: "", undoes: step.id, result: store.doc.fingerprint };
    put(store.doc.id, store.doc.revision, [event]);
  }
  emit("said", []);
  return step.path;
}

// ── the whole document ─────────────────────────────────────────────────────────────────

export const open = () => [...store.fields.values()].filter(isOpen);
export const wanted = () => [...store.fields.values()].filter(isWanted);

/* Sign the document off; with `rest` all that nobody has looked at is said to be right, and every
   list to be complete. */
export function done(rest = false) {
  const others = rest ? open().map((one) => ({ action: "confirm", path: one.pointer, old: one.value, new: one.value })) : [];
  const lists = rest ? store.doc.lists.filter((one) => isOpen(one) || one.state === "edited").map((one) => ({ action: "confirm", path: one.pointer })) : [];
  tell([...others, ...lists, { action: "done", path: "" }], { quick: rest });
}

export const reopen = () => tell([{ action: "reopen", path: "" }], { quick: true });

// ── entries of lists ───────────────────────────────────────────────────────────────────

export const remove = (list, index) => tell([{ action: "remove", path: list.pointer, index, old: valueAt(list.pointer)?.[index] ?? null }]);
export const move = (list, index, to) => tell([{ action: "move", path: list.pointer, index, to }]);
export const complete = (list) => tell([{ action: "confirm", path: list.pointer }]);

/* The values below a pointer, put together from the leaves. */
export function valueAt(pointer) {
  const below = [...store.fields.values()].filter((one) => one.pointer === pointer || one.pointer.startsWith(`${pointer}/`));
  if (below.length === 1 && below[0].pointer === pointer) return below[0].value;
  const lists = new Set(store.doc.lists.map((list) => list.pointer));
  const root = lists.has(pointer) ? [] : {};
  for (const one of below) plant(root, one.pointer.slice(pointer.length + 1).split("/"), one.value, pointer, lists);
  return root;
}

function plant(root, steps, value, path, lists) {
  let here = root;
  let known = path;
  steps.slice(0, -1).forEach((step) => {
    known = `${known}/${step}`;
    here[step] ??= lists.has(known) ? [] : {};
    here = here[step];
  });
  here[steps.at(-1)] = value;
}
