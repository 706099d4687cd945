// What changed between two documents, as the daemon's stream of changes says
// it: [v] puts v in the place, { key: patch } goes into it. Undefined: nothing did.

function isTree(value) {
  return value !== null && typeof value === "object";
}

export function patchOf(before, now) {
  if (!isTree(before) || !isTree(now)
      || Array.isArray(before) !== Array.isArray(now)) {
    return before === now ? undefined : [now];
  }
  const keys = Object.keys(now);
  if (keys.length !== Object.keys(before).length
      || keys.some((key) => !Object.hasOwn(before, key))) return [now];
  const changed = {};
  for (const key of keys) {
    const one = patchOf(before[key], now[key]);
    if (one !== undefined) changed[key] = one;
  }
  return Object.keys(changed).length > 0 ? changed : undefined;
}
