/**
 * What 10 GB and 1 TB of source would take, in proportion to what was measured: `npx tsx bench/report/project.ts [--out FILE.json]`. A
 * projection and no measurement: nothing here says that a machine of that size would behave so.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

/** docs/benchmarks.md, "Seen": the engram of 909,052 chunks, and the ingest of 92,575. */
const engram = {
  sourceBytes: 852e6,
  chunks: 909_052,
  memoryBytesPerChunk: 625,
  diskPerSourceByte: 1.27,
  ingestBytesPerSecond: 2.2e6,
  messageMs: 0.77,
  diffMs: 2.65,
  openSeconds: 1.4,
};

/** Embeddenator 0.22 as published, measured once: bytes a second, and size beside the source. */
const embeddenator = { ingestBytesPerSecond: 11e3, sizePerSourceByte: 46 };

/** Processor time of one vector (docs/retrieval.md: 0.11 to 0.13 s an issue of 256 tokens). */
const encodingSeconds = 0.13;

interface DenseFigures {
  corpus: { bytes: number; pieces: number };
  stores: { name: string; bytes: number; "searchMs.msg": number }[];
}

const { values } = parseArgs({ options: { out: { type: "string" } } });
const figuresDir = join(import.meta.dirname, "../../docs/report/figures");
const dense = JSON.parse(readFileSync(join(figuresDir, "vectors-flask.json"), "utf8")) as DenseFigures;

const sizes = { "10 GB": 10e9, "1 TB": 1e12 };
const figures = {
  about: "10 GB and 1 TB of source, in proportion to what was measured",
  command: "npx tsx bench/report/project.ts",
  date: new Date().toISOString().slice(0, 10),
  machine: `arithmetic; measured on ${cpus()[0]?.model ?? "?"}`,
  projected: Object.fromEntries(Object.entries(sizes).map(([name, bytes]) => [name, project(bytes)])),
};
const rounded = (_: string, value: unknown) => (typeof value === "number" ? Number(value.toPrecision(3)) : value);
const text = `${JSON.stringify(figures, rounded, 2)}\n`;
process.stdout.write(text);
if (values.out !== undefined) writeFileSync(values.out, text);

function project(bytes: number): Record<string, Record<string, number>> {
  const times = bytes / engram.sourceBytes;
  const denseTimes = bytes / dense.corpus.bytes;
  return {
    engram: {
      chunks: engram.chunks * times,
      memoryGigabytes: (engram.chunks * times * engram.memoryBytesPerChunk) / 1e9,
      diskGigabytes: (bytes * engram.diskPerSourceByte) / 1e9,
      ingestHours: bytes / engram.ingestBytesPerSecond / 3_600,
      messageMs: engram.messageMs * times,
      diffMs: engram.diffMs * times,
      openSeconds: engram.openSeconds * times,
    },
    ...Object.fromEntries(
      dense.stores.map(({ name, bytes: size, "searchMs.msg": messageMs }) => [
        name,
        {
          vectors: dense.corpus.pieces * denseTimes,
          memoryGigabytes: (size * denseTimes) / 1e9,
          encodingHours: (dense.corpus.pieces * denseTimes * encodingSeconds) / 3_600,
          // A graph's search grows with the logarithm: not projected.
          ...(/flat|scan/.test(name) && { messageMs: messageMs * denseTimes }),
        },
      ]),
    ),
    embeddenator: {
      diskGigabytes: (bytes * embeddenator.sizePerSourceByte) / 1e9,
      ingestHours: bytes / embeddenator.ingestBytesPerSecond / 3_600,
    },
  };
}
