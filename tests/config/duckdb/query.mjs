// Runs SQL from standard input, a JSON list of texts, and prints the rows of
// each as JSON:  node query.mjs PACKAGES
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const { DuckDBInstance } = createRequire(`${process.argv[2]}/x.js`)(
  "@duckdb/node-api");
const instance = await DuckDBInstance.create(":memory:");
const connection = await instance.connect();
const out = [];
for (const sql of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    const reader = await connection.runAndReadAll(sql);
    out.push({ rows: reader.getRowObjectsJson() });
  } catch (error) {
    out.push({ error: error.message });
  }
}
process.stdout.write(JSON.stringify(out));
