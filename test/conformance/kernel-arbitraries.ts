/** Inputs for the kernel: texts of every class of character, files whose token ids collide, segments with dead chunks. */
import * as fc from "fast-check";
import { splitLines } from "../../src/engram/chunk.ts";
import type { FileRow } from "../../src/engram/file-row.ts";
import { skipReasons } from "../../src/engram/kernel/segment-image.ts";

export const seeds = fc.integer({ min: 0, max: 0xffffffff });

/** One of every class, next to one another often: letters with and without case, digits, marks, two units, none. */
const pieces =
  "a b c X Y É é Ω ж Ж Ａ 1 2 _ __ \u0301 漢 𠮷 😀 ０ HTTP get_ ᾀ ß \u{10FFFF} \uFE0F \uFEFF \uFFFD “ × \u00A0 \0";
const shortPieces = [...pieces.split(" "), " ", " ", "\t", "\r", ".", "\n", "\n", "\r\n"];

const longWord = fc
  .tuple(fc.constantFrom("aB", "É_", "𠮷", "x1", "漢"), fc.integer({ min: 30, max: 200 }))
  .map(([piece, times]) => piece.repeat(times));

/** Well-formed: what Buffer.from makes of a string. */
export const texts = fc
  .oneof(
    {
      weight: 4,
      arbitrary: fc.array(fc.constantFrom(...shortPieces), { maxLength: 80 }).map((found) => found.join("")),
    },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 60 }) },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.oneof(fc.constantFrom(...shortPieces), longWord), { maxLength: 12 })
        .map((found) => found.join("")),
    },
  )
  .map((text) => Buffer.from(text).toString());

export interface WindowedText {
  text: string;
  windows: number[];
}

/** A text with windows that may leave lines out. */
export const windowedTexts: fc.Arbitrary<WindowedText> = fc
  .tuple(texts, fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 12 })), { maxLength: 8 }))
  .map(([text, steps]) => {
    const lines = splitLines(text).length;
    const windows: number[] = [];
    let at = 0;
    for (const [gap, size] of steps) {
      const start = at + gap;
      at = Math.min(start + size, lines);
      if (start < at) windows.push(start, at);
      else break;
    }
    return { text, windows };
  });

/** Few ids, so that they collide between chunks and between blocks; from both ends of the space and between. */
export const tokenPool = [
  0,
  1,
  2,
  0x7fffffff,
  0x80000000,
  0xfffffffe,
  0xffffffff,
  ...Array.from({ length: 60 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 0),
].sort((a, b) => a - b);

const counts = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(127, 128, 254, 255));

const block = (maxLength: number) =>
  fc
    .uniqueArray(fc.tuple(fc.constantFrom(...tokenPool), counts), { maxLength, selector: ([token]) => token })
    .map((entries) => entries.sort(([a], [b]) => a - b));

const chunk = fc.record({
  text: block(12),
  role: block(3),
  gap: fc.nat(3),
  span: fc.oneof(fc.nat(40), fc.constant(0xffff)),
});

const digits = (length: number) =>
  fc.uint8Array({ minLength: length / 2, maxLength: length / 2 }).map((bytes) => Buffer.from(bytes).toString("hex"));

type FileShape = { chunks: { text: [number, number][]; role: [number, number][]; gap: number; span: number }[] };

const shape: fc.Arbitrary<FileShape> = fc.record({ chunks: fc.array(chunk, { maxLength: 5 }) });

/** Their order by UTF-16 is not that by bytes: U+FF41 is less than U+1F600 in bytes, and greater in UTF-16. */
const names = fc.array(fc.constantFrom("a", "b", "/", ".", "é", "ａ", "😀", "z"), { minLength: 1, maxLength: 6 });

const file = (oidDigits: number): fc.Arbitrary<FileRow> =>
  fc
    .record({
      path: names.map((parts) => parts.join("")),
      mode: fc.constantFrom("100644", "100755", "120000", "160000"),
      oid: fc.oneof({ weight: 1, arbitrary: fc.constant("") }, { weight: 4, arbitrary: digits(oidDigits) }),
      skipped: fc.option(fc.constantFrom(...skipReasons), { freq: 6 }),
      shape,
      path_: block(4),
    })
    .map(({ path, mode, oid, skipped, shape: { chunks }, path_ }) =>
      skipped === null
        ? { ...rowOf(chunks, path_), path, mode, oid, skipped: null }
        : { ...rowOf([], []), path, mode, oid, skipped },
    );

/** Files of one tree in the order of their paths. */
export const trees: fc.Arbitrary<FileRow[]> = fc
  .constantFrom(40, 64)
  .chain((oidDigits) => fc.uniqueArray(file(oidDigits), { maxLength: 8, selector: ({ path }) => path }))
  .map((files) => files.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path))));

/** A tree cut into parts of which some chunks are dead. */
export interface CutTree {
  parts: { files: FileRow[]; dead: Uint32Array | null }[];
}

export const cutTrees: fc.Arbitrary<CutTree> = fc
  .tuple(
    trees,
    fc.array(fc.nat(2), { minLength: 8, maxLength: 8 }),
    fc.array(fc.option(fc.nat(0xffff)), { minLength: 3, maxLength: 3 }),
  )
  .map(([files, homes, dead]) => ({
    parts: [0, 1, 2].map((part) => {
      const own = files.filter((_, i) => homes[i] === part);
      const chunks = own.reduce((sum, { rowEnds }) => sum + rowEnds.length, 0);
      const bits = dead[part] ?? null;
      return { files: own, dead: bits === null ? null : new Uint32Array(Math.ceil(chunks / 32)).fill(bits * 0x10001) };
    }),
  }));

/** Many chunks that are nearly all alike, so that ties decide; a path is whole in one part. */
export const tiedTrees: fc.Arbitrary<CutTree> = fc
  .uniqueArray(
    fc.tuple(
      names.map((parts) => parts.join("")),
      fc.nat(150),
      fc.nat(2),
      fc.nat(0xffff),
    ),
    {
      minLength: 2,
      maxLength: 8,
      selector: ([path]) => path,
    },
  )
  .map((files) => ({
    parts: [0, 1, 2].map((part) => ({
      files: files
        .filter(([, , home]) => home === part)
        .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        .map(([path, chunks, , odd]) => ({
          ...rowOf(
            Array.from({ length: chunks }, (_, i) => tiedChunk((odd + i) % 97 < 2)),
            [],
          ),
          path,
          mode: "100644",
          oid: "",
          skipped: null,
        })),
      dead: null,
    })),
  }));

function tiedChunk(isOdd: boolean): FileShape["chunks"][number] {
  return { text: [[1, isOdd ? 2 : 1]], role: [], gap: 0, span: 39 };
}

export const weightedTokens = fc
  .uniqueArray(
    fc.tuple(
      fc.oneof(fc.constantFrom(...tokenPool), seeds),
      fc.oneof(fc.constantFrom(1, 2), fc.integer({ min: 1, max: 1_023 })),
    ),
    {
      maxLength: 20,
      selector: ([token]) => token,
    },
  )
  .map((entries) => entries.sort(([a], [b]) => a - b));

function rowOf(
  chunks: FileShape["chunks"],
  path: [number, number][],
): Omit<FileRow, "path" | "mode" | "oid" | "skipped"> {
  const text = chunks.flatMap((chunk) => chunk.text);
  const roles = chunks.flatMap((chunk) => chunk.role);
  let line = 1;
  const startLines = chunks.map(({ gap, span }) => {
    const start = line + gap;
    line = start + span + 1;
    return start;
  });
  let [rowEnd, roleEnd] = [0, 0];
  return {
    startLines: Uint32Array.from(startLines),
    endLines: Uint32Array.from(chunks, ({ span }, i) => (startLines[i] as number) + span),
    rowEnds: Uint32Array.from(chunks, (chunk) => (rowEnd += chunk.text.length)),
    tokens: Uint32Array.from(text, ([token]) => token),
    counts: Uint8Array.from(text, ([, count]) => count),
    roleEnds: Uint32Array.from(chunks, (chunk) => (roleEnd += chunk.role.length)),
    roleTokens: Uint32Array.from(roles, ([token]) => token),
    roleCounts: Uint8Array.from(roles, ([, count]) => count),
    pathTokens: Uint32Array.from(path, ([token]) => token),
    pathCounts: Uint8Array.from(path, ([, count]) => count),
  };
}
