import { describe, expect, it } from "vitest";
import { findQuote } from "../../../src/tasks/review/find-quote.ts";
import type { DiffLine } from "../../../src/workspace/diff.ts";

/** Lines behind their signs, from line 10 on; `~` begins another hunk, five lines further on. */
function diffOf(listing: string[]): DiffLine[] {
  let oldLine = 10;
  let newLine = 10;
  return listing.flatMap((line): DiffLine[] => {
    const [sign, text] = [line[0], line.slice(1)];
    if (sign === "~") {
      oldLine += 5;
      newLine += 5;
      return [];
    }
    if (sign === "+") return [{ kind: "+", oldLine: null, newLine: newLine++, text }];
    if (sign === "-") return [{ kind: "-", oldLine: oldLine++, newLine: null, text }];
    return [{ kind: " ", oldLine: oldLine++, newLine: newLine++, text }];
  });
}

const lines = diffOf([
  " function total(rows) {",
  "-  let sum = 1;",
  "+  let sum = 0;",
  "+  for (const row of rows) sum += row.price;",
  "   return sum;",
  " }",
  "~",
  " function mean(rows) {",
  "+  return total(rows) / rows.length;",
  "   return sum;",
  "+  return  sum;",
  " }",
]);

describe("findQuote", () => {
  it.each([
    ["an added line", "  let sum = 0;", 11, 11],
    ["a line of the context", "function mean(rows) {", 20, 20],
    ["the added of two that are alike but for white space", "return sum ;", 23, 23],
    ["lines that stand together, added or not", "  for (const row of rows) sum += row.price;\n  return sum;", 12, 13],
    ["a copy without its indentation", "for (const row of rows) sum += row.price;", 12, 12],
    ["a copy with the signs of the diff", "+  let sum = 0;\n+  for (const row of rows) sum += row.price;", 11, 12],
    ["a copy with the signs of context, too", "+  for (const row of rows) sum += row.price;\n   return sum;", 12, 13],
    ["a copy between empty lines", "\n  let sum = 0;\r\n\n", 11, 11],
  ])("finds %s", (_, quote, startLine, endLine) => {
    expect(findQuote(lines, quote)).toMatchObject({ startLine, endLine });
  });

  it.each([
    ["nothing", " \n", "it quotes nothing"],
    ["signs alone", "  }", "it quotes nothing"],
    ["a line that is gone", "  let sum = 1;", "what it quotes does not stand in the change"],
    ["a part of a line", "sum += row.price", "what it quotes does not stand in the change"],
    ["lines of two hunks", "}\nfunction mean(rows) {", "what it quotes does not stand in the change"],
    [
      "lines around one that is gone, as if it still stood there",
      "function total(rows) {\n  let sum = 1;",
      "what it quotes does not stand in the change",
    ],
    [
      "a line of the context that stands there twice",
      "   return sum;".slice(1),
      "what it quotes stands there more than once",
    ],
  ])("does not place %s", (_, quote, reason) => {
    expect(findQuote(lines, quote)).toBe(reason);
  });

  it("takes no line for the other where both are added", () => {
    const twice = diffOf(["+  close();", "+  open();", "+  close();"]);
    expect(findQuote(twice, "  close();")).toBe("what it quotes stands there more than once");
    expect(findQuote(twice, "  open();\n  close();")).toMatchObject({ startLine: 11, endLine: 12 });
  });
});
