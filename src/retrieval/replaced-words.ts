import type { EngramView } from "../engram/engram.ts";
import type { Anchor } from "../publish/outcome.ts";
import { limits } from "../shared/limits.ts";
import type { Change, DiffLine } from "../workspace/diff.ts";
import { isCodeLine, type LineReader } from "./code-lines.ts";
import { addedLines, editsOf } from "./edits.ts";
import { languageOf } from "./languages.ts";
import type { NearCopies } from "./near-copies.ts";
import { isOrdinaryPath, isProsePath, isTestPath } from "./ordinary-path.ts";
import { declaration } from "./repeated-edits.ts";

/** Fewer lines are no habit of the change. */
const leastLines = 3;
/** The change must have made most of the way: for each line that it left it replaced so many. */
const timesLeft = 3;
const mostLeft = 3;
/** More words are a statement of their own, which stands nowhere else by accident. */
const mostTokens = 6;
/** A shorter name is anybody's. */
const leastCharacters = 5;

interface Replaced {
  /** Spellings, word by word. */
  old: string[];
  now: string[];
  anchors: Anchor[];
}

/**
 * Names that a change puts others for on line after line, whatever else stands on them, and that stand in the head on few lines
 * more: a renaming or a migration that did not come to its end. Silent where the change writes the old name itself, or puts
 * several things for it.
 * @param view the head: the change laid over the engram
 */
export function findReplacedWords(
  change: Change,
  view: EngramView,
  { reader, citeCommit }: { reader: LineReader; citeCommit: (path: string) => string },
): NearCopies[] {
  const all = [...replacedWords(change, reader).values()];
  const often = all.filter(({ anchors }) => anchors.length >= leastLines);
  const searched = often.sort((a, b) => b.anchors.length - a.anchors.length).slice(0, limits.replacedWords);
  const becomes = new Map<string, number>();
  for (const { old } of all) becomes.set(old.join(" "), (becomes.get(old.join(" ")) ?? 0) + 1);
  const lines = new Map(change.files.map((file) => [file.path, addedLines(file)]));
  return searched.flatMap((replaced): NearCopies[] => {
    const { old, now, anchors } = replaced;
    const [first] = anchors;
    if (first === undefined || becomes.get(old.join(" ")) !== 1) return [];
    const left = placesLeft(replaced, { view, written: lines, reader });
    if (left === null || left.length === 0) return [];
    const [was, is] = [spelt(old), spelt(now)];
    const anchor = anchors.find(({ path }) => path === left[0]?.path) ?? first;
    return [
      {
        anchor,
        removed: [was],
        added: [is],
        removedWords: old.length,
        repeated: anchors.length,
        renaming: { old: was, now: is },
        copies: left.map(({ path, line, text }) => ({
          evidence: {
            kind: "near-copy",
            citation: { kind: "code", path, startLine: line, endLine: line, commit: citeCommit(path) },
            score: 1,
            why: `has what the change replaces on ${anchors.length} other lines`,
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

/** By what was put for what. */
function replacedWords(change: Change, reader: LineReader): Map<string, Replaced> {
  const found = new Map<string, Replaced>();
  for (const { path, status, hunks } of change.files) {
    if ((status !== "modified" && status !== "renamed") || !isSearched(path)) continue;
    for (const { removed, added } of hunks.flatMap(editsOf)) {
      const gone = removed.filter(({ kind }) => kind === "-");
      const put = added.filter(({ kind }) => kind === "+");
      if (gone.length !== put.length) continue;
      for (const [i, line] of gone.entries()) {
        const next = put[i] as DiffLine;
        if (!isCodeLine(line.text, path)) continue;
        const anchor: Anchor = { path, startLine: next.newLine ?? 0, endLine: next.newLine ?? 0, side: "RIGHT" };
        for (const [key, { old, now }] of differences(line.text, next.text, reader)) {
          const known = found.get(key);
          if (known) known.anchors.push(anchor);
          else found.set(key, { old, now, anchors: [anchor] });
        }
      }
    }
  }
  return found;
}

function isSearched(path: string): boolean {
  return languageOf(path) !== null && isOrdinaryPath(path) && !isProsePath(path);
}

/** Which words a line has for which: all between what stayed, and where it kept its length, also place by place. */
function differences(before: string, after: string, reader: LineReader): Map<string, Pick<Replaced, "old" | "now">> {
  const [a, b] = [wordsOf(before, reader), wordsOf(after, reader)];
  const found = new Map<string, Pick<Replaced, "old" | "now">>();
  const add = (old: string[], now: string[]): void => {
    if (now.length > 0 && old.length <= mostTokens && old.some(isName))
      found.set(JSON.stringify([old, now]), { old, now });
  };
  const start = commonStart(a, b);
  const end = commonStart(a.slice(start).toReversed(), b.slice(start).toReversed());
  add(a.slice(start, a.length - end), b.slice(start, b.length - end));
  if (a.length === b.length) for (const [i, word] of a.entries()) if (word !== b[i]) add([word], [b[i] ?? ""]);
  return found;
}

function isName(word: string): boolean {
  return word.length >= leastCharacters && /^[\p{L}_$]/u.test(word);
}

function commonStart(a: readonly string[], b: readonly string[]): number {
  const differs = a.findIndex((word, i) => word !== b[i]);
  return differs < 0 ? a.length : differs;
}

interface Place {
  path: string;
  line: number;
  text: string;
}

/** Code that still has the words, no test and no definition of them; null where the change writes them, or too much has them. */
function placesLeft(
  { old, anchors }: Replaced,
  {
    view,
    written,
    reader,
  }: { view: EngramView; written: ReadonlyMap<string, ReadonlySet<number>>; reader: LineReader },
): Place[] | null {
  const name = old.filter(isName).reduce((longest, word) => (word.length > longest.length ? word : longest), "");
  const paths = view.pathsWithToken(name).filter(isSearched);
  if (paths.length > limits.filesPerName) return null;
  const language = languageOf(anchors[0]?.path ?? "");
  const found: Place[] = [];
  let left = 0;
  for (const path of paths) {
    for (const [at, text] of (view.text(path) ?? "").split("\n").entries()) {
      if (!text.includes(name) || !isCodeLine(text, path) || !holds(wordsOf(text, reader), old)) continue;
      if (written.get(path)?.has(at + 1)) return null;
      if (declaration.test(text.trim())) continue;
      left++;
      if (left > mostLeft || left * timesLeft > anchors.length) return null;
      if (languageOf(path) === language && !isTestPath(path)) found.push({ path, line: at + 1, text });
    }
  }
  return found;
}

function holds(words: readonly string[], wanted: readonly string[]): boolean {
  return words.some((_, at) => wanted.every((word, i) => words[at + i] === word));
}

function wordsOf(line: string, reader: LineReader): string[] {
  return Array.from(reader.read(line, 0).tokens, (token) => reader.spell(token));
}

/** As one would write them: a blank only between two names. */
function spelt(words: readonly string[]): string {
  return words.reduce(
    (text, word) => (/[\p{L}\p{N}_$]$/u.test(text) && /^[\p{L}\p{N}_$]/u.test(word) ? `${text} ${word}` : text + word),
    "",
  );
}
