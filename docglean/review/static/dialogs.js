/* What is asked in a window of its own: help, signing off, what somebody else has changed. */
import * as actions from "./actions.js";
import { el } from "./dom.js";
import { KEYS, sign, single } from "./keys.js";
import { put } from "./outbox.js";
import { emit, on, store } from "./store.js";
import { many, say, t } from "./texts.js";
import { focus } from "./values.js";

/* A window with a heading. `keys` are buttons by their key; the focus is in it until it is closed,
   and goes back to the values. */
export function dialog(title, parts, keys = {}, { onclose = null } = {}) {
  const made = el("dialog", { "aria-label": title, class: "window" });
  const press = (run) => () => { made.close(); run?.(); };
  const buttons = Object.entries(keys).map(([key, [text, run, more]]) =>
    el("button", { type: "button", onclick: press(run), ...more }, el("span", { text }), el("kbd", { "aria-hidden": "true", text: sign(key) })));
  made.append(el("h2", { text: title }), ...parts, el("div", { class: "acts" }, ...buttons));
  made.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input:not([type=checkbox]), textarea, select")) return;
    const found = keys[event.key] || keys[event.key.toLowerCase()];
    if (found && event.key !== "Enter" && event.key !== "Escape") { event.preventDefault(); press(found[1])(); }
  });
  made.addEventListener("close", () => {
    made.remove();
    onclose?.();
    if (!document.querySelector("dialog[open]") && !document.activeElement?.closest(".editor")) focus();
  });
  document.body.append(made);
  made.showModal();
  return made;
}

export function help() {
  const row = ([action, keys]) => el("div", {}, el("dt", {}, ...keys.flatMap((key, place) => [place ? ` ${t.or} ` : "", el("kbd", { text: sign(key) })])), el("dd", { text: t[`help_${action}`] }));
  const own = el("input", { type: "checkbox", id: "single", onchange: (event) => { single.on = event.target.checked; } });
  own.checked = single.on;
  dialog(t.help, [
    el("dl", { class: "keys" }, ...Object.entries(KEYS).map(row)),
    el("p", { text: t.help_typing }), el("p", { text: t.help_tab }), el("p", { text: t.help_mouse }),
    el("p", {}, own, " ", el("label", { for: "single", text: t.single_keys })),
  ], { Escape: [t.close] });
}

/* Sign the document off; what nobody has looked at is told, and stays unlabelled unless all of it is
   said to be right. */
export function signOff() {
  if (store.doc.reviewed_by.length && store.doc.status === "reviewed") return reopen();
  const left = actions.open();
  const again = [...left, ...store.doc.lists].some((one) => one.state === "asked");
  const off = (rest) => () => { actions.done(rest); emit("signed"); };
  if (!left.length && !again) return off(false)();
  const broken = store.doc.checks.filter((check) => !check.holds);
  dialog(t.sign_off, [
    el("p", { text: say("not_looked_of", { n: left.length, of: store.fields.size }) }),
    el("p", { text: again ? t.asked_first : t.stay_unlabelled }),
    ...broken.map((check) => el("p", { class: "problem", text: check.message })),
  ], {
    ...(again ? {} : { d: [t.sign_off_so, off(false), { class: "primary" }] }),
    a: [many("rest_right", left.length), off(true)],
    Escape: [t.back],
  });
}

function reopen() {
  dialog(t.signed, [el("p", { text: say("signed_already", { by: store.doc.reviewed_by.join(", ") }) })], {
    o: [t.reopen, () => actions.reopen()],
    n: [t.next_document, () => emit("next_document")],
    Escape: [t.back],
  });
}

/* Somebody else was there first: what he said, and which of both is to stand. */
on("conflict", ({ some, body }) => {
  const named = (pointer) => store.fields.get(pointer)?.label || pointer;
  emit("fresh", body.document);
  const theirs = new Map(body.document.fields.map((one) => [one.pointer, one]));
  const mine = some.map((one) => one.event);
  const lines = (body.pointers || []).map((pointer) => el("li", { text: say("theirs", { field: named(pointer), by: theirs.get(pointer)?.by || body.by, value: theirs.get(pointer)?.text || t.no_value }) }));
  const said = mine.map((event) => el("li", { text: say("yours", { field: named(event.path), action: t[`did_${event.action}`], value: event.action === "set" ? event.text || String(event.new) : "" }) }));
  dialog(t.conflict, [el("p", { text: say("conflict_by", { by: body.by }) }), el("ul", {}, ...lines), el("p", { text: t.conflict_yours }), el("ul", {}, ...said)], {
    k: [t.keep_theirs, () => emit("say", t.kept_theirs), { class: "primary" }],
    t: [t.take_mine, () => put(some[0].id, body.document.revision, mine)],
  }, { onclose: () => emit("retry") });
});

on("refused", ({ some, body }) => {
  const kept = some.map((one) => one.event).filter((event) => event.text);
  dialog(t.refused, [el("p", { text: body.error || "" }), el("p", { text: body.way_out || "" }),
    kept.length ? el("p", { text: say("you_typed", { text: kept.map((event) => event.text).join("; ") }) }) : null].filter(Boolean), { Escape: [t.close] }, { onclose: () => emit("reload") });
});
