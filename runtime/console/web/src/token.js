// Asks for the bearer token that a daemon beyond loopback requires.

import { html, useEffect, useRef, useState } from "./preact.js";
import { isBearer, setBearer } from "./api.js";
import { t } from "./i18n.js";

export function TokenForm({ refused, onToken }) {
  const [token, setToken] = useState("");
  const [bad, setBad] = useState(false);
  const field = useRef();
  useEffect(() => field.current.focus(), []);
  return html`<form class="card token" onSubmit=${(event) => {
      event.preventDefault();
      // Typed with the Korean input method on, it fits in no header.
      setBad(!isBearer(token.trim()));
      if (!isBearer(token.trim())) return;
      setBearer(token.trim());
      onToken();
    }}>
    <h1>${t("token_title")}</h1>
    <p>${t("token_text")}</p>
    <p class="field"><label for="token">${t("token_label")}</label>
      <input id="token" type="password" required autocomplete="off"
        ref=${field} value=${token}
        onInput=${(event) => setToken(event.currentTarget.value)} /></p>
    <p class="trouble" role="alert">${
      bad ? t("token_letters") : refused ? t("token_refused") : ""}</p>
    <p class="buttons"><button type="submit" class="confirm">${
      t("token_go")}</button></p>
  </form>`;
}
