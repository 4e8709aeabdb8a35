/* Requests to the server that the page came from, and nobody else. */

/* The server said no. `body` is what it said: error, way_out, and of a conflict what happened. */
export class Refused extends Error {
  constructor(status, body) {
    super(body.error || `${status}`);
    Object.assign(this, { status, body });
  }
}

/* Nobody answered. */
export class Unreachable extends Error {}

const PATIENCE = 60_000;
/* Milliseconds: OCR of a page that nobody has read yet takes some seconds. */

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE), ...options });
  } catch (error) {
    throw new Unreachable(error.message);
  }
  let body;
  try {
    body = await answer.json();
  } catch {
    if (answer.ok) throw new Unreachable("half an answer"); // it was killed while it spoke
    body = {};
  }
  if (!answer.ok) throw new Refused(answer.status, body);
  return body;
}

export const get = (path, options = {}) => ask(path, options);

export const post = (path, body) => ask(path, {
  method: "POST",
  headers: { "Content-Type": "application/json", "X-Docglean": "1" },
  body: JSON.stringify(body),
});

export const at = (id, rest = "") => `/api/documents/${encodeURIComponent(id)}${rest}`;
