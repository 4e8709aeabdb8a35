/* What was said and is not on the server's disk yet. Each event is kept in the browser until the
   server says that it has it, and is sent again under the same id: once is enough. */
import { Refused, Unreachable, at, post } from "./api.js";
import { emit, on } from "./store.js";

const AGAIN = 2_000;
const PACK = 500;
let sending = false;
let timer = 0;
let room = "";
let number = 0;
export const trouble = { kind: "", told: null };

/* Keep what is unsent apart from that of other folders which the same address has served. */
export function open(session) {
  room = `docglean:${session.key}:${session.by}:`;
  flush();
}

function keys() {
  return Object.keys(localStorage).filter((key) => key.startsWith(room)).sort();
}

export const unsent = () => keys().map((key) => ({ key, ...JSON.parse(localStorage.getItem(key)) }));
export const waiting = (id) => unsent().filter((one) => one.id === id);

/* Say something of a document. Events that belong together come together. */
export function put(id, revision, events) {
  for (const event of events) {
    number += 1;
    const order = `${String(Date.now()).padStart(15, "0")}.${String(number).padStart(6, "0")}`;
    const text = JSON.stringify({ id, revision, event });
    try {
      localStorage.setItem(`${room}${order}.${event.id}`, text);
    } catch {
      trouble.kind = "full_here";
    }
  }
  emit("outbox");
  flush();
}

/* Take back what was not sent yet. Gives whether it was still here. */
export function drop(test) {
  const gone = unsent().filter((one) => test(one) && !one.sent);
  for (const one of gone) localStorage.removeItem(one.key);
  emit("outbox");
  return gone.length > 0;
}

export async function flush() {
  clearTimeout(timer);
  if (sending) return;
  sending = true;
  try {
    for (let all = unsent(); all.length; all = unsent()) {
      const first = all[0];
      const same = all.filter((one) => one.id === first.id && one.revision === first.revision).slice(0, PACK);
      if (!(await send(same))) break;
    }
  } finally {
    sending = false;
    emit("outbox");
  }
}

/* Send some events of one document; gives whether to go on with the next ones. */
async function send(some) {
  const [{ id, revision }] = some;
  const sent = new Set(some.map((one) => one.key));
  for (const one of some) mark(one);
  emit("outbox");
  try {
    const doc = await post(at(id, "/events"), { revision, events: some.map((one) => one.event) });
    for (const key of sent) localStorage.removeItem(key);
    trouble.kind = "";
    // Only if nobody else has spoken in between were the later ones said of what stands now.
    if (doc.revision === revision + some.length) raise(id, revision, doc.revision);
    emit("saved", doc);
    return true;
  } catch (error) {
    return failed(error, some);
  }
}

function mark(one) {
  const { key, ...rest } = one;
  localStorage.setItem(key, JSON.stringify({ ...rest, sent: true }));
}

function raise(id, from, to) {
  for (const { key, ...one } of waiting(id)) {
    if (one.revision === from) localStorage.setItem(key, JSON.stringify({ ...one, revision: to }));
  }
}

/* What it is that lasts: a full disk, a server that nobody is signed in with, or none at all. */
const kindOf = ({ status }) => status === 507 ? "disk_full" : status === 401 || status === 403 ? "signed_out" : "unreachable";

/* The server was asked something else, and this came of it. */
export function heard(error = null) {
  if (error && !(error instanceof Unreachable) && kindOf(error) !== "signed_out") return;
  if (!error && unsent().length) return;
  trouble.kind = error ? kindOf(error) : "";
  trouble.told = error?.body || null;
  emit("outbox");
}

function failed(error, some) {
  const lasts = error instanceof Unreachable || (error instanceof Refused && error.status >= 500);
  if (!lasts && !(error instanceof Refused)) throw error;
  const status = error.status || 0;
  trouble.told = error.body || null;
  if (lasts || status === 401 || status === 403 || status === 429) {
    trouble.kind = kindOf(error);
    timer = setTimeout(flush, AGAIN);
    return false;
  }
  const groups = apart(some);
  if (groups.length > 1) return alone(groups); // only one of them may be at fault
  for (const one of some) localStorage.removeItem(one.key);
  trouble.kind = "";
  emit(status === 409 ? "conflict" : "refused", { some, body: error.body });
  return status !== 409;
}

/* Events by what belongs together. */
function apart(some) {
  const groups = new Map();
  for (const one of some) {
    const name = one.event.group || one.event.id;
    groups.set(name, [...(groups.get(name) || []), one]);
  }
  return [...groups.values()];
}

async function alone(groups) {
  for (const one of groups) {
    if (!(await send(one))) return false;
  }
  return true;
}

addEventListener("online", flush);
on("retry", flush);
addEventListener("storage", (event) => { if (event.key?.startsWith(room)) emit("outbox"); });
// What is unsent is kept; who leaves all the same may not come back to this address.
addEventListener("beforeunload", (event) => {
  if (unsent().length && trouble.kind !== "signed_out") event.preventDefault();
});
