// The page's own modules, for tests that need no browser. They import packages
// and JSON as esbuild resolves them, so that it bundles them here too.

import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { modules } from "./mock.mjs";

const sources = join(dirname(fileURLToPath(import.meta.url)),
  "../../runtime/console/web/src");

/** The named modules of the page, by name. */
export async function parts(...names) {
  const folder = join(modules, "../parts");
  mkdirSync(folder, { recursive: true });
  const into = join(folder, `${process.pid}-${names.join("-")}.mjs`);
  execFileSync("esbuild", ["--bundle", "--format=esm", "--platform=node",
    "--log-level=warning", `--outfile=${into}`], {
    cwd: sources, env: { ...process.env, NODE_PATH: modules },
    input: names.map((name) =>
      `export * as ${name} from "./${name}.js";`).join("\n"),
  });
  return import(pathToFileURL(into));
}
