import { readFileSync, statSync } from "node:fs";
import type { Engram } from "../engram/engram.ts";
import type { UnitParser } from "../engram/units/unit-parser.ts";
import { unitsOf } from "../retrieval/code-units.ts";
import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { nearest } from "../shared/nearest.ts";
import type { Subject } from "../tasks/code/prompt.ts";
import { checkRoots } from "./open-sources.ts";

/**
 * The code that `PATH` or `PATH:SYMBOL` names: a file of this disk, else of one of the engrams.
 * Errors: AssistantError `unknown-file`, `unknown-symbol`, `file-too-large`, `outside-roots`.
 */
export async function findSubject(
  named: string,
  engrams: ReadonlyMap<string, Engram>,
  units: UnitParser,
  roots: readonly string[] | null,
): Promise<Subject> {
  const whole = readText(named, engrams, roots);
  if (whole !== null) return subjectOf(named, null, whole, 1, lineCount(whole));
  const [, path = "", symbol = ""] = /^(.+):([\p{L}_$][\p{L}\p{N}_$]*)$/u.exec(named) ?? [];
  const text = path === "" ? null : readText(path, engrams, roots);
  if (text === null) throw unknownFile(path === "" ? named : path);
  await units.prepare([path]);
  const all = unitsOf(path, text, units);
  const found = all.find(({ name }) => name === symbol);
  if (found !== undefined) return subjectOf(path, symbol, text, found.startLine, found.endLine);
  const names = all.flatMap(({ name }) => name ?? []);
  const meant = nearest(symbol, names);
  throw new AssistantError(`nothing is called ${symbol} in ${path}`, {
    code: "unknown-symbol",
    remedy: meant === null ? "Name a function, class or the like as it is written." : `Did you mean ${path}:${meant}?`,
  });
}

/** Null where there is no such file. */
function readText(path: string, engrams: ReadonlyMap<string, Engram>, roots: readonly string[] | null): string | null {
  for (const engram of engrams.values()) {
    const kept = engram.text(path);
    if (kept !== null) return kept;
  }
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile() !== true) return null;
  checkRoots(path, roots);
  if (stats.size <= limits.indexedFileBytes) return readFileSync(path, "utf8");
  throw new AssistantError(`${path} has more than ${limits.indexedFileBytes} bytes`, {
    code: "file-too-large",
    remedy: "Name a smaller file, or put the part that matters into one of its own.",
  });
}

function subjectOf(path: string, symbol: string | null, text: string, startLine: number, endLine: number): Subject {
  const lines = text.split("\n").slice(startLine - 1, endLine);
  return { path, symbol, startLine, endLine, text: lines.join("\n") };
}

function lineCount(text: string): number {
  return text.replace(/\n$/, "").split("\n").length;
}

function unknownFile(path: string): AssistantError {
  return new AssistantError(`there is no file ${path}, here or in the engrams that are named`, {
    code: "unknown-file",
    remedy: "Name it as the engram lists it (`assistant list`), or by its path from the current folder.",
  });
}
