// Somebody else's words, as they came: the broker's, the system's, the log's.

import { html } from "./preact.js";

export function Original({ text }) {
  return text ? html`<q class="original" lang="en">${text}</q>` : null;
}
