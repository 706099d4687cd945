// Pictures of every view, in both languages and both schemes:
//   node tests/console/pictures.mjs FOLDER                             a mock
//   BASE=http://127.0.0.1:8000 node tests/console/pictures.mjs FOLDER  a daemon

import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { modules, start } from "./mock.mjs";

export const views = ["recording", "slots", "actors", "journal", "events"];
const { chromium } = createRequire(join(modules, "of-tests.js"))(
  "playwright-core");

/** One picture a view, language and width; dark ones of the first view. */
export async function takePictures(browser, base, folder) {
  mkdirSync(folder, { recursive: true });
  const cases = [["en-US", 1280, "light"], ["ko-KR", 1280, "light"],
    ["ko-KR", 1280, "dark"], ["ko-KR", 320, "light"], ["en-US", 320, "dark"]];
  for (const [locale, width, colorScheme] of cases) {
    const context = await browser.newContext({ locale, colorScheme,
      viewport: { width, height: width < 700 ? 720 : 800 } });
    const page = await context.newPage();
    await page.goto(`${base}/`);
    await page.waitForSelector("nav");
    for (const view of views) {
      await page.evaluate((name) => {
        location.hash = name;
      }, view);
      await page.waitForTimeout(900);
      await page.screenshot({ fullPage: true, path: join(folder,
        `${view}_${locale.slice(0, 2)}_${width}_${colorScheme}.png`) });
    }
    await context.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const mock = process.env.BASE ? null : await start();
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
  await takePictures(browser, process.env.BASE ?? mock.url, process.argv[2]);
  await browser.close();
  mock?.close();
}
