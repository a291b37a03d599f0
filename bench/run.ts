/**
 * `npm run -s bench -- NAME [--quick] [--json] [--repo DIR]…`: one file a bench, named like it (docs/benchmarks.md). Prints a
 * table; with --json the last line is one JSON object. Exit code 1 where something that must be equal is not.
 */
import { parseArgs } from "node:util";
import { AssistantError } from "../src/shared/errors.ts";
import type { BenchOptions, BenchResult } from "./bench.ts";

type Bench = (options: BenchOptions) => Promise<BenchResult>;

/** Loaded on demand: what one measures, another need not have in memory. */
const benches: Record<string, () => Promise<Bench>> = {
  algebra: async () => (await import("./algebra.ts")).benchAlgebra,
  ask: async () => (await import("./ask.ts")).benchAsk,
  context: async () => (await import("./context.ts")).benchContext,
  engram: async () => (await import("./engram.ts")).benchEngram,
  implement: async () => (await import("./implement.ts")).benchImplement,
  invariant: async () => (await import("./invariant.ts")).benchInvariant,
  kernel: async () => (await import("./kernel.ts")).benchKernel,
  lens: async () => (await import("./lens.ts")).benchLens,
  "llama-server": async () => (await import("./llama-server.ts")).benchLlamaServer,
  models: async () => (await import("./models.ts")).benchModels,
  retrieval: async () => (await import("./retrieval.ts")).benchRetrieval,
  review: async () => (await import("./review.ts")).benchReview,
  service: async () => (await import("./service.ts")).benchService,
  triage: async () => (await import("./triage.ts")).benchTriage,
};

const { values, positionals } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    full: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    repo: { type: "string", multiple: true, default: [] },
    chunks: { type: "string" },
    commits: { type: "string", default: "300" },
    pulls: { type: "string", default: "100" },
    changes: { type: "string" },
    events: { type: "string" },
    installations: { type: "string" },
    rate: { type: "string" },
    minutes: { type: "string" },
    queue: { type: "string", default: "sqlite" },
    seconds: { type: "string" },
    model: { type: "string", multiple: true, default: [] },
    python: { type: "string", default: process.env["BENCH_PYTHON"] ?? "python3" },
    tracker: { type: "string" },
    work: { type: "string" },
  },
  allowPositionals: true,
});

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof AssistantError)) throw error;
  process.stderr.write(`error: ${error.message}\n${error.remedy}\n`);
  process.exitCode = 2;
}

async function main(): Promise<number> {
  const load = benches[positionals[0] ?? ""];
  if (load === undefined) {
    process.stderr.write(`error: name a bench: ${Object.keys(benches).join(", ")}\n`);
    return 2;
  }
  const bench = await load();
  const { rows, figures, ok } = await bench({
    quick: values.quick,
    full: values.full,
    repo: values.repo[0] ?? ".",
    repos: values.repo,
    chunks: values.chunks === undefined ? undefined : countOf("--chunks", values.chunks),
    commits: countOf("--commits", values.commits),
    pulls: countOf("--pulls", values.pulls),
    changes: optionalCount("--changes", values.changes),
    events: optionalCount("--events", values.events),
    installations: optionalCount("--installations", values.installations),
    rate: optionalCount("--rate", values.rate),
    minutes: optionalCount("--minutes", values.minutes),
    queue: values.queue,
    seconds: optionalCount("--seconds", values.seconds),
    model: values.model[0] ?? null,
    models: values.model,
    python: values.python,
    tracker: values.tracker ?? null,
    work: values.work ?? null,
  });
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, value] of rows) process.stdout.write(`${name.padEnd(width)}  ${value}\n`);
  if (values.json) process.stdout.write(`${JSON.stringify(figures)}\n`);
  return ok === false ? 1 : 0;
}

function optionalCount(option: string, value: string | undefined): number | undefined {
  return value === undefined ? undefined : countOf(option, value);
}

function countOf(option: string, value: string): number {
  if (/^[1-9]\d*$/.test(value)) return Number(value);
  throw new AssistantError(`${option} is "${value}"`, { code: "bad-count", remedy: "Name a whole number above zero." });
}
