// The panel at the side that shows one slot or one actor.

import { html, useEffect, useRef } from "./preact.js";
import { t } from "./i18n.js";

/** Takes the focus, gives it back, and closes by Escape. */
export function Panel({ title, subtitle, onClose, children }) {
  const dialog = useRef();
  useEffect(() => {
    const opener = document.activeElement;
    // Not modal: the live page stays in sight and in reach beside it.
    dialog.current.show();
    dialog.current.querySelector("h2").focus();
    return () => opener?.focus?.();
  }, [title]);
  return html`<dialog class="panel" ref=${dialog} aria-labelledby="panel-title"
      onKeyDown=${(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onClose();
      }}>
    <header>
      <div><h2 id="panel-title" tabindex="-1">${title}</h2>
        <p class="muted">${subtitle}</p></div>
      <button type="button" class="quiet" onClick=${onClose}
        aria-label=${t("close")}>✕</button>
    </header>
    <div class="body">${children}</div>
  </dialog>`;
}
