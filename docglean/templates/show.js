(() => {
  const root = document.documentElement;
  root.classList.add("js");
  // In the page of several documents, which has the tools and the list.
  const framed = parent !== window && window.name === "document";
  root.classList.toggle("framed", framed);
  document.querySelector(".tools").hidden = false;

  View.index();
  let waiting = 0;
  function light(ids, from, jump) {
    View.light(ids);
    clearTimeout(waiting);
    // What the pointer passes over in a hurry does not make the other side run.
    if (ids.length) waiting = setTimeout(() => bring(ids[0], from), jump ? 0 : 160);
  }

  // Bring the other side of a value into view, if it isn't there.
  function bring(id, from) {
    const entry = document.getElementById(id);
    const other = from.closest(".paper") ? entry : View.of(id).find((e) => e.closest(".paper"));
    const pane = other && other.closest(".paper, .values");
    if (pane) View.bring(other, pane);
  }

  const { ids, owner } = View;
  document.addEventListener("mouseover", (event) => {
    const element = owner(event.target);
    light(ids(element), element, false);
  });
  document.addEventListener("mouseleave", () => light([], null, false));
  document.addEventListener("focusin", (event) => {
    const element = owner(event.target);
    if (ids(element).length) light(ids(element), element, true);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-f]");
    if (!link) return;
    event.preventDefault();
    if (link.classList.contains("box")) {
      const entry = document.getElementById(ids(link)[0]);
      const value = entry && entry.querySelector("a");
      if (value) value.focus({ preventScroll: true });
    }
    light(ids(link), link, true);
  });

  const VALUE = "a[data-f], .value[tabindex]";
  // One stop for the tab key in each part; arrows go from value to value.
  for (const group of document.querySelectorAll("dl, table")) {
    group.querySelectorAll(VALUE).forEach((link, place) => { if (place) link.tabIndex = -1; });
  }
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const link = document.activeElement;
    if (link && link.closest(".values") && link.matches(VALUE)) {
      const cell = link.closest("td");
      const all = [...link.closest(".values").querySelectorAll(VALUE)].filter((e) => e.offsetParent);
      let next = null;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        const step = event.key === "ArrowDown" ? 1 : -1;
        if (cell) {
          let row = cell.parentElement;
          do { row = step > 0 ? row.nextElementSibling : row.previousElementSibling; }
          while (row && !(row.cells[cell.cellIndex] && row.cells[cell.cellIndex].querySelector(VALUE) && row.offsetParent));
          if (row) next = row.cells[cell.cellIndex].querySelector(VALUE);
        }
        if (!next) next = all[all.indexOf(link) + step];
      } else if (cell && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
        next = all[all.indexOf(link) + (event.key === "ArrowRight" ? 1 : -1)];
      } else if (event.key === "Home") next = all[0];
      else if (event.key === "End") next = all[all.length - 1];
      if (next) {
        event.preventDefault();
        link.tabIndex = -1;
        next.tabIndex = 0;
        next.focus({ preventScroll: true });
        next.scrollIntoView({ block: "nearest", inline: "nearest" });
        return;
      }
    }
    if (framed && (event.key === "n" || event.key === "p")) parent.postMessage({ go: event.key }, "*");
  });

  function follow() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.closest(".panes")) {
      const id = target.id.replace(/p$/, "");
      if (View.of(id).length) light([id], target, true);
      if (document.querySelector(".values").scrollHeight > innerHeight) target.scrollIntoView({ block: "center" });
    }
    // The browser scrolls to the fragment whatever is in its way; the frame itself stays put.
    if (getComputedStyle(document.body).overflowY === "hidden") {
      for (const frame of [root, document.body, document.querySelector("main")]) frame.scrollTop = 0;
    }
  }
  addEventListener("hashchange", follow);
  addEventListener("load", follow);
  follow();

  const doubts = document.getElementById("doubts");
  function pick(on) {
    root.classList.toggle("only-doubts", on);
    doubts.setAttribute("aria-pressed", String(on));
  }
  doubts.addEventListener("click", () => pick(!root.classList.contains("only-doubts")));

  // By how sure values are, and back to the order in which all of it was written.
  const lowest = (element) => Math.min(1, ...[element, ...element.querySelectorAll("[data-c]")]
    .filter((one) => one.dataset.c).map((one) => Number(one.dataset.c)));
  const written = new Map();
  function arrange(parent, some, on) {
    if (!written.has(parent)) written.set(parent, some);
    const order = [...written.get(parent)];
    if (on) order.sort((left, right) => lowest(left) - lowest(right));
    const end = some[some.length - 1].nextSibling;
    for (const one of order) parent.insertBefore(one, end);
  }
  const sorted = document.getElementById("sorted");
  function sort(on) {
    if (!sorted || on === (sorted.getAttribute("aria-pressed") === "true")) return;
    sorted.setAttribute("aria-pressed", String(on));
    for (const parent of document.querySelectorAll(".values, .values dl:not(.more dl), .values tbody, .values .part")) {
      const kind = parent.matches("dl") ? ".leaf" : parent.matches("tbody") ? "tr" : ".part";
      const some = [...parent.children].filter((one) => one.matches(kind) && !one.matches(".empty"));
      if (some.length) arrange(parent, some, on);
    }
    document.querySelector(".values").scrollTop = 0;
  }
  if (sorted) sorted.addEventListener("click", () => sort(sorted.getAttribute("aria-pressed") !== "true"));
  // What is said of a value may cover another one: Escape puts it away.
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") root.classList.add("no-why"); });
  for (const come of ["mouseover", "focusin"]) {
    document.addEventListener(come, (event) => { if (event.target.matches(VALUE)) root.classList.remove("no-why"); });
  }

  const resize = (by) => View.size(Math.min(3, View.zoom * by));
  document.getElementById("larger").addEventListener("click", () => resize(1.25));
  document.getElementById("smaller").addEventListener("click", () => resize(0.8));
  document.getElementById("theme").addEventListener("click", View.theme);

  // As the tools of the page around this one stand.
  if (framed) {
    addEventListener("message", ({ source, data }) => {
      if (source !== parent) return;
      pick(data.doubts);
      sort(data.sorted);
      View.size(data.zoom);
      if (data.theme) root.dataset.theme = data.theme;
    });
    parent.postMessage({}, "*");
  }
})();
