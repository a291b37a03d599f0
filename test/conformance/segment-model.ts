/** The bytes of a segment, written section by section as src/engram/kernel/segment-image.ts says. */
import type { FileRow } from "../../src/engram/file-row.ts";
import { modelChunks } from "./kernel-model.ts";

const reasons = ["submodule", "symlink", "large", "binary", "lfs-pointer", "long-lines"];

export function modelSegment(files: readonly FileRow[]): Buffer {
  const chunks = modelChunks(files);
  const dictionary = [
    ...new Set(files.flatMap((file) => [...file.tokens, ...file.roleTokens, ...file.pathTokens])),
  ].sort((a, b) => a - b);
  const numberOf = new Map(dictionary.map((token, number) => [token, number]));
  const postings = dictionary.map((token) =>
    chunks.flatMap(({ chunk, postings }) =>
      postings.filter(([id]) => id === token).map(([, impact]) => ({ chunk, impact })),
    ),
  );
  const numbered = (row: [number, number][]) =>
    row.map(([token, count]): [number, number] => [numberOf.get(token) as number, count]);
  const forward = chunks.map(({ text }) => forwardRow(numbered(text)));
  const pathForward = files.map(({ pathTokens, pathCounts }) =>
    forwardRow(numbered([...pathTokens].map((token, i) => [token, pathCounts[i] as number]))),
  );
  const bits = dictionary.length < 4 ? 0 : Math.floor(Math.log2(dictionary.length)) - 2;
  const paths = files.map(({ path }) => [...Buffer.from(path)]);
  const oidBytes = (files.find(({ oid }) => oid !== "")?.oid.length ?? 40) / 2;
  const sections: [size: 1 | 2 | 4, values: number[]][] = [
    [4, runningSums(files.map(({ rowEnds }) => rowEnds.length))],
    [4, runningSums(paths.map((path) => path.length))],
    [1, paths.flat()],
    [1, files.flatMap(({ oid }) => (oid === "" ? Array<number>(oidBytes).fill(0) : [...Buffer.from(oid, "hex")]))],
    [4, files.map(({ mode }) => Number.parseInt(mode, 8))],
    [1, files.map(({ skipped }) => (skipped === null ? 0 : reasons.indexOf(skipped) + 1))],
    [4, files.flatMap(({ startLines }) => [...startLines])],
    [2, files.flatMap(({ startLines, endLines }) => [...endLines].map((end, i) => end - (startLines[i] as number)))],
    [4, chunks.map(({ length }) => length)],
    [4, dictionary],
    [
      4,
      Array.from(
        { length: 2 ** bits + 1 },
        (_, i) => dictionary.filter((token) => token < i * 2 ** (32 - bits)).length,
      ),
    ],
    [4, runningSums(postings.map((list) => list.length))],
    [2, postings.flat().map(({ chunk }) => chunk)],
    [1, postings.flat().map(({ impact }) => impact)],
    [4, runningSums(forward.map((row) => row.length))],
    [1, forward.flat()],
    [4, runningSums(pathForward.map((row) => row.length))],
    [1, pathForward.flat()],
  ];
  const body = Buffer.concat(sections.map(([size, values]) => padded(size, values)));
  const sizes = [files.length, chunks.length, dictionary.length, postings.flat().length, paths.flat().length, oidBytes];
  const sizesOfRows = [forward.flat().length, pathForward.flat().length];
  const words = [1, ...sizes, ...sizesOfRows, bits, 64 + body.length, 0, 0, 0, 0];
  return Buffer.concat([Buffer.from("ESEG"), padded(4, words).subarray(0, 60), body]);
}

/** Sums of what stands before each entry, and of all. */
function runningSums(values: number[]): number[] {
  let sum = 0;
  return [0, ...values.map((value) => (sum += value))];
}

function padded(size: 1 | 2 | 4, values: number[]): Buffer {
  const bytes = Buffer.alloc(Math.ceil((size * values.length) / 8) * 8);
  for (const [i, value] of values.entries()) bytes.writeUIntLE(value, i * size, size);
  return bytes;
}

function forwardRow(row: [number: number, count: number][]): number[] {
  return row.flatMap(([number, count], i) => {
    const difference = i === 0 ? number : number - (row[i - 1]?.[0] ?? 0);
    return [...varint(difference * 4 + Math.min(count, 4) - 1), ...(count >= 4 ? [count] : [])];
  });
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}
