/**
 * What a new process needs until it has answered: `node --expose-gc cold-open.mjs MODULE ENGRAM QUERY`. Plain JavaScript on
 * the compiled program, so that no compiler is in the time. Prints one line of JSON; times are milliseconds since 1970, so
 * that whoever started the process can tell what went by before it.
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [module, file, queryFile] = process.argv.slice(2);
const now = () => performance.timeOrigin + performance.now();
const begun = now();
const { openEngramFile } = await import(pathToFileURL(module).href);
const query = readFileSync(queryFile, "utf8");
globalThis.gc?.();
const before = process.memoryUsage().rss;
const imported = now();
const engram = await openEngramFile(file);
const opened = now();
const hits = engram.search(query, { k: 10 });
const answered = now();
globalThis.gc?.();
const after = process.memoryUsage().rss;
const { chunks, kernel } = engram.info();
engram.close();
process.stdout.write(
  `${JSON.stringify({ begun, imported, opened, answered, hits: hits.length, rss: after - before, chunks, kernel })}\n`,
);
