import type { EngramView } from "../../src/engram/engram.ts";
import type { UnitParser } from "../../src/engram/units/unit-parser.ts";
import { isOrdinaryPath } from "../../src/retrieval/ordinary-path.ts";
import { gitText } from "../../src/shared/git.ts";
import type { Change, FileDiff } from "../../src/workspace/diff.ts";

/** A place in a commit where a person went on writing: what stood there before is given, what they wrote is the truth. */
export interface CompletionCase {
  kind: "line" | "function";
  commit: string;
  path: string;
  /** The lines before, nearest last. */
  before: string[];
  /** All that stood further up in the new file, nearest last. */
  above: string[];
  truth: string;
  /** Lines of the file in the parent's tree that are given already. */
  known: { startLine: number; endLine: number };
}

const linesBefore = 20;
const functionLines = { least: 3, most: 20 };
const codePath = /\.(?:[cm]?[jt]sx?|py|go|rb|php|java|kt|cs|rs|swift|scala|c|cc|cpp|h|hpp|ex|dart|lua)$/;

/**
 * At most one line and one function of a commit, drawn by `random`: added lines of code with at least twelve characters (no
 * imports, no comments), and functions whose whole body the commit added. `view` is the tree before the commit.
 */
export async function drawCases(
  gitDir: string,
  change: Change,
  { view, units, random }: { view: EngramView; units: UnitParser; random: () => number },
): Promise<CompletionCase[]> {
  const files = change.files.filter(
    ({ path, hunks, binary, status }) =>
      status !== "deleted" && !binary && hunks.length > 0 && codePath.test(path) && isOrdinaryPath(path),
  );
  const file = files[Math.floor(random() * files.length)];
  if (file === undefined) return [];
  const text = await gitText(gitDir, ["show", `${change.head}:${file.path}`]);
  const drawn = { commit: change.head, path: file.path, lines: text.split("\n"), added: addedLines(file) };
  const knownLines = view.text(file.oldPath)?.split("\n").length ?? 0;
  const line = drawLine(drawn, random);
  await units.prepare([file.path]);
  const body = drawFunction(drawn, units.parse(file.path, text)?.starts ?? [], random);
  return [line, body].flatMap((one) => one ?? []).map((one) => ({ ...one, known: knownOf(one, knownLines, file) }));
}

interface DrawnFile {
  commit: string;
  path: string;
  lines: string[];
  /** 0-based. */
  added: Set<number>;
}

type Drawn = Omit<CompletionCase, "known">;

function addedLines(file: FileDiff): Set<number> {
  const lines = file.hunks.flatMap((hunk) => hunk.lines);
  return new Set(lines.flatMap(({ kind, newLine }) => (kind === "+" && newLine !== null ? [newLine - 1] : [])));
}

const notCode = /^\s*(?:import\b|from\b.*\bimport\b|use\s|using\s|package\b|#|\/\/|\/?\*|--|["'`]{3})/;

function drawLine({ commit, path, lines, added }: DrawnFile, random: () => number): Drawn | null {
  const fitting = [...added].filter((at) => {
    const text = lines[at]?.trim() ?? "";
    return at > 2 && text.length >= 12 && /[A-Za-z]{3}/.test(text) && !notCode.test(text);
  });
  const at = fitting[Math.floor(random() * fitting.length)];
  if (at === undefined) return null;
  return { kind: "line", commit, path, ...beforeLine(lines, at), truth: lines[at] ?? "" };
}

function drawFunction(
  { commit, path, lines, added }: DrawnFile,
  starts: { line: number; depth: number }[],
  random: () => number,
): Drawn | null {
  const whole = starts.flatMap(({ line, depth }, index) => {
    const next = starts.slice(index + 1).find((other) => other.depth <= depth)?.line ?? lines.length;
    const body = lines.slice(line, next);
    while (body.at(-1)?.trim() === "") body.pop();
    // The first lines of a unit are its comments; the body begins after the line that opens it.
    const opened = body.findIndex((text) => /[{:]\s*$/.test(text) && !notCode.test(text));
    const rest = body.slice(opened + 1);
    const isAdded = body.every((_, offset) => added.has(line + offset));
    if (opened < 0 || !isAdded || rest.length < functionLines.least || rest.length > functionLines.most) return [];
    return [{ at: line + opened + 1, truth: rest.join("\n") }];
  });
  const one = whole[Math.floor(random() * whole.length)];
  return one ? { kind: "function", commit, path, ...beforeLine(lines, one.at), truth: one.truth } : null;
}

function beforeLine(lines: string[], at: number): { before: string[]; above: string[] } {
  const from = Math.max(0, at - linesBefore);
  return { before: lines.slice(from, at), above: lines.slice(0, from) };
}

/** Where the given lines stand in the parent's file, roughly: positions shift by what the change adds further up. */
function knownOf({ before, above }: Drawn, oldLines: number, file: FileDiff): CompletionCase["known"] {
  const end = above.length + before.length;
  const shift = file.hunks
    .filter(({ newStart, newLines }) => newStart + newLines <= end)
    .reduce((sum, { oldLines: old, newLines }) => sum + old - newLines, 0);
  const startLine = Math.max(1, above.length + 1 + shift);
  return { startLine, endLine: Math.max(startLine, Math.min(oldLines, end + shift)) };
}
