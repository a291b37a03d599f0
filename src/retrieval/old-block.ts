import { type CodeLine, isCodeLine, type LineReader } from "./code-lines.ts";
import type { Edit } from "./edits.ts";

/** Copies of fewer words are coincidence. */
const MIN_WORDS = 8;
/** So many of them must be on the removed lines themselves: the rest may come from unchanged neighbours. */
const MIN_REMOVED_WORDS = 3;
const MIN_DISTINCT_WORDS = 4;

/** The old side of an edit as code lines. */
export interface OldBlock {
  path: string;
  /** Code lines that the change takes away, and those that it puts there. */
  removed: CodeLine[];
  added: CodeLine[];
  /** Lines a copy must hold: the removed ones, and neighbours where those alone have too few words. */
  essence: CodeLine[];
  /** All old lines of the edit, with context. */
  lines: CodeLine[];
  removedWords: number;
  /** Whether the removed lines have enough words of their own. Where not, they must stand in a copy unchanged. */
  recognisable: boolean;
}

/** Null where the edit takes no code away, or too little to be recognised elsewhere. */
export function readOldBlock(edit: Edit, path: string, reader: LineReader): OldBlock | null {
  const isCode = ({ text }: { text: string }): boolean => isCodeLine(text, path);
  const readOld = (lines: Edit["removed"]): CodeLine[] =>
    lines.filter(isCode).map(({ text, oldLine }) => reader.read(text, oldLine ?? 0));
  const removed = readOld(edit.removed);
  const added = edit.added.filter(isCode).map(({ text, newLine }) => reader.read(text, newLine ?? 0));
  const gone = readOld(edit.removed.filter(({ kind }) => kind === "-"));
  // White space, comments or imports only: searching would be for nothing.
  if (sameTokens(removed, added)) return null;

  const removedWords = wordsOf(gone).length;
  const before = readOld(edit.before);
  const after = readOld(edit.after);
  const essence = [...removed];
  // A short line is recognisable only together with its neighbours, nearest first.
  for (let i = 0; i < Math.max(before.length, after.length) && wordsOf(essence).length < MIN_WORDS; i++) {
    const above = before[before.length - 1 - i];
    const below = after[i];
    if (above) essence.unshift(above);
    if (below && wordsOf(essence).length < MIN_WORDS) essence.push(below);
  }
  const words = wordsOf(essence);
  if (removedWords < MIN_REMOVED_WORDS || words.length < MIN_WORDS || new Set(words).size < MIN_DISTINCT_WORDS)
    return null;
  const lines = [...before, ...removed, ...after];
  return { path, removed, added, essence, lines, removedWords, recognisable: removedWords >= MIN_WORDS };
}

function wordsOf(lines: CodeLine[]): number[] {
  return lines.flatMap(({ tokens }) => [...tokens].filter((token) => token > 0));
}

function sameTokens(a: CodeLine[], b: CodeLine[]): boolean {
  return a.flatMap(({ tokens }) => [...tokens]).join() === b.flatMap(({ tokens }) => [...tokens]).join();
}
