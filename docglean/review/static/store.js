/* What the page knows: who reviews, the document that is open, the value that is looked at. */

export const store = {
  session: {},
  doc: null,
  fields: new Map(),
  active: null,
  place: 0,
};

const listeners = new Map();

/* Call `listener` whenever `name` happens: document, changed, active, outbox, queue. */
export function on(name, listener) {
  listeners.set(name, [...(listeners.get(name) || []), listener]);
}

export function emit(name, detail) {
  for (const listener of listeners.get(name) || []) listener(detail);
}

export const field = (pointer = store.active) => store.fields.get(pointer) || null;

export function keep(doc) {
  store.doc = doc;
  store.fields = new Map(doc.fields.map((one) => [one.pointer, one]));
  if (!store.fields.has(store.active)) store.active = null;
}

/* Whether nobody has looked at a value, or has to look again. */
export const isOpen = (one) => one.state === "not_looked" || one.state === "asked";

/* What is to be looked at: what the queue names; a value that was read otherwise since always is. */
export const isWanted = (one) => isOpen(one) && (one.queued || one.state === "asked");

/* The list that a value is in, with the number of its entry and the place within it; the innermost
   where lists are in lists. */
export function entryOf(pointer) {
  const found = (store.doc?.lists || [])
    .filter((list) => pointer.startsWith(`${list.pointer}/`))
    .sort((left, right) => right.pointer.length - left.pointer.length)[0];
  if (!found) return null;
  const [index, ...rest] = pointer.slice(found.pointer.length + 1).split("/");
  return { list: found, index: Number(index), name: rest.join("/") };
}

/* Seconds that somebody has looked at the value before him. Who went away comes back to a full
   clock at most: what is told of speed must not count his lunch. */
const MOST_SECONDS = 120;
let since = performance.now();
export const restart = () => { since = performance.now(); };
export const spent = () => Math.min(MOST_SECONDS, Math.round((performance.now() - since) / 100) / 10);
document.addEventListener("visibilitychange", restart);
