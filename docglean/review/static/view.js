"use strict";
/* What the page of results and the review of them share: which elements belong to which value, the
   light on them, the size of the pages, light and dark. A plain script, so that a page that is one
   file can hold it; modules see `View` as well. */
const View = (() => {
  const root = document.documentElement;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const parts = new Map();
  let lit = [];
  let zoom = 1;

  /* Where each value stands in the page: its entry, its boxes, the lines it was heard in. */
  function index() {
    parts.clear();
    for (const element of document.querySelectorAll("[data-f]")) {
      for (const id of element.dataset.f.split(" ")) {
        if (!parts.has(id)) parts.set(id, []);
        parts.get(id).push(element);
      }
    }
  }

  /* Light what belongs to these values, and nothing else. */
  function light(ids) {
    for (const element of lit) element.classList.remove("on");
    lit = ids.flatMap((id) => [document.getElementById(id), ...(parts.get(id) || [])]).filter(Boolean);
    for (const element of lit) element.classList.add("on");
  }

  /* Scroll a pane so that an element in it is seen; not at all where it is. */
  function bring(element, pane) {
    const inner = element.getBoundingClientRect();
    const frame = pane.getBoundingClientRect();
    const scrolls = pane.scrollHeight > pane.clientHeight + 1 && getComputedStyle(pane).overflowY === "auto";
    if (!scrolls) return;
    const move = { behavior: calm.matches ? "auto" : "smooth" };
    if (inner.top < frame.top + 24 || inner.bottom > frame.bottom - 12) {
      move.top = pane.scrollTop + inner.top - frame.top - (frame.height - Math.min(inner.height, frame.height * 0.8)) / 2;
    }
    if (inner.left < frame.left || inner.right > frame.right) {
      move.left = pane.scrollLeft + inner.left - frame.left - (frame.width - Math.min(inner.width, frame.width * 0.8)) / 2;
    }
    if ("top" in move || "left" in move) pane.scrollTo(move);
  }

  /* Ids of the values that an element stands for. */
  function ids(element) {
    if (!element) return [];
    const own = element.dataset.f || (parts.has(element.id) ? element.id : "");
    return own ? own.split(" ") : [];
  }

  /* The size of the pages, from half to eight times the width of their pane. */
  function size(to) {
    zoom = Math.min(8, Math.max(0.5, to));
    root.style.setProperty("--zoom", zoom.toFixed(3));
    return zoom;
  }

  function theme() {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  }

  const owner = (target) => target.closest && target.closest("[data-f], .leaf, td");
  const of = (id) => parts.get(id) || [];
  return { bring, calm, ids, index, light, of, owner, size, theme, get zoom() { return zoom; } };
})();
