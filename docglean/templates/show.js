(() => {
  const root = document.documentElement;
  root.classList.add("js");
  let articles = [...document.querySelectorAll("article")];
  let links = [...document.querySelectorAll(".index a")];
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
  for (const article of articles) {
    for (const group of article.querySelectorAll("dl, table")) {
      group.querySelectorAll(VALUE).forEach((link, place) => { if (place) link.tabIndex = -1; });
    }
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
    if (links.length && (event.key === "n" || event.key === "p")) {
      const some = articles.filter((article) => !article.hidden
        || !root.classList.contains("only-doubts") || article.classList.contains("doubt"));
      const at = some.findIndex((article) => !article.hidden);
      const to = some[at + (event.key === "n" ? 1 : -1)];
      if (to) open(to.id, true);
    }
  });

  // Several documents: one at a time.
  function open(id, remember) {
    for (const article of articles) article.hidden = article.id !== id;
    for (const link of links) {
      if (link.dataset.doc === id) {
        link.setAttribute("aria-current", "page");
        link.scrollIntoView({ block: "nearest", inline: "nearest" });
      } else link.removeAttribute("aria-current");
    }
    if (remember) history.replaceState(null, "", "#" + id);
  }
  for (const link of links) {
    link.addEventListener("click", (event) => { event.preventDefault(); open(link.dataset.doc, true); });
  }
  function follow() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const article = target && target.closest("article");
    if (articles.length > 1) open((article || articles[0]).id, false);
    if (article && target !== article) {
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
  doubts.addEventListener("click", () => {
    const on = root.classList.toggle("only-doubts");
    doubts.setAttribute("aria-pressed", String(on));
    const now = articles.find((article) => !article.hidden);
    const first = articles.find((article) => article.classList.contains("doubt"));
    if (on && articles.length > 1 && first && !now.classList.contains("doubt")) open(first.id, true);
  });
  // By how sure values are, and back to the order in which all of it was written.
  const lowest = (element) => Math.min(1, ...[element, ...element.querySelectorAll("[data-c]")]
    .filter((one) => one.dataset.c).map((one) => Number(one.dataset.c)));
  const written = new Map();
  function arrange(parent, some, rank) {
    if (!written.has(parent)) written.set(parent, some);
    const order = [...written.get(parent)];
    if (rank) order.sort((left, right) => rank(left) - rank(right));
    const end = some[some.length - 1].nextSibling;
    for (const one of order) parent.insertBefore(one, end);
    return order;
  }
  const sorted = document.getElementById("sorted");
  if (sorted) sorted.addEventListener("click", () => {
    const on = sorted.getAttribute("aria-pressed") !== "true";
    sorted.setAttribute("aria-pressed", String(on));
    for (const parent of document.querySelectorAll(".values, .values dl:not(.more dl), .values tbody, .values .part")) {
      const kind = parent.matches("dl") ? ".leaf" : parent.matches("tbody") ? "tr" : ".part";
      const some = [...parent.children].filter((one) => one.matches(kind) && !one.matches(".empty"));
      if (some.length) arrange(parent, some, on ? lowest : null);
    }
    for (const pane of document.querySelectorAll(".values")) pane.scrollTop = 0;
  });
  const order = document.querySelector(".order");
  if (order) {
    order.hidden = false;
    const list = document.querySelector(".index ol");
    for (const button of order.children) button.addEventListener("click", () => {
      for (const one of order.children) one.setAttribute("aria-pressed", String(one === button));
      const rank = button.id === "input" ? (item) => Number(item.dataset.n) : null;
      const items = arrange(list, [...list.children], rank);
      links = items.map((item) => item.querySelector("a"));
      articles = links.map((link) => document.getElementById(link.dataset.doc));
    });
  }
  // What is said of a value may cover another one: Escape puts it away.
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") root.classList.add("no-why"); });
  for (const come of ["mouseover", "focusin"]) {
    document.addEventListener(come, (event) => { if (event.target.matches(VALUE)) root.classList.remove("no-why"); });
  }

  const resize = (by) => View.size(Math.min(3, View.zoom * by));
  document.getElementById("larger").addEventListener("click", () => resize(1.25));
  document.getElementById("smaller").addEventListener("click", () => resize(0.8));
  document.getElementById("theme").addEventListener("click", View.theme);
})();
