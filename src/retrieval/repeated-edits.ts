import { createNameTokens } from "../engram/algebra/name-token.ts";
import type { EngramView } from "../engram/engram.ts";
import type { Anchor } from "../publish/outcome.ts";
import { limits } from "../shared/limits.ts";
import type { Change, DiffLine } from "../workspace/diff.ts";
import { isCodeLine } from "./code-lines.ts";
import { addedLines, type Edit, editsOf } from "./edits.ts";
import { languageOf } from "./languages.ts";
import type { NearCopies } from "./near-copies.ts";
import { isOrdinaryPath, isProsePath } from "./ordinary-path.ts";

/** Fewer replacements are no habit of the change. */
const leastPlaces = 2;
/** A shorter line is an idiom. */
const leastWords = 3;
/** The head of a function says what this one takes, and others of that name have their own. */
export const declaration =
  /^(?:[a-z]+ )*(?:def|function|func|fn|class|interface|type|struct|enum)\b|^(?!(?:if|for|while|switch|else|catch)\b)[\w$ ]+\([^;]*\)[^(;]*\{$/;
/** What stands in more places was left on purpose. */
const mostLeft = 3;
/** A longer stretch is recognised by itself, in one place (near-copies.ts). */
const mostLines = 4;

/**
 * Lines that a change replaces alike in several places, and that the head still has elsewhere, letter for letter but for white
 * space. One such line is too short to be told from an idiom; that its author put the same for it each time says what was meant.
 * As many lines as come are compared one by one; where more or fewer come, all that go stand together.
 * @param view the head: the change laid over the engram
 */
export function findRepeatedEdits(
  change: Change,
  view: EngramView,
  { citeCommit }: { citeCommit: (path: string) => string },
): NearCopies[] {
  const written = new Map(change.files.map((file) => [file.path, addedLines(file)]));
  const all = [...replacements(change).values()];
  return all.flatMap((places): NearCopies[] => {
    const [{ old, now, anchor }] = places as [Replacement];
    // What becomes one thing here and another there is decided place by place.
    const isOneThing = all.filter(([other]) => other?.old === old).length === 1;
    if (places.length < leastPlaces || !isOneThing) return [];
    // Whoever stays in one file speaks of that file; and what grows in some files has its reasons there.
    const inFiles = new Set(places.map((one) => one.anchor.path));
    const goesOn = inFiles.size > 1 && !`${old}${now}`.includes("\n");
    const isMeant = (path: string): boolean => goesOn || inFiles.has(path);
    const left = placesOf(old, { like: anchor.path, isMeant }, view, written, places.length);
    const [first] = left ?? [];
    if (left === null || first === undefined) return [];
    const nearest = places.find(({ anchor: { path } }) => path === first.path) ?? places[0];
    const what = old.includes("\n") ? "these lines" : "this line";
    const why = `as before the change, which replaces ${what} in ${places.length} other places`;
    return [
      {
        anchor: nearest?.anchor ?? anchor,
        removed: old.split("\n"),
        added: now.split("\n"),
        removedWords: wordsOf(old).length,
        repeated: places.length,
        copies: left.map(({ path, startLine, endLine, text }) => ({
          evidence: {
            kind: "near-copy",
            citation: { kind: "code", path, startLine, endLine, commit: citeCommit(path) },
            score: 1,
            why,
            text,
          },
          similarity: 1,
          differences: [],
          renamed: [],
        })),
      },
    ];
  });
}

interface Replacement {
  /** Lines without indentation, divided by line ends. */
  old: string;
  now: string;
  anchor: Anchor;
}

/** By what was replaced by what. */
function replacements(change: Change): Map<string, Replacement[]> {
  const found = new Map<string, Replacement[]>();
  for (const { path, status, hunks } of change.files) {
    if ((status !== "modified" && status !== "renamed") || !isOrdinaryPath(path) || isProsePath(path)) continue;
    for (const edit of hunks.flatMap(editsOf)) {
      for (const { gone, put } of replacedIn(edit)) {
        const [old, now] = [textOf(gone), textOf(put)];
        const lines = put.map(({ newLine }) => newLine ?? 0);
        if (old === now || !gone.every(({ text }) => isCodeLine(text, path)) || wordsOf(old).length < leastWords)
          continue;
        if (old.split("\n").some((line) => declaration.test(line))) continue;
        const anchor: Anchor = { path, startLine: Math.min(...lines), endLine: Math.max(...lines), side: "RIGHT" };
        const key = `${old}\n\n${now}`;
        found.set(key, [...(found.get(key) ?? []), { old, now, anchor }]);
      }
    }
  }
  return found;
}

/** Which lines took the place of which. */
function replacedIn({ removed, added }: Edit): { gone: DiffLine[]; put: DiffLine[] }[] {
  const gone = removed.filter(({ kind }) => kind === "-");
  const put = added.filter(({ kind }) => kind === "+");
  if (gone.length === put.length) return gone.map((line, i) => ({ gone: [line], put: put.slice(i, i + 1) }));
  // An unchanged line in between: which belong together is not known.
  const isWhole = gone.length === removed.length && put.length === added.length;
  return isWhole && gone.length > 0 && put.length > 0 && gone.length <= mostLines ? [{ gone, put }] : [];
}

interface Place {
  path: string;
  startLine: number;
  endLine: number;
  text: string;
}

/** Null where there are more than were replaced, or too many files to look. */
function placesOf(
  old: string,
  { like, isMeant }: { like: string; isMeant: (path: string) => boolean },
  view: EngramView,
  written: ReadonlyMap<string, ReadonlySet<number>>,
  replaced: number,
): Place[] | null {
  const found: Place[] = [];
  const most = Math.min(mostLeft, replaced);
  const language = languageOf(like);
  const wanted = old.split("\n");
  const firstWord = wordsOf(wanted[0] ?? "")[0] ?? "";
  const paths = rarestHolders(old, view).filter(
    (path) => isMeant(path) && languageOf(path) === language && isOrdinaryPath(path) && !isProsePath(path),
  );
  if (paths.length > limits.filesPerName) return null;
  for (const path of paths) {
    const lines = (view.text(path) ?? "").split("\n");
    for (const [at, text] of lines.entries()) {
      if (!text.includes(firstWord) || !wanted.every((line, i) => squeezed(lines[at + i] ?? "") === line)) continue;
      if (wanted.some((_, i) => written.get(path)?.has(at + 1 + i))) continue;
      const stretch = lines.slice(at, at + wanted.length).join("\n");
      found.push({ path, startLine: at + 1, endLine: at + wanted.length, text: stretch });
      if (found.length > most) return null;
    }
  }
  return found;
}

/** Files that hold the lines' rarest word. */
function rarestHolders(old: string, view: EngramView): string[] {
  const tokens = createNameTokens(view.info().seed);
  const words = [...new Set(wordsOf(old))].filter((word) => tokens.ofName(word).length > 0);
  const counts = view.frequencies(Uint32Array.from(words, (word) => tokens.ofName(word)[0] ?? 0));
  const rarest = words.reduce((best, _, i) => ((counts[i] ?? 0) < (counts[best] ?? 0) ? i : best), 0);
  return words.length === 0 ? [] : view.pathsWithToken(words[rarest] ?? "");
}

function textOf(lines: readonly DiffLine[]): string {
  return lines.map(({ text }) => squeezed(text)).join("\n");
}

function squeezed(line: string): string {
  return line.trim().replace(/\s+/g, " ");
}

function wordsOf(line: string): string[] {
  return line.match(/[\p{L}_$][\p{L}\p{N}_$]*|\d+/gu) ?? [];
}
