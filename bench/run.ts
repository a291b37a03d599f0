/**
 * `npm run -s bench -- NAME [--quick] [--json] [--repo DIR]`: one file a figure, named like the bench. Prints a table; with
 * --json the last line is one JSON object.
 */
import { parseArgs } from "node:util";
import type { BenchOptions, BenchResult } from "./bench.ts";
import { benchKernel } from "./kernel.ts";
import { benchReview } from "./review.ts";

const benches: Record<string, (options: BenchOptions) => Promise<BenchResult>> = {
  kernel: benchKernel,
  review: benchReview,
};

const { values, positionals } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    repo: { type: "string", default: "." },
  },
  allowPositionals: true,
});
const bench = benches[positionals[0] ?? ""];
if (bench === undefined) {
  process.stderr.write(`error: name a bench: ${Object.keys(benches).join(", ")}\n`);
  process.exit(2);
}
const { rows, figures } = await bench({ quick: values.quick, repo: values.repo });
const width = Math.max(...rows.map(([name]) => name.length));
for (const [name, value] of rows) process.stdout.write(`${name.padEnd(width)}  ${value}\n`);
if (values.json) process.stdout.write(`${JSON.stringify(figures)}\n`);
