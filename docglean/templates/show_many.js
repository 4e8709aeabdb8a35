(() => {
  const root = document.documentElement;
  root.classList.add("js");
  document.querySelector(".tools").hidden = false;
  const frame = document.querySelector("iframe");
  let links = [...document.querySelectorAll(".index a")];

  // Tools: how they stand is told to the document's page, which may come from another origin.
  const state = { doubts: false, sorted: false, zoom: 1, theme: "" };
  const tell = () => frame.contentWindow.postMessage(state, "*");
  addEventListener("message", ({ source, data }) => {
    if (source !== frame.contentWindow) return;
    if (data.go) step(data.go);
    else tell();
  });
  function tool(id, change) {
    const button = document.getElementById(id);
    if (button) button.addEventListener("click", () => { change(button); tell(); });
  }
  tool("doubts", (button) => {
    state.doubts = root.classList.toggle("only-doubts");
    button.setAttribute("aria-pressed", String(state.doubts));
    const [first] = listed();
    if (first && !listed().includes(current())) open(first);
  });
  tool("sorted", (button) => {
    state.sorted = !state.sorted;
    button.setAttribute("aria-pressed", String(state.sorted));
  });
  const resize = (by) => () => { state.zoom = Math.min(3, Math.max(0.5, state.zoom * by)); };
  tool("larger", resize(1.25));
  tool("smaller", resize(0.8));
  tool("theme", () => { View.theme(); state.theme = root.dataset.theme; });

  // Documents: one at a time.
  const current = () => links.find((link) => link.hasAttribute("aria-current"));
  const listed = () => links.filter((link) => link.checkVisibility());
  function open(link, fragment = "", remember = true) {
    const before = current();
    if (before) before.removeAttribute("aria-current");
    link.setAttribute("aria-current", "page");
    link.scrollIntoView({ block: "nearest", inline: "nearest" });
    document.getElementById("alone").href = link.href;
    frame.title = link.querySelector(".name").textContent;
    const address = link.href + fragment;
    if (frame.dataset.at !== address) frame.contentWindow.location.replace(address);
    frame.dataset.at = address;
    if (remember) history.replaceState(null, "", "#" + link.dataset.doc);
  }
  for (const link of links) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      open(link);
    });
  }
  function step(key) {
    const some = listed();
    const to = some[some.indexOf(current()) + (key === "n" ? 1 : -1)];
    if (to) open(to);
  }
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "n" || event.key === "p") step(event.key);
  });
  // A fragment names a document, or a value of one.
  function follow() {
    const named = decodeURIComponent(location.hash.slice(1));
    const [number] = named.match(/^d\d+/) || [""];
    const link = links.find((one) => one.id === named || one.dataset.doc === number);
    open(link || links[0], named !== number && number ? "#" + named : "", false);
  }
  frame.dataset.at = frame.src;
  addEventListener("hashchange", follow);
  follow();
  const more = document.querySelector("[data-again]");
  if (more) setTimeout(() => location.reload(), 1000 * more.dataset.again);

  const order = document.querySelector(".order");
  if (order) {
    order.hidden = false;
    const list = document.querySelector(".index ol");
    const written = [...list.children];
    for (const button of order.children) button.addEventListener("click", () => {
      for (const one of order.children) one.setAttribute("aria-pressed", String(one === button));
      const items = [...written];
      if (button.id === "input") items.sort((left, right) => left.dataset.n - right.dataset.n);
      list.append(...items);
      links = items.map((item) => item.querySelector("a"));
    });
  }
})();
