// Neighbours alike in a list of events, told as one.

function alike(a, b) {
  return a.event === b.event && (a.cause ?? null) === (b.cause ?? null)
    && (a.actor ?? null) === (b.actor ?? null)
    && (a.slot === -1) === (b.slot === -1) && a.event !== "operator";
}

function sum(events, key) {
  const known = events.map((event) => event[key])
    .filter((value) => value !== null && value !== undefined);
  return known.length === 0 ? null : known.reduce((all, n) => all + n, 0);
}

/** Groups of the events, newest first: { event, n, last_us, … }. */
export function folded(events) {
  const groups = [];
  for (const event of events) {
    const group = groups.at(-1);
    if (group && alike(group[0], event)) group.push(event);
    else groups.push([event]);
  }
  return groups.map((group) => {
    if (group.length === 1) return { ...group[0], n: 1 };
    const [newest] = group;
    const same = (key) => group.every((one) => one[key] === newest[key]);
    return {
      ...newest, n: group.length, first_us: group.at(-1).at_us,
      slot: same("slot") ? newest.slot : null,
      symbol: same("symbol") ? newest.symbol : null,
      detail: same("detail") ? newest.detail : "",
      missing_shares: sum(group, "missing_shares"),
      records: sum(group, "records"),
    };
  });
}
