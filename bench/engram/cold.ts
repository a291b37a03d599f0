import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median, milliseconds } from "../statistics.ts";
import type { BuiltCorpus } from "./built-corpus.ts";
import { addFigure, type Table } from "./table.ts";

/** Milliseconds of a process that opens an engram and asks it one thing; the medians of several. */
interface ColdOpen {
  /** From the start of the process, by its parent's clock, to the answer: all of it. */
  whole: number;
  /** Node's own start. */
  node: number;
  /** Loading the program's modules, the kernel and SQLite. */
  modules: number;
  /** From the call that opens the file to the answer. */
  openToAnswer: number;
  /** Bytes by which opening and one search made the process grow. */
  rss: number;
}

interface Report {
  begun: number;
  imported: number;
  opened: number;
  answered: number;
  rss: number;
}

const script = fileURLToPath(new URL("cold-open.mjs", import.meta.url));
const compiled = fileURLToPath(new URL("../../dist/engram/sqlite-engram-store.js", import.meta.url));

/** What opening costs in time and in memory, and what the index takes on disk. */
export function addColdRows(table: Table, built: BuiltCorpus, work: string, query: string, times: number): void {
  const { chunks } = built.tokens;
  const ratio = built.indexBytes / built.sourceBytes;
  addFigure(table, "bytes.index_per_source", "index on disk per byte of source", ratio, ratio.toFixed(2));
  const whole = built.fileBytes / built.sourceBytes;
  addFigure(table, "bytes.file_per_source", "whole file, with the texts", whole, whole.toFixed(2));
  const images = built.imageBytes / chunks;
  addFigure(table, "memory.image_bytes_per_chunk", "segments a chunk", images, `${images.toFixed(0)} bytes`);
  const cold = measureColdOpen(built.file, work, query, times);
  if (cold === null) {
    table.rows.push(["cold open", "skipped: not compiled (npm run bench does it)"]);
    return;
  }
  const bytes = cold.rss / chunks;
  const growth = `${bytes.toFixed(0)} bytes (a process grows by ${(cold.rss / 1e6).toFixed(1)} MB)`;
  addFigure(table, "memory.bytes_per_chunk", "memory a chunk", bytes, growth, { atMost: 400 });
  const open = milliseconds(cold.openToAnswer);
  addFigure(table, "open_to_answer_ms", "open to first answer", cold.openToAnswer, open, openAim(chunks));
  const parts = `Node ${milliseconds(cold.node)}, modules ${milliseconds(cold.modules)}, open and answer ${open}`;
  const all = `${milliseconds(cold.whole)} (${parts})`;
  addFigure(table, "process_to_answer_ms", "start of a process to first answer", cold.whole, all);
}

/** 100 ms at 12,000 chunks, 2 s at a million; between them in proportion. */
function openAim(chunks: number): { atMost: number } {
  return { atMost: Math.round(100 + Math.max(0, chunks - 12_000) * (1_900 / 988_000)) };
}

/** Null where the program was not compiled. */
function measureColdOpen(file: string, folder: string, query: string, times: number): ColdOpen | null {
  if (!existsSync(compiled)) return null;
  const queryFile = join(folder, "query.txt");
  writeFileSync(queryFile, query);
  const runs = Array.from({ length: times }, () => {
    const started = performance.timeOrigin + performance.now();
    const { stdout, status } = spawnSync(process.execPath, ["--expose-gc", script, compiled, file, queryFile], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (status !== 0) throw new Error("a new process could not open the engram");
    return { started, ...(JSON.parse(stdout) as Report) };
  });
  const of = (value: (run: (typeof runs)[number]) => number) => median(runs.map(value));
  return {
    whole: of(({ started, answered }) => answered - started),
    node: of(({ started, begun }) => begun - started),
    modules: of(({ begun, imported }) => imported - begun),
    openToAnswer: of(({ imported, answered }) => answered - imported),
    rss: of(({ rss }) => rss),
  };
}
