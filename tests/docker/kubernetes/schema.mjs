// Judges objects by the schema of Kubernetes' API and of the Prometheus
// Operator: a JSON list of objects on standard input, of each a list of what is
// wrong on standard output.  node schema.mjs PACKAGES
//
// The compiler finds fields that the API does not know, what is missing, and
// wrong types and words; the validators of the same packages find wrong
// numbers, quantities and durations besides. (By themselves they, like the
// server, pass over a field that nobody knows.)
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const packages = process.argv[2];
const ts = createRequire(join(packages, "x.js"))("typescript");
const objects = JSON.parse(readFileSync(0, "utf8"));
const problems = objects.map(() => []);

const module_of = ({ apiVersion }) =>
  String(apiVersion).startsWith("monitoring.coreos.com/")
    ? `@kubernetes-models/prometheus-operator/${apiVersion}`
    : `kubernetes-models/${apiVersion}`;

// One object a line, so that the line of a complaint names the object.
const one_line = (object) => JSON.stringify(object)
  .replace(/[\u2028\u2029]/g, (c) => "\\u" + c.charCodeAt(0).toString(16));
const text = objects.map((object, i) =>
  `const o${i}: import(${JSON.stringify(module_of(object))})`
  + `.I${object.kind} = ${one_line(object)};`).join("\n") + "\nexport {};\n";

const name = join(packages, "objects.mts");
const options = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  strict: true, skipLibCheck: true, noEmit: true, types: [],
};
const host = ts.createCompilerHost(options);
const { getSourceFile, fileExists, readFile } = host;
host.getSourceFile = (file, ...rest) => file === name
  ? ts.createSourceFile(file, text, options.target)
  : getSourceFile.call(host, file, ...rest);
host.fileExists = (file) => file === name || fileExists.call(host, file);
host.readFile = (file) => file === name ? text : readFile.call(host, file);
const program = ts.createProgram([name], options, host);
for (const found of ts.getPreEmitDiagnostics(program)) {
  const words = ts.flattenDiagnosticMessageText(found.messageText, "; ");
  if (found.file?.fileName !== name)
    throw new Error(`the schema itself: ${words}`);
  const { line } = found.file.getLineAndCharacterOfPosition(found.start);
  problems[line].push(words);
}

for (const [i, object] of objects.entries()) {
  const file = join(packages, "node_modules", module_of(object), "index.js");
  const models = await import(file).catch(() => ({}));
  try {
    if (!models[object.kind])
      throw new Error(`no schema knows a ${object.apiVersion} ${object.kind}`);
    new models[object.kind](object).validate();
  } catch (error) {
    problems[i].push(error.message);
  }
}
process.stdout.write(JSON.stringify(problems));
