// What the stream of changes says: [v] puts v in the place, { key: patch } goes
// into what is there. What did not change stays the same object.

export function applied(before, patch) {
  if (Array.isArray(patch)) return patch[0];
  if (before === null || typeof before !== "object") {
    throw new Error("a change of what is not there");
  }
  const now = Array.isArray(before) ? [...before] : { ...before };
  for (const [key, part] of Object.entries(patch)) {
    if (!Object.hasOwn(before, key)) {
      throw new Error("a change of what is not there");
    }
    now[key] = applied(before[key], part);
  }
  return now;
}
