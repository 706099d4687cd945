// Answers that are asked for again and again, while the tab is seen.

import { useEffect, useState } from "./preact.js";
import { get } from "./api.js";

/** Whether the tab is seen. */
export function useSeen() {
  const [seen, setSeen] = useState(!document.hidden);
  useEffect(() => {
    const follow = () => setSeen(!document.hidden);
    document.addEventListener("visibilitychange", follow);
    return () => document.removeEventListener("visibilitychange", follow);
  }, []);
  return seen;
}

/**
 * The newest answer of `path` and why there is none newer. Asked for every
 * `every_ms`, or once if that is null; anew with another `path` or `again`; and
 * not while `on` is false or the tab is hidden.
 */
export function usePolled(path, { every_ms = null, on = true, again = 0 }) {
  const [answer, setAnswer] = useState({ path: null, value: null });
  const [trouble, setTrouble] = useState("");
  const seen = useSeen();
  useEffect(() => {
    if (!on || !seen) return undefined;
    const stop = new AbortController();
    let timer;
    const ask = async () => {
      try {
        const value = await get(path, stop.signal);
        setAnswer({ path, value });
        setTrouble("");
      } catch (error) {
        if (stop.signal.aborted) return;
        setTrouble(error.message);
      }
      if (!stop.signal.aborted && every_ms !== null) {
        timer = setTimeout(ask, every_ms);
      }
    };
    ask();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [path, on, seen, again]);
  return { value: answer.path === path ? answer.value : null, trouble };
}
