import { splitLines, chunkWindows } from "../../src/engram/chunk.ts";
import { encodeFile, type Encoder } from "../../src/engram/encode.ts";
import type { EngramView, ListedFile } from "../../src/engram/engram.ts";
import type { FileRow } from "../../src/engram/file-row.ts";
import { comparePaths } from "../../src/engram/paths.ts";
import { limits } from "../../src/shared/limits.ts";
import { spread } from "../statistics.ts";
import type { BuiltCorpus } from "./built-corpus.ts";
import { addFigure, type Table } from "./table.ts";

/** Megabytes (a million bytes) of source a second, on one core. */
interface IngestSpeeds {
  /** Tokenise, encode, build segments. */
  kernel: number;
  /** Find units and names with the grammars. */
  parse: number;
  /** Bytes that were parsed, of those that were looked at. */
  parsedShare: number;
  bytes: number;
}

/** Files looked at: a large corpus tells no more than its sample. */
const sampleBytes = 24_000_000;

interface Text {
  file: ListedFile;
  text: string;
  data: Buffer;
}

export async function addIngestRows(
  table: Table,
  built: BuiltCorpus,
  view: EngramView,
  encoder: Encoder,
): Promise<void> {
  const { kernel, parse, parsedShare, bytes } = await measureIngest(view, encoder);
  const speed = (value: number) => `${value.toFixed(1)} MB/s`;
  const sample = `${(bytes / 1e6).toFixed(0)} MB looked at`;
  const ofKernel = `${speed(kernel)} (${sample})`;
  addFigure(table, "ingest.kernel_mb_s", "ingest: tokenise, encode, index", kernel, ofKernel, { atLeast: 30 });
  const ofParse = `${speed(parse)} (${(100 * parsedShare).toFixed(0)} % of the bytes)`;
  addFigure(table, "ingest.parse_mb_s", "ingest: grammars", parse, ofParse);
  const { ingestMs, ingestCpuMs, sourceBytes } = built;
  const seconds = `${(ingestMs / 1_000).toFixed(1)} s, of one core ${(ingestCpuMs / 1_000).toFixed(1)} s`;
  const whole = sourceBytes / ingestMs / 1_000;
  addFigure(table, "ingest.whole_mb_s", "ingest: all of it", whole, `${speed(whole)} (${seconds})`, { atLeast: 2 });
}

/** The parts of an ingest by themselves, on files from all over the engram. */
export async function measureIngest(view: EngramView, encoder: Encoder): Promise<IngestSpeeds> {
  const texts = readSample(view);
  await encoder.units.prepare(texts.map(({ file }) => file.path));
  const bytes = texts.reduce((sum, { data }) => sum + data.length, 0);
  measureParse(encoder, texts.slice(0, 20)); // warm
  const { ms, parsed } = measureParse(encoder, texts);
  const rows = texts.map(({ file, data }) => encodeFile(encoder, file, data));
  const kernelMs = Math.min(...[1, 2, 3].map(() => measureKernel(encoder, texts, rows)));
  return {
    kernel: bytes / kernelMs / 1_000,
    parse: parsed === 0 ? Number.NaN : parsed / ms / 1_000,
    parsedShare: parsed / bytes,
    bytes,
  };
}

function readSample(view: EngramView): Text[] {
  const files = view.files().filter(({ chunks }) => chunks > 0);
  const chunks = files.reduce((sum, file) => sum + file.chunks, 0);
  const share = Math.min(1, sampleBytes / (chunks * 1_000));
  return spread(files, Math.max(1, Math.round(share * files.length))).map((file) => {
    const text = view.text(file.path) ?? "";
    return { file, text, data: Buffer.from(text) };
  });
}

function measureParse({ units }: Encoder, texts: readonly Text[]): { ms: number; parsed: number } {
  let parsed = 0;
  const started = performance.now();
  let unparsedMs = 0;
  for (const { file, text, data } of texts) {
    const begun = performance.now();
    if (units.parse(file.path, text) === null) unparsedMs += performance.now() - begun;
    else parsed += data.length;
  }
  return { ms: performance.now() - started - unparsedMs, parsed };
}

/** Where lines end in windows is found beforehand: that is no arithmetic of the kernel. */
function measureKernel({ kernel, seed }: Encoder, texts: readonly Text[], rows: readonly FileRow[]): number {
  const windows = texts.map(({ text }) =>
    Uint32Array.from(chunkWindows(splitLines(text), null).flatMap(({ start, end }) => [start, end])),
  );
  const batches = segmentBatches(rows);
  const started = performance.now();
  for (const [i, { data }] of texts.entries()) {
    kernel.encodeText(data, windows[i] as Uint32Array, seed, limits.chunkTokens);
  }
  for (const batch of batches) kernel.buildSegment(batch);
  return performance.now() - started;
}

function segmentBatches(rows: readonly FileRow[]): FileRow[][] {
  const batches: FileRow[][] = [[]];
  let room: number = limits.segmentChunks;
  for (const row of [...rows].sort((a, b) => comparePaths(a.path, b.path))) {
    if (row.rowEnds.length > room) {
      batches.push([]);
      room = limits.segmentChunks;
    }
    batches.at(-1)?.push(row);
    room -= row.rowEnds.length;
  }
  return batches;
}
