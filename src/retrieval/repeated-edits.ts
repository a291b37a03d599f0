import { createNameTokens } from "../engram/algebra/name-token.ts";
import type { EngramView } from "../engram/engram.ts";
import type { Anchor } from "../publish/outcome.ts";
import { limits } from "../shared/limits.ts";
import type { Change } from "../workspace/diff.ts";
import { isCodeLine } from "./code-lines.ts";
import { addedLines, editsOf } from "./edits.ts";
import { languageOf } from "./languages.ts";
import type { NearCopies } from "./near-copies.ts";
import { isOrdinaryPath, isProsePath } from "./ordinary-path.ts";

/** Fewer replacements are no habit of the change. */
const leastPlaces = 2;
/** A shorter line is an idiom. */
const leastWords = 3;
/** The head of a function says what this one takes, and others of that name have their own. */
const declaration =
  /^(?:[a-z]+ )*(?:def|function|func|fn|class|interface|type|struct|enum)\b|^(?!(?:if|for|while|switch|else|catch)\b)[\w$ ]+\([^;]*\)[^(;]*\{$/;
/** What stands in more places was left on purpose. */
const mostLeft = 3;

/**
 * Lines that a change replaces alike in several places, and that the head still has elsewhere, letter for letter but for white
 * space. One such line is too short to be told from an idiom; that its author put the same for it each time says what was meant.
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
    // Whoever stays in one file speaks of that file.
    const inFiles = new Set(places.map((one) => one.anchor.path));
    const isMeant = (path: string): boolean => inFiles.size > 1 || inFiles.has(path);
    const left = placesOf(old, { like: anchor.path, isMeant }, view, written, places.length);
    const [first] = left ?? [];
    if (left === null || first === undefined) return [];
    const nearest = places.find(({ anchor: { path } }) => path === first.path) ?? places[0];
    const why = `as it was before the change, which replaces this line in ${places.length} other places`;
    return [
      {
        anchor: nearest?.anchor ?? anchor,
        removed: [old],
        added: [now],
        removedWords: wordsOf(old).length,
        repeated: places.length,
        copies: left.map(({ path, line, text }) => ({
          evidence: {
            kind: "near-copy",
            citation: { kind: "code", path, startLine: line, endLine: line, commit: citeCommit(path) },
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
  old: string;
  now: string;
  anchor: Anchor;
}

/** By what was replaced by what: lines that took each other's place one by one. */
function replacements(change: Change): Map<string, Replacement[]> {
  const found = new Map<string, Replacement[]>();
  for (const { path, status, hunks } of change.files) {
    if ((status !== "modified" && status !== "renamed") || !isOrdinaryPath(path) || isProsePath(path)) continue;
    for (const edit of hunks.flatMap(editsOf)) {
      const gone = edit.removed.filter(({ kind }) => kind === "-");
      const put = edit.added.filter(({ kind }) => kind === "+");
      if (gone.length !== put.length) continue;
      for (const [i, { text }] of gone.entries()) {
        const { text: next = "", newLine = null } = put[i] ?? {};
        const [old, now] = [squeezed(text), squeezed(next)];
        if (old === now || newLine === null || !isCodeLine(text, path) || wordsOf(old).length < leastWords) continue;
        if (declaration.test(old)) continue;
        const anchor: Anchor = { path, startLine: newLine, endLine: newLine, side: "RIGHT" };
        const key = `${old}\n${now}`;
        found.set(key, [...(found.get(key) ?? []), { old, now, anchor }]);
      }
    }
  }
  return found;
}

interface Place {
  path: string;
  line: number;
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
  const paths = rarestHolders(old, view).filter(
    (path) => isMeant(path) && languageOf(path) === language && isOrdinaryPath(path) && !isProsePath(path),
  );
  if (paths.length > limits.filesPerName) return null;
  for (const path of paths) {
    for (const [at, text] of (view.text(path) ?? "").split("\n").entries()) {
      if (!text.includes(wordsOf(old)[0] ?? "") || squeezed(text) !== old || written.get(path)?.has(at + 1)) continue;
      found.push({ path, line: at + 1, text });
      if (found.length > most) return null;
    }
  }
  return found;
}

/** Files that hold the line's rarest word. */
function rarestHolders(old: string, view: EngramView): string[] {
  const tokens = createNameTokens(view.info().seed);
  const words = [...new Set(wordsOf(old))].filter((word) => tokens.ofName(word).length > 0);
  const counts = view.frequencies(Uint32Array.from(words, (word) => tokens.ofName(word)[0] ?? 0));
  const rarest = words.reduce((best, _, i) => ((counts[i] ?? 0) < (counts[best] ?? 0) ? i : best), 0);
  return words.length === 0 ? [] : view.pathsWithToken(words[rarest] ?? "");
}

function squeezed(line: string): string {
  return line.trim().replace(/\s+/g, " ");
}

function wordsOf(line: string): string[] {
  return line.match(/[\p{L}_$][\p{L}\p{N}_$]*|\d+/gu) ?? [];
}
