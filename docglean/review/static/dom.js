/* Elements made of data: text is always text, never HTML. */

/* An element. Names that begin with "on" are listeners, `class` and `text` are what they say, true
   is an empty attribute, false and null are none. */
export function el(tag, told = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(told)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "text") made.textContent = value;
    else if (name === "class") made.className = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

export const $ = (id) => document.getElementById(id);

/* What the server has made of its templates, which escape all that comes from documents. */
export function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

/* A box over a page, from left, top, width and height in per cent of it. CSP allows no styles that
   stand in HTML; those that a script sets one by one it does. */
export function lay(element, [left, top, width, height]) {
  Object.assign(element.style, { left: `${left}%`, top: `${top}%`, width: `${width}%`, height: `${height}%` });
  return element;
}

export const isTyping = (target) =>
  !!target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");

export const uuid = () => crypto.randomUUID
  ? crypto.randomUUID().replaceAll("-", "")
  : [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("");
