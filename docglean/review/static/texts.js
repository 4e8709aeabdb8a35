/* All that the page says, from one file, so that it can be translated. */
const told = await (await fetch(new URL("texts.en.json", import.meta.url))).json();

export const t = told.review;
export const looks = told.document.looks;

/* A text with its blanks filled in: {name}. */
export function say(key, values = {}) {
  return (t[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/* A text about a number of things, singular or plural. */
export function many(key, count, values = {}) {
  const form = new Intl.PluralRules(document.documentElement.lang).select(count);
  return say(`${key}_${form in { one: 1 } ? "one" : "other"}`, { n: count.toLocaleString(document.documentElement.lang), ...values });
}

/* Seconds for people, as coarse as they are sure. */
export function span(seconds) {
  if (seconds < 90) return many("seconds", Math.max(1, Math.round(seconds)));
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? many("minutes", minutes) : many("hours", Math.round(minutes / 6) / 10);
}
