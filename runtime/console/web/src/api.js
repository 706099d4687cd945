// The daemon's HTTP surface: answers and actions. Paths are relative: a proxy may
// have put the page below a folder.

import { answer, withBearer } from "./answer.js";

const token_key = "observer.token";

let bearer = "";
let action_token = null;
try {
  // For this tab alone, and gone with it.
  const kept = sessionStorage.getItem(token_key) ?? "";
  bearer = isBearer(kept) ? kept : "";
} catch {
  // Asked for again then.
}

/** What a header can hold, as each token of the daemon's is. */
export function isBearer(token) {
  return /^[\x21-\x7e]+$/.test(token);
}

export function setBearer(token) {
  bearer = token;
  try {
    sessionStorage.setItem(token_key, token);
  } catch {
    // Lives as long as the page then.
  }
}

export function heldBearer() {
  return bearer;
}

function headers(more = {}) {
  return withBearer(bearer, more);
}

export async function get(path, signal) {
  return (await answer(path, { headers: headers(), signal })).json();
}

/** What the console may do; also fetches the token that actions need. */
export async function session() {
  const found = await get("api/session");
  action_token = found.token;
  return found;
}

export async function act(action, target, value, who) {
  const more = { "Content-Type": "application/json" };
  const body = JSON.stringify({ action, target, value, who, confirm: true });
  const post = () => answer("api/actions", {
    method: "POST",
    headers: headers(action_token === null ? more
      : { ...more, "X-Observer-Token": action_token }),
    body,
  });
  if (action_token === null) await session();
  try {
    return await (await post()).json();
  } catch (error) {
    // A restarted daemon has another token. What it refused was not done.
    if (error.status !== 401 && error.status !== 403) throw error;
    const before = action_token;
    await session();
    if (action_token === before) throw error;
    return (await post()).json();
  }
}
