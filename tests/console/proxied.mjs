// The console behind a proxy with TLS, as a browser meets it there: it asks for
// the token, is live, and gives an order.
//   node tests/console/proxied.mjs https://observer.example:PORT/path/ TOKEN
// The name is taken for this machine.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { modules } from "./mock.mjs";

const { chromium } = createRequire(join(modules, "of-tests.js"))(
  "playwright-core");
const [address, token] = process.argv.slice(2);
const { hostname } = new URL(address);

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu",
    `--host-resolver-rules=MAP ${hostname} 127.0.0.1`],
});
try {
  const context = await browser.newContext(
    { ignoreHTTPSErrors: true, locale: "en-US" });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const outside = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(address)) outside.push(request.url());
  });
  await page.goto(address);
  await page.locator("#token").fill(token);
  await page.keyboard.press("Enter");
  await page.waitForSelector(".verdict.ok");
  await page.locator(".menu summary").click();
  await page.locator(".menu").getByRole("button", { name: /log level/ })
    .click();
  await page.locator("#action-who").fill("test behind a proxy");
  await page.locator(".action .confirm").click();
  await page.waitForSelector(".notice:not(:empty)");
  assert.match(await page.locator(".notice").textContent(), /logged/);
  assert.deepEqual(outside, []);
} finally {
  await browser.close();
}
