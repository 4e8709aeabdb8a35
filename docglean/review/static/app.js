/* The page: opens documents, says what is saved, goes from value to value. */
import * as actions from "./actions.js";
import { Refused, at, get } from "./api.js";
import * as card from "./card.js";
import { help, signOff } from "./dialogs.js";
import { $, el, parsed } from "./dom.js";
import { bind, run, signOf } from "./keys.js";
import * as outbox from "./outbox.js";
import * as paper from "./paper.js";
import { isDrawing, setDrawing } from "./pointing.js";
import * as queue from "./queue.js";
import * as recording from "./recording.js";
import { menu } from "./rows.js";
import { emit, field, isOpen, isWanted, keep, on, restart, store } from "./store.js";
import { many, say, t } from "./texts.js";
import { activate, after, focus, step } from "./values.js";

const POLL = 4_000;
const ahead = new Map();
const visited = [];

// ── documents ──────────────────────────────────────────────────────────────────────────

let asked = 0;

/* Open a document: at once, where it was asked for ahead. */
export async function open(id, { pointer = null, focused = true } = {}) {
  const mine = ++asked;
  let doc;
  try {
    doc = await (ahead.get(id) || get(at(id)));
  } catch (error) {
    ahead.delete(id);
    asked = store.doc ? asked : 0;
    return emit("wrong", error);
  }
  ahead.delete(id);
  if (mine !== asked) return;
  if (store.doc && store.doc.id !== id) visited.push(store.doc.id);
  store.active = null;
  show(doc, true);
  const first = store.fields.get(pointer) || doc.fields.find(isWanted) || doc.fields.find(isOpen) || doc.fields[0];
  if (first) activate(first.pointer, { focused });
  document.body.classList.remove("queue-open");
  restart();
  outbox.flush();
  getAhead(doc.next);
}

/* Show a document as the server tells it; `anew` where it is another one. */
function show(doc, anew) {
  keep(doc);
  document.title = say("title", { name: doc.name });
  $("name").textContent = doc.name;
  $("head").replaceChildren(parsed(doc.html.head));
  $("note").textContent = doc.note;
  $("note").hidden = !doc.note;
  $("people").textContent = doc.people.length ? say("people", { names: doc.people.map((one) => one.by).join(", ") }) : "";
  emit("document", { doc, anew });
  count();
  address();
}

function count() {
  const all = [...store.fields.values()];
  const looked = all.filter((one) => !isOpen(one)).length;
  $("count").textContent = `${many("to_look", actions.wanted().length)} · ${say("looked_of", { n: looked, of: all.length })}`;
  const broken = store.doc.checks.filter((check) => !check.holds).length;
  $("broken").textContent = broken ? many("checks_fail", broken) : "";
}

function address() {
  const told = new URLSearchParams({ doc: store.doc.id, ...store.active ? { value: store.active } : {} });
  history.replaceState(null, "", `#${told}`);
}

/* Ask for the next document and its page before the key is pressed. */
function getAhead(id) {
  if (!id || ahead.has(id)) return;
  ahead.clear();
  const promise = get(at(id));
  ahead.set(id, promise);
  promise.then((doc) => {
    const first = doc.fields.find(isWanted) || doc.fields[0];
    const page = doc.pages.find((one) => one.number === first?.places[0]?.page) || doc.pages[0];
    if (page) new Image().src = `${page.image}?edge=1500`;
  }, () => ahead.delete(id));
}

/* What somebody else, or another window, has said since. */
async function poll() {
  const doc = store.doc;
  // Who edits is not disturbed: where both change the same, the server says so and he is asked.
  if (!doc || document.hidden || outbox.unsent().length || document.body.classList.contains("editing")) return;
  try {
    const { revision } = await get(at(doc.id, "/revision"));
    if (outbox.trouble.kind) outbox.heard();
    if (store.doc !== doc || revision === doc.revision) return;
    const fresh = await get(at(doc.id));
    if (store.doc !== doc || outbox.waiting(doc.id).length) return;
    show(fresh, false);
    const [who] = fresh.people;
    emit("say", who ? say("changed_by", { by: who.by }) : t.changed_elsewhere);
  } catch (error) {
    outbox.heard(error);
  }
}

/* The next document of the queue; where none is known to come, the first that is still there. */
function onward() {
  const id = store.doc?.next || queue.other(store.doc?.id);
  if (id) open(id); else emit("say", t.queue_done);
}

/* The worst document of those that are read so far, where none is open yet. */
async function begin({ indexed, documents }) {
  if (store.doc || asked) return;
  if (queue.first()) await open(queue.first());
  else if (indexed >= documents) $("name").textContent = t.queue_done;
}

/* Back to where one comes from: what is signed off is in the queue no more, but not out of reach. */
async function back() {
  const id = visited.pop() || store.doc?.previous;
  if (!id) return;
  await open(id);
  visited.pop();
}

// ── going on ───────────────────────────────────────────────────────────────────────────

/* The next value that wants a look; where there is none left, what can be done then. */
function next(by = 1) {
  const to = after(isWanted, by);
  if (to) return activate(to.pointer);
  const rest = after(isOpen, by);
  emit("say", rest ? say("all_wanted", { n: actions.open().length, key: signOf("done") }) : say("all_looked", { key: signOf("done") }));
  if (rest && !isWanted(field() || rest)) return activate(rest.pointer);
}

function unsure(by) {
  const some = [...store.fields.values()];
  const from = some.findIndex((one) => one.pointer === store.active);
  const rest = by > 0 ? some.slice(from + 1) : some.slice(0, Math.max(from, 0)).reverse();
  const to = rest.find(isWanted);
  return to ? activate(to.pointer) : false;
}

function undone() {
  const pointer = actions.undo();
  if (pointer === null) return emit("say", t.nothing_to_undo);
  if (pointer) activate(pointer);
  emit("say", t.undone);
  reload();
}

async function reload() {
  if (outbox.waiting(store.doc.id).length) return;
  try {
    const doc = await get(at(store.doc.id));
    if (doc.id === store.doc.id) show(doc, false);
  } catch (error) {
    emit("wrong", error);
  }
}

bind({
  confirm: () => { if (!field()) return false; actions.confirm(); next(); },
  absent: () => { if (!field()) return false; actions.absent(); next(); },
  unlook: () => actions.unlook(),
  undo: undone,
  edit: () => card.edit(),
  type: (text) => card.edit(text),
  other: () => card.takeOther(),
  next_unsure: () => unsure(1),
  previous_unsure: () => unsure(-1),
  next_value: () => step(1),
  previous_value: () => step(-1),
  place: () => paper.nextPlace(),
  draw: () => { setDrawing(!isDrawing()); if (isDrawing()) emit("say", t.draw_a_box); },
  rows: () => menu(),
  play: () => recording.toggle(),
  magnify: () => paper.toggleMagnify(),
  larger: () => paper.zoom(1.25),
  smaller: () => paper.zoom(0.8),
  next_document: onward,
  previous_document: back,
  done: () => { if (store.doc) signOff(); },
  find: () => { document.body.classList.add("queue-open"); $("filter-find").focus(); },
  help,
});

for (const button of document.querySelectorAll("[data-run]")) {
  const key = button.querySelector("kbd");
  if (key) key.textContent = signOf(button.dataset.run);
  button.addEventListener("click", () => run(button.dataset.run));
}
$("theme").addEventListener("click", View.theme);
$("queue-toggle").addEventListener("click", () => {
  const isOpen = document.body.classList.toggle("queue-open");
  $("queue-toggle").setAttribute("aria-expanded", String(isOpen));
});
document.addEventListener("pointerdown", (event) => {
  if (!event.target.closest("#queue, #queue-toggle")) document.body.classList.remove("queue-open");
});
$("paper-toggle").addEventListener("click", () => {
  const folded = document.body.classList.toggle("paper-folded");
  $("paper-toggle").setAttribute("aria-expanded", String(!folded));
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  if (isDrawing()) setDrawing(false);
  document.body.classList.remove("queue-open");
});

// ── what is said ───────────────────────────────────────────────────────────────────────

function tell(text, urgent = false) {
  const place = $(urgent ? "alarm" : "said");
  place.replaceChildren(el("span", { text }));
  clearTimeout(place.timer);
  place.timer = setTimeout(() => place.replaceChildren(), urgent ? 12_000 : 5_000);
}

function saving() {
  const left = outbox.unsent().length;
  const { kind, told } = outbox.trouble;
  $("saved").textContent = left ? many("not_saved", left) : store.doc ? t.all_saved : "";
  $("saved").classList.toggle("unsaved", left > 0);
  $("trouble").hidden = !kind;
  const text = kind === "unreachable" && told?.error ? `${told.error} ${t.kept_here}` : t[`trouble_${kind}`];
  $("trouble-text").textContent = kind ? [text, told?.way_out].filter(Boolean).join(" ") : "";
}

on("say", (text) => tell(text));
on("wrong", (error) => tell(error instanceof Refused ? [error.body.error, error.body.way_out].filter(Boolean).join(" ") : t.trouble_unreachable, true));
on("next", () => next());
on("next_document", () => run("next_document"));
on("open", (id) => open(id));
on("signed", onward);
on("indexed", () => { if (store.doc) reload(); });
on("fresh", (doc) => { if (doc.id === store.doc?.id) show(doc, false); });
on("reload", reload);
on("saved", (doc) => { if (doc.id === store.doc?.id && !outbox.waiting(doc.id).length) show(doc, false); });
on("active", address);
on("said", count);
on("outbox", saving);
on("magnify", (is) => $("magnify").setAttribute("aria-pressed", String(is)));
$("retry").addEventListener("click", () => outbox.flush());

// ── the beginning ──────────────────────────────────────────────────────────────────────

store.session = await get("/api/session");
$("who").textContent = say("who", { by: store.session.by });
$("what").textContent = store.session.name;
$("blind").hidden = !store.session.blind;
outbox.open(store.session);
const first = await queue.refresh();
const told = new URLSearchParams(location.hash.slice(1));
if (told.get("doc")) await open(told.get("doc"), { pointer: told.get("value") });
if (first) await begin(first);
on("queue", begin);
setInterval(poll, POLL);
document.body.classList.add("ready");
focus();
