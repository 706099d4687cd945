// Events alike that came in one burst, told as one: after a reconnect each of 41
// slots has a gap and a registration, by turns.

const burst_us = 5e6;
/** How many kinds a burst is looked for among. */
const kinds_most = 8;

function alike(a, b) {
  return a.event === b.event && (a.cause ?? null) === (b.cause ?? null)
    && (a.actor ?? null) === (b.actor ?? null)
    // Unified trades are those of KRX and NXT again: never added.
    && (a.event !== "gap" || (a.tr_id ?? null) === (b.tr_id ?? null))
    && (a.slot === -1) === (b.slot === -1) && a.event !== "operator";
}

function sum(events, key) {
  const known = events.map((event) => event[key])
    .filter((value) => value !== null && value !== undefined);
  return known.length === 0 ? null : known.reduce((all, n) => all + n, 0);
}

/** A gap of which nothing tells the size. */
export function isUnknown({ event, missing_shares }) {
  return event === "gap" && (missing_shares ?? null) === null;
}

function told(group) {
  const [newest] = group;
  if (group.length === 1) {
    return { ...newest, n: 1, unknown: isUnknown(newest) ? 1 : 0 };
  }
  const same = (key) => group.every((one) => one[key] === newest[key]);
  return {
    ...newest, n: group.length, first_us: group.at(-1).at_us,
    slot: same("slot") ? newest.slot : null,
    symbol: same("symbol") ? newest.symbol : null,
    detail: same("detail") ? newest.detail : "",
    tr_id: same("tr_id") ? newest.tr_id : null,
    missing_shares: sum(group, "missing_shares"),
    unknown: group.filter(isUnknown).length,
    records: sum(group, "records"),
  };
}

/**
 * Events, newest first, as groups: each its newest event with `n`, `first_us`
 * and the sums. Where the list holds `limit` of them it ends within a burst,
 * whose group is marked `more`.
 */
export function folded(events, limit = Infinity) {
  const groups = [];
  for (const event of events) {
    const last = groups.at(-1);
    const group = last && alike(last[0], event) ? last
      : groups.slice(-kinds_most).find((one) => alike(one[0], event)
        && one.at(-1).at_us - event.at_us <= burst_us);
    if (group) group.push(event);
    else groups.push([event]);
  }
  const end = events.length >= limit ? events.at(-1) : null;
  return groups.map((group) => ({ ...told(group),
    more: end !== null && group.at(-1).at_us - end.at_us <= burst_us }));
}
