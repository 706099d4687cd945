// One request to the daemon, and what is no success.

/** An answer that is no success; `status` is 0 when there was no answer. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export function withBearer(bearer, more = {}) {
  return bearer ? { Authorization: `Bearer ${bearer}`, ...more } : more;
}

export async function answer(path, options) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "no_answer");
  }
  if (response.ok) return response;
  let words = `${response.status} ${response.statusText}`.trim();
  try {
    words = (await response.json()).error ?? words;
  } catch {
    // The status says enough.
  }
  throw new ApiError(response.status, words);
}
