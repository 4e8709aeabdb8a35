/* Sound and film: played from the second of the value that is looked at, with what was said beside. */
import { $, el } from "./dom.js";
import { emit, field, on, store } from "./store.js";
import { t } from "./texts.js";

const paper = $("paper");
const BEFORE = 0.3;
/* Seconds before a value is heard from which it is played, so that its first sound is whole. */
let player = null;
let lines = [];

function draw(doc) {
  if (player) player.pause();
  player = null;
  lines = [...paper.querySelectorAll(".said li")];
  document.body.classList.toggle("recording", !!doc.media || lines.length > 0);
  if (!doc.media) return;
  player = el(doc.media.kind, { controls: true, preload: "metadata", src: doc.media.url, class: "player", "aria-label": t.player });
  player.addEventListener("timeupdate", follow);
  player.addEventListener("error", () => {
    player?.replaceWith(el("p", { class: "note", text: t.cannot_play }));
    player = null;
  });
  paper.prepend(player);
  paper.hidden = false;
  document.body.classList.remove("no-paper");
}

function follow() {
  const now = player.currentTime;
  const at = lines.findLast((line) => Number(line.dataset.s) <= now + 0.05);
  for (const line of lines) line.classList.toggle("now", line === at && !player.paused);
}

function from(seconds, play) {
  if (!player) return;
  player.currentTime = Math.max(0, seconds - BEFORE);
  if (play) player.play().catch((error) => emit("say", error.message));
}

/* Play from the value, or stop. */
export function toggle() {
  if (!player) return false;
  const one = field();
  if (!player.paused) player.pause();
  else if (one?.seconds) from(one.seconds[0], true);
  else player.play().catch((error) => emit("say", error.message));
}

paper.addEventListener("click", (event) => {
  const line = event.target.closest(".said li");
  if (line && (event.target.closest(".play") || String(getSelection()) === "")) from(Number(line.dataset.s), true);
});

on("paper", ({ anew }) => { if (anew) draw(store.doc); });
on("active", () => {
  const one = field();
  if (!one?.seconds) return;
  if (player?.paused) from(one.seconds[0], false);
  const line = View.of(one.dom).find((element) => element.closest(".said"));
  if (line) View.bring(line, paper);
});
