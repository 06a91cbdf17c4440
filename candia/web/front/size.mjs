// What a reader's browser pays, in kB gzip; the build stops when the first load outgrows its budget.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 40;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("manifest.json", dist), "utf8"));
const weigh = (file) => gzipSync(readFileSync(new URL(file, dist))).length / 1024;

const first = new Set();
const follow = (key) => {
  const chunk = manifest[key];
  if (first.has(chunk.file)) return;
  first.add(chunk.file);
  for (const next of chunk.imports ?? []) follow(next);
};
follow("src/main.ts");

const rows = new Set(Object.values(manifest).flatMap((chunk) => [chunk.file, ...(chunk.css ?? [])]));
for (const file of [...rows].filter((name) => /\.(m?js|css)$/.test(name)).sort()) {
  console.log(`${weigh(file).toFixed(1).padStart(8)} kB gz  ${file}${first.has(file) ? "  (first load)" : ""}`);
}
const total = [...first].reduce((sum, file) => sum + weigh(file), 0);
console.log(`${total.toFixed(1).padStart(8)} kB gz  JavaScript of a page with no map and no chart; budget ${BUDGET_KB}`);
if (total > BUDGET_KB) {
  console.error(`The first load is over its budget of ${BUDGET_KB} kB: load what is new on demand, or raise the budget in size.mjs with a reason.`);
  process.exit(1);
}
