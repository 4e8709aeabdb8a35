/* The keyboard: one table, from which the page also makes its help and the signs on its buttons. */
import { isTyping } from "./dom.js";
import { store } from "./store.js";

/* Keys of each action; the first is shown. Actions are told to `bind` by name. */
export const KEYS = {
  confirm: ["Enter"],
  next_unsure: ["Tab"],
  previous_unsure: ["Shift+Tab"],
  next_value: ["ArrowDown"],
  previous_value: ["ArrowUp"],
  edit: ["e", "F2"],
  absent: ["x"],
  undo: ["u", "Ctrl+z"],
  unlook: ["w"],
  other: ["o"],
  place: ["v"],
  draw: ["m"],
  rows: ["l"],
  play: ["s"],
  magnify: ["z"],
  larger: ["+"],
  smaller: ["-"],
  next_document: ["n"],
  previous_document: ["p"],
  done: ["d"],
  find: ["/"],
  help: ["?"],
};

/* What only means something while a value has the focus: elsewhere these keys are the browser's. */
const OF_VALUES = new Set(["confirm", "next_unsure", "previous_unsure", "next_value", "previous_value"]);
const SIGNS = { ArrowDown: "↓", ArrowUp: "↑", Enter: "↵", "Shift+Tab": "⇧ Tab", "Ctrl+z": "Ctrl Z", Escape: "Esc" };
export const sign = (key) => SIGNS[key] || key;
export const signOf = (action) => sign(KEYS[action][0]);

const actions = {};
export const bind = (more) => Object.assign(actions, more);
export const run = (action) => actions[action]?.();

const SETTING = "docglean.single_keys";
export const single = {
  get on() { return localStorage.getItem(SETTING) !== "off"; },
  set on(value) { localStorage.setItem(SETTING, value ? "on" : "off"); },
};

function named(event) {
  if (event.altKey || event.metaKey) return "";
  if (event.ctrlKey) return event.key.toLowerCase() === "z" && !event.shiftKey ? "Ctrl+z" : "";
  if (event.key === "Tab") return event.shiftKey ? "Shift+Tab" : "Tab";
  return event.key;
}

const byKey = new Map(Object.entries(KEYS).flatMap(([action, keys]) => keys.map((key) => [key, action])));

/* Whether a key is a single character, which people who speak to their computer may turn off. */
const isCharacter = (key) => [...key].length === 1;

function pressed(event) {
  if (event.defaultPrevented || event.isComposing) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const key = named(event);
  if (!key || (isCharacter(key) && !single.on)) return;
  const onValue = !!event.target.closest?.(".values .value");
  const action = byKey.get(key) || byKey.get(key.toLowerCase());
  if (!action) return begin(event, key, onValue);
  if (OF_VALUES.has(action) && !onValue) return;
  // An action that does nothing leaves the key to the browser: so Tab leaves the values at last.
  if (actions[action] && actions[action]() !== false) event.preventDefault();
}

/* Just typing edits: what is no key of ours begins the new value. */
function begin(event, key, onValue) {
  if (!onValue || !isCharacter(key) || key === " " || !store.active) return;
  event.preventDefault();
  actions.type?.(key);
}

document.addEventListener("keydown", pressed);
