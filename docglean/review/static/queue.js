/* The queue of documents: of thousands only those in view are drawn, and asked for. */
import { get } from "./api.js";
import { $, el } from "./dom.js";
import { emit, on, store } from "./store.js";
import { many, say, span, t } from "./texts.js";

const HIGH = 54;
/* CSS pixels of a row; review.css has the same. */
const PACK = 60;
const AROUND = 6;
const pane = $("queue-list");
const room = el("div", { class: "room" });
let packs = new Map();
let total = 0;
let at = -1;
let wanted = {};
let version = 0;
let partly = false;
pane.append(room);

const filters = ["find", "order", "schema", "field", "problem", "status"];

function query(offset, limit) {
  const asked = new URLSearchParams({ offset, limit });
  for (const [name, value] of Object.entries(wanted)) if (value) asked.set(name, value);
  asked.set("open", $("open-only").checked ? "1" : "0");
  return get(`/api/queue?${asked}`);
}

let coming = Promise.resolve();

/* Ask anew for what is in view; `keep` the rows until the new ones are there. */
export function refresh(how) {
  coming = ask(how);
  return coming;
}

async function ask({ keep = true } = {}) {
  version += 1;
  const mine = version;
  const first = Math.floor(pane.scrollTop / HIGH / PACK);
  let told;
  try {
    told = await query(first * PACK, PACK);
  } catch (error) {
    emit("wrong", error);
    return null;
  }
  if (mine !== version) return null;
  packs = new Map([[first, told.rows]]);
  total = told.total;
  if (!keep) { pane.scrollTop = 0; at = -1; }
  tell(told);
  draw();
  emit("queue", told);
  return told;
}

async function load(number) {
  if (packs.has(number)) return;
  packs.set(number, null);
  const mine = version;
  try {
    const told = await query(number * PACK, PACK);
    if (mine !== version) return;
    packs.set(number, told.rows);
    total = told.total;
    draw();
  } catch {
    packs.delete(number);
  }
}

const rowAt = (index) => packs.get(Math.floor(index / PACK))?.[index % PACK] || null;

function draw() {
  room.style.height = `${total * HIGH}px`;
  const from = Math.max(0, Math.floor(pane.scrollTop / HIGH) - AROUND);
  const to = Math.min(total, Math.ceil((pane.scrollTop + pane.clientHeight) / HIGH) + AROUND);
  const rows = [];
  for (let index = from; index < to; index += 1) {
    if (!packs.has(Math.floor(index / PACK))) load(Math.floor(index / PACK));
    rows.push(row(index));
  }
  room.replaceChildren(...rows);
  const active = at >= from && at < to ? `q${at}` : "";
  if (active) pane.setAttribute("aria-activedescendant", active); else pane.removeAttribute("aria-activedescendant");
}

function row(index) {
  const told = rowAt(index);
  const current = told && told.id === store.doc?.id;
  const made = el("div", { role: "option", id: `q${index}`, class: `row${index === at ? " at" : ""}`, "aria-selected": String(!!current),
    "aria-setsize": total, "aria-posinset": index + 1, "data-index": index });
  made.style.top = `${index * HIGH}px`;
  if (!told) return made;
  const kinds = [told.schema, told.run].filter(Boolean).join(" · ");
  made.append(
    el("span", { class: `dot ${told.status}`, "aria-hidden": "true" }),
    el("span", { class: "name", text: told.name, title: told.name }),
    told.least === null ? "" : el("span", { class: `sure ${told.least >= 0.9 ? "high" : told.least >= 0.7 ? "middle" : "low"}`, title: t.least_sure, text: `${Math.floor(told.least * 100 + 1e-6)} %` }),
    el("span", { class: "about" }, el("span", { class: "sr", text: `, ${told.status}, ` }), kinds,
      told.to_look ? el("b", { text: ` · ${many("to_look", told.to_look)}` }) : told.reviewed_by?.length ? ` · ${say("signed_by", { by: [told.reviewed_by].flat().join(", ") })}` : ` · ${t.nothing_to_look}`));
  return made;
}

// ── how far, and what to show ──────────────────────────────────────────────────────────

function tell({ progress, facets, indexed, documents }) {
  const parts = [many("values_left", progress.values_left), many("documents_left", progress.documents_left)];
  if (progress.seconds_left !== null && progress.values_looked) parts.push(say("time_left", { time: span(progress.seconds_left) }));
  const { errors_found_share: found, errors_found_after: then } = progress;
  if (found !== null) parts.push(say("errors_found", { share: Math.floor(found * 100), after: Math.floor(then * 100) }));
  if (indexed < documents) parts.push(say("indexing", { n: indexed.toLocaleString(), of: documents.toLocaleString() }));
  $("progress").textContent = parts.join(" · ");
  $("queue-count").textContent = many("documents", total);
  for (const name of ["schema", "field", "problem", "status"]) options($(`filter-${name}`), facets[name] || {}, wanted[name]);
  if (indexed < documents) setTimeout(refresh, 1_000);
  else if (partly) emit("indexed");
  partly = indexed < documents;
}

function options(select, counts, chosen) {
  if (document.activeElement === select) return;
  const all = el("option", { value: "", text: t.all });
  const named = Object.entries(counts).sort((left, right) => right[1] - left[1]);
  if (chosen && !(chosen in counts)) named.push([chosen, 0]);
  select.replaceChildren(all, ...named.map(([name, count]) => el("option", { value: name, text: `${name.replaceAll("_", " ")} (${count.toLocaleString()})` })));
  select.value = chosen || "";
}

let typing = 0;
function filtered() {
  clearTimeout(typing);
  typing = 0;
  wanted = Object.fromEntries(filters.map((name) => [name, $(`filter-${name}`).value]));
  refresh({ keep: false });
}

/* Nobody opens a row of what was asked before, however fast the keys come. */
async function settled() {
  if (typing) filtered();
  await coming;
}
for (const name of filters) $(`filter-${name}`).addEventListener("change", filtered);
$("open-only").addEventListener("change", filtered);
$("filter-find").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(filtered, 150); });
$("filter-find").addEventListener("keydown", (event) => {
  if (event.key === "Escape") { event.target.value = ""; filtered(); pane.focus(); }
  if (event.key === "Enter" || event.key === "ArrowDown") { event.preventDefault(); pane.focus(); settled().then(() => move(0)); }
});

// ── choosing ───────────────────────────────────────────────────────────────────────────

function move(to) {
  if (!total) return;
  at = Math.min(total - 1, Math.max(0, to));
  const top = at * HIGH;
  if (top < pane.scrollTop) pane.scrollTop = top;
  else if (top + HIGH > pane.scrollTop + pane.clientHeight) pane.scrollTop = top + HIGH - pane.clientHeight;
  draw();
}

/* The first document of the queue as it is asked for, and the first that is not this one. */
export const first = () => rowAt(0)?.id || null;
export const other = (id) => [rowAt(0), rowAt(1)].find((row) => row && row.id !== id)?.id || null;

function open() {
  if (at < 0) move(0);
  const told = rowAt(at);
  if (told) emit("open", told.id);
}

pane.addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
pane.addEventListener("click", (event) => {
  const index = event.target.closest("[data-index]")?.dataset.index;
  const told = index !== undefined && rowAt(Number(index));
  if (told) { at = Number(index); emit("open", told.id); }
});
pane.addEventListener("focus", () => { if (at < 0) move(Math.floor(pane.scrollTop / HIGH)); });
pane.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const page = Math.max(1, Math.floor(pane.clientHeight / HIGH) - 1);
  const steps = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: total - 1 };
  if (event.key in steps) { event.preventDefault(); move(steps[event.key]); }
  if (event.key === "Enter") { event.preventDefault(); settled().then(open); }
});
new ResizeObserver(draw).observe(pane);

let soon = 0;
on("saved", () => { clearTimeout(soon); soon = setTimeout(refresh, 800); });
on("document", ({ anew, doc }) => {
  if (!anew) return;
  for (const [number, rows] of packs) {
    const found = rows?.findIndex((one) => one.id === doc.id) ?? -1;
    if (found >= 0) { move(number * PACK + found); return; }
  }
  draw();
});
