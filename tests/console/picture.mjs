// README's picture of the console: the first view of a recorder.
//   BASE=http://127.0.0.1:8000 node tests/console/picture.mjs OUT.png [LANGUAGE]
// tests/console/picture makes the one that is kept.

import { createRequire } from "node:module";
import { join } from "node:path";
import { modules } from "./mock.mjs";

const { chromium } = createRequire(join(modules, "of-tests.js"))(
  "playwright-core");

const [out, language = "en-US", place = "recording", theme = "light",
  width = "1080"] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
const page = await browser.newPage({ locale: language, colorScheme: theme,
  viewport: { width: Number(width), height: 860 } });
await page.goto(`${process.env.BASE}/#${place}`);
await page.waitForSelector("h1");
await page.waitForTimeout(2500); // the chart is asked for every two seconds
await page.screenshot({ path: out });
await browser.close();
