// Where in the console the reader is, held in the address alone, so that a
// link, back and a reload lead there: #slots/3, #actors/feed%2Fconnection,
// #events?cause=disconnected, #recording?range=1h&slot=3.

export const views = ["recording", "slots", "actors", "journal", "events"];

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function slotOf(text) {
  return /^\d{1,3}$/.test(text ?? "") ? Number(text) : null;
}

/** { view, slot, actor, query }: slot and actor are what a panel shows. */
export function parsePlace(hash) {
  const [path, query = ""] = hash.replace(/^#/, "").split("?", 2);
  const [name, ...rest] = path.split("/");
  const view = views.includes(name) ? name : views[0];
  const values = Object.fromEntries(new URLSearchParams(query));
  const { slot, actor, ...others } = values;
  const thing = view === name && rest.length > 0
    ? decoded(rest.join("/")) : null;
  return {
    view,
    slot: view === "slots" && thing ? slotOf(thing) : slotOf(slot),
    actor: (view === "actors" ? thing : null) ?? actor ?? null,
    query: others,
  };
}

/** The address of a place, without what says nothing. */
export function hashOf({ view, slot = null, actor = null, query = {} }) {
  const said = Object.entries(query).filter(([, value]) => value);
  let path = view;
  if (slot !== null) {
    if (view === "slots") path += `/${slot}`;
    else said.push(["slot", slot]);
  }
  if (actor) {
    if (view === "actors") path += `/${encodeURIComponent(actor)}`;
    else said.push(["actor", actor]);
  }
  const rest = new URLSearchParams(said).toString();
  return `#${path}${rest ? `?${rest}` : ""}`;
}

const listeners = new Set();

function tell() {
  for (const listener of listeners) listener();
}

export function currentPlace() {
  return parsePlace(location.hash);
}

/** Goes there; back leads here again. */
export function go(place) {
  const hash = hashOf(place);
  if (hash === location.hash) return;
  history.pushState(null, "", hash);
  tell();
}

/** Changes the place without a step for back: each key of a search. */
export function become(place) {
  history.replaceState(null, "", hashOf(place));
  tell();
}

export function onPlace(listener) {
  listeners.add(listener);
  addEventListener("hashchange", listener);
  addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("hashchange", listener);
    removeEventListener("popstate", listener);
  };
}
