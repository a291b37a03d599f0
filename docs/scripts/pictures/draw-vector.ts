import { chunkVector, fold } from "../../../src/engram/algebra/hypervector.ts";
import { encodeQuery } from "../../../src/engram/encode.ts";
import { defaultDimensions, positionOf, signOf } from "../../../src/engram/token-space.ts";
import { tokenize } from "../../../src/engram/tokenize.ts";
import type { DemoEngram } from "./demo-engram.ts";
import { dot, type Drawing, stroke, text } from "./svg.ts";

const path = "src/shipping/holidays.ts";
/** The grid has this many positions in a row. */
const side = 256;
const pixel = 1.4;
const [left, top] = [24, 62];

/** One chunk as a vector: 65,536 positions, nearly all of them zero. */
export function drawVector(demo: DemoEngram): Drawing {
  const row = demo.engram.row(path);
  if (row === null) throw new Error(`the demo's repository has no ${path}`);
  const vector = chunkVector(row, 0);
  const folded = fold(vector);
  const used = folded.reduce((count, value) => count + Number(value !== 0), 0);
  const parts = [
    text(left, 24, `${path}, as a vector`, "code strong"),
    text(
      left,
      44,
      `${defaultDimensions.toLocaleString("en")} positions in ${side} rows; ${used} hold something, the others are 0`,
      "small quiet",
    ),
    stroke(`M${left} ${top}h${side * pixel}v${side * pixel}h${-side * pixel}z`),
  ];
  for (const [at, value] of folded.entries()) {
    if (value === 0) continue;
    const [x, y] = [left + (at % side) * pixel, top + Math.floor(at / side) * pixel];
    parts.push(dot(x, y, 1 + Math.abs(value) * 0.5, value > 0 ? "a" : "b"));
  }
  parts.push(...legend(demo, vector));
  return {
    title: `${path} as a hypervector: ${used} of ${defaultDimensions} positions are not zero`,
    width: 760,
    height: top + side * pixel + 20,
    parts,
  };
}

/** What some words of the chunk became. */
function legend({ engram, encoder }: DemoEngram, vector: ReturnType<typeof chunkVector>): string[] {
  const x = left + side * pixel + 30;
  const parts = [
    text(x, 76, "word", "small quiet"),
    text(x + 110, 76, "position", "small quiet"),
    text(x + 180, 76, "sign", "small quiet"),
    text(x + 220, 76, "magnitude", "small quiet"),
  ];
  let y = 98;
  for (const word of usualWords(engram.text(path) ?? "")) {
    const token = encodeQuery(encoder, word).tokens[0] ?? 0;
    const at = vector.tokens.indexOf(token);
    if (at < 0) continue;
    const sign = signOf(token);
    parts.push(
      text(x, y, word, "code"),
      text(x + 110, y, (positionOf(token) % defaultDimensions).toLocaleString("en"), "code"),
      text(x + 180, y, sign > 0 ? "+" : "−", `code strong ${sign > 0 ? "a" : "b"}`),
      text(x + 220, y, "●".repeat(vector.values[at] ?? 0), `code ${sign > 0 ? "a" : "b"}`),
    );
    y += 20;
  }
  const notes = [
    "A hash of the word says where it goes, and with",
    "which sign. How often it stands in the chunk says",
    "how large it is, from 1 to 4. Words of the path,",
    "and names that are defined or called, go to",
    "positions of their own. Nothing is learnt: the same",
    "text gives the same vector on every machine.",
  ];
  return [...parts, ...notes.map((note, i) => text(x, y + 20 + i * 18, note, "small quiet"))];
}

/** The words that stand there most often, a few of them. */
function usualWords(content: string): string[] {
  const counts = new Map<string, number>();
  for (const word of tokenize(content)) if (word.length > 3) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts.keys()]
    .toSorted((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || (a < b ? -1 : 1))
    .slice(0, 8);
}
