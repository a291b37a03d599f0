import { rowStart } from "../../../src/engram/file-row.ts";
import type { DemoEngram } from "./demo-engram.ts";
import { bar, colours, type Drawing, stroke, text } from "./svg.ts";

const path = "src/invoices/invoice-handlers.ts";
const top = 62;
const lineHeight = 5;
const left = 24;
/** Pixels of one character of code. */
const character = 3.1;

/** A file of the demo's repository, line by line, and where it comes apart. */
export function drawChunks({ engram }: DemoEngram): Drawing {
  const lines = (engram.text(path) ?? "").split("\n");
  const row = engram.row(path);
  if (row === null) throw new Error(`the demo's repository has no ${path}`);
  const chunks = engram.chunks(path);
  const parts = [
    text(left, 24, path, "code strong"),
    text(left, 44, `${lines.length - 1} lines, cut between functions into ${chunks.length} chunks`, "small quiet"),
  ];
  for (const [i, { startLine, endLine }] of chunks.entries()) {
    const colour = colours[i % colours.length] ?? "a";
    for (let line = startLine; line <= endLine; line++) {
      const code = lines[line - 1] ?? "";
      const indent = code.length - code.trimStart().length;
      parts.push(bar(left + indent * character, y(line), (code.length - indent) * character, lineHeight - 2, colour));
    }
    const [from, to] = [y(startLine), y(endLine) + lineHeight - 2];
    const distinct = (row.rowEnds[i] ?? 0) - rowStart(row, i);
    parts.push(
      stroke(`M428 ${from}H436V${to}H428`),
      text(448, (from + to) / 2 - 4, `chunk ${i + 1}: lines ${startLine} to ${endLine}`, "strong"),
      text(
        448,
        (from + to) / 2 + 14,
        `${distinct} different words, ${namesIn(lines, startLine, endLine)}`,
        "small quiet",
      ),
    );
  }
  const title = `${path} comes apart into ${chunks.length} chunks at the ends of functions`;
  return { title, width: 760, height: y(lines.length) + 24, parts };
}

function y(line: number): number {
  return top + (line - 1) * lineHeight;
}

/** The functions that begin in these lines. */
function namesIn(lines: readonly string[], start: number, end: number): string {
  const names = lines.slice(start - 1, end).flatMap((line) => /^(?:export )?function (\w+)/.exec(line)?.[1] ?? []);
  return names.length === 0 ? "no function begins here" : `with ${names.slice(0, 2).join(", ")}`;
}
