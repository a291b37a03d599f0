import { expect, it } from "vitest";
import { excerptOf } from "../../../src/retrieval/excerpt.ts";

const text = [
  'import { creditNote, discount, spread } from "./credit-note.ts";',
  'import { total } from "./total.ts";',
  "",
  "export function refund(lines) {",
  "  return lines.map((line) => line.price);",
  "}",
  "",
  "export function creditTotal(lines) {",
  "  // the discount is spread over all lines",
  "  return total(lines);",
  "}",
  "",
].join("\n");

it("shows the lines with most of the words asked for, and never the imports that name them all", () => {
  const words = new Set(["discount", "spread", "total"]);
  const excerpt = excerptOf(text, { startLine: 1, endLine: 11 }, words);
  expect(excerpt).toEqual({
    startLine: 8,
    endLine: 10,
    text: text.split("\n").slice(7, 10).join("\n"),
  });
});

it("shows a chunk's first lines where it holds none of the words", () => {
  expect(excerptOf(text, { startLine: 4, endLine: 6 }, new Set(["shipping"]))).toMatchObject({
    startLine: 4,
    endLine: 6,
  });
});
