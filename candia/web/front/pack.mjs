// Packs once, when the front end is built, what the city hands out from then on: beside each text a `.br` and a `.gz`.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const LEAST_BYTES = 1024;
const dist = new URL("../dist/", import.meta.url);

for (const name of readdirSync(dist, { recursive: true })) {
  // A name with a hash never changes what it says; what was packed by an earlier build is good.
  if (!/\.(m?js|css|svg)$/.test(name) || (name.startsWith("assets/") && existsSync(new URL(`${name}.br`, dist)))) continue;
  const text = readFileSync(new URL(name, dist));
  if (text.length < LEAST_BYTES) continue;
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
  writeFileSync(new URL(`${name}.br`, dist), brotliCompressSync(text, { params }));
  writeFileSync(new URL(`${name}.gz`, dist), gzipSync(text, { level: 9 }));
}
