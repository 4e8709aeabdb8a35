/* The pages: drawn when they come near, the place of the value that is looked at brought into view,
   magnified until it can be read, its neighbours dimmed. */
import { $, el, lay, parsed } from "./dom.js";
import { activate } from "./values.js";
import { emit, field, on, store } from "./store.js";

const pane = $("paper");
const EDGE = 1500;
const LARGE = 3000;
const LINE = 22;
/* CSS pixels that a printed line is high at least where it is magnified. */
const MOST = 4;
let magnify = true;
let spots = [];

const near = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) load(entry.target);
}, { root: pane, rootMargin: "600px 0px" });

function draw(doc, { anew }) {
  const fresh = parsed(doc.html.paper);
  if (!anew && !differs(fresh)) return;
  for (const sheet of fresh.querySelectorAll(".sheet")) {
    sheet.style.aspectRatio = sheet.dataset.ratio;
    for (const box of sheet.querySelectorAll("[data-box]")) lay(box, box.dataset.box.split(" ").map(Number));
  }
  if (anew) {
    near.disconnect();
    pane.replaceChildren(fresh);
    pane.hidden = !pane.firstElementChild;
    pane.scrollTo(0, 0);
    document.body.classList.toggle("no-paper", pane.hidden);
  } else {
    // The images stay where they are: only the boxes over them are others.
    for (const sheet of fresh.querySelectorAll(".sheet")) {
      const old = sheetOf(sheet.dataset.n);
      for (const box of old?.querySelectorAll(".box") || []) box.remove();
      old?.append(...sheet.querySelectorAll(".box"));
    }
  }
  for (const sheet of pane.querySelectorAll(".sheet")) near.observe(sheet);
  View.index();
  emit("paper", { anew });
}

let boxes = "";
function differs(fresh) {
  const now = [...fresh.querySelectorAll(".box")].map((box) => `${box.dataset.f} ${box.dataset.box}`).join(";");
  const other = now !== boxes;
  boxes = now;
  return other;
}

export const sheetOf = (number) => pane.querySelector(`.sheet[data-n="${number}"]`);
const pageOf = (number) => store.doc.pages.find((one) => one.number === Number(number));

/* Show the image of a page, as sharp as it is large on the screen. */
function load(sheet) {
  const image = sheet.querySelector("img");
  const wanted = sheet.getBoundingClientRect().height * devicePixelRatio > EDGE * 1.2 ? LARGE : EDGE;
  if (Number(image.dataset.edge || 0) >= wanted) return;
  const source = `${image.dataset.src}?edge=${wanted}`;
  if (!image.dataset.edge) image.src = source;
  else {
    const sharp = new Image();
    sharp.src = source;
    sharp.decode().then(() => { if (image.isConnected) image.src = source; }, () => {});
  }
  image.dataset.edge = wanted;
}

// ── the place of a value ───────────────────────────────────────────────────────────────

/* Bring one place of a value into view. A value without one leaves the page as it is. */
export function show(one = field(), number = store.place) {
  for (const spot of spots) spot.remove();
  spots = [];
  const places = one?.places || [];
  if (!places.length) return near_to(one);
  const place = places[number % places.length];
  const sheet = sheetOf(place.page);
  if (!sheet) return;
  const whole = around(place.boxes);
  if (magnify) View.size(zoomFor(place, whole));
  spots = [lay(el("div", { class: "spot" }), whole)];
  sheet.append(...spots);
  centre(sheet, whole);
  load(sheet);
}

/* What is not printed is looked for beside what is: the page of its neighbours in the schema. */
function near_to(one) {
  if (!one) return;
  const some = [...store.fields.values()];
  const from = some.indexOf(one);
  const by = (other) => Math.abs(some.indexOf(other) - from);
  const placed = some.filter((other) => other.places.length && other.group === one.group).sort((left, right) => by(left) - by(right));
  const sheet = placed[0] && sheetOf(placed[0].places[0].page);
  if (!sheet) return;
  const frame = pane.getBoundingClientRect();
  const there = sheet.getBoundingClientRect();
  if (there.bottom < frame.top || there.top > frame.bottom) centre(sheet, around(placed[0].places[0].boxes));
}

function around(some) {
  const left = Math.min(...some.map((box) => box[0]));
  const top = Math.min(...some.map((box) => box[1]));
  const right = Math.max(...some.map((box) => box[0] + box[2]));
  const bottom = Math.max(...some.map((box) => box[1] + box[3]));
  return [left, top, right - left, bottom - top];
}

/* How much a page is magnified so that the value's lines can be read and it is seen whole. */
function zoomFor(place, whole) {
  const page = pageOf(place.page);
  const width = pane.clientWidth - 32;
  const height = (width * page.height) / page.width;
  const line = (Math.min(...place.boxes.map((box) => box[3])) / 100) * height;
  const readable = LINE / Math.max(line, 1);
  const fits = Math.min((width * 0.92) / ((whole[2] / 100) * width), (pane.clientHeight * 0.8) / ((whole[3] / 100) * height));
  return Math.max(Math.min(1, fits), Math.min(readable, fits, MOST));
}

/* Somewhat to the right of the middle: what names a value stands to the left of it, mostly. */
const ASIDE = 0.62;
function centre(sheet, [left, top, width, height]) {
  const frame = pane.getBoundingClientRect();
  const there = sheet.getBoundingClientRect();
  const x = there.left + (there.width * (left + width / 2)) / 100;
  const y = there.top + (there.height * (top + height / 2)) / 100;
  pane.scrollBy({ left: x - frame.left - frame.width * ASIDE, top: y - frame.top - frame.height / 2, behavior: "instant" });
}

/* The next place of a value that stands in several. */
export function nextPlace() {
  const places = field()?.places || [];
  if (places.length < 2) return false;
  store.place = (store.place + 1) % places.length;
  show();
  emit("place");
  return true;
}

/* Magnify what is looked at, or show whole pages. */
export function toggleMagnify() {
  magnify = !magnify;
  if (!magnify) View.size(1);
  show();
  emit("magnify", magnify);
}

export function zoom(by) {
  magnify = false;
  View.size(View.zoom * by);
  show();
  for (const sheet of pane.querySelectorAll(".sheet")) if (sheet.querySelector("img").dataset.edge) load(sheet);
  emit("magnify", magnify);
}

pane.addEventListener("click", (event) => { if (event.target.closest("a.box")) event.preventDefault(); });

/* Whose box was clicked; of several values in one box the next one, so that all can be reached. */
export function clicked(box) {
  const ids = View.ids(box);
  const some = [...store.fields.values()].filter((one) => ids.includes(one.dom));
  const at = some.findIndex((one) => one.pointer === store.active);
  if (some.length) activate(some[(at + 1) % some.length].pointer);
}

on("document", ({ doc, anew }) => draw(doc, { anew }));
on("active", () => show());
on("document", () => show());
let resized = 0;
new ResizeObserver(() => { cancelAnimationFrame(resized); resized = requestAnimationFrame(() => { if (store.doc) show(); }); }).observe(pane);
