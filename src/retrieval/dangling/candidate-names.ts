import type { NameTokens } from "../../engram/algebra/name-token.ts";
import type { EngramView } from "../../engram/engram.ts";
import type { FileDiff } from "../../workspace/diff.ts";
import type { LanguageFamily } from "../language-family.ts";
import { isTestPath } from "../ordinary-path.ts";
import { readSignature, wholeWord } from "../symbols/signature.ts";

/** What a file's changed lines may do to names, as far as tokens and single lines say. */
export interface CandidateNames {
  /** Names that may be gone. */
  removed: Set<string>;
  /** Names that may have another signature. */
  retyped: Set<string>;
}

interface Candidate {
  name: string;
  /** 1-based; null where a "-" line has it, and the line after is to be found. */
  newLine: number | null;
  oldLine: number;
  isRemovedLine: boolean;
}

/**
 * Names on the old side of the hunks that look defined there, that the tree still uses, and that it defines nowhere any more or
 * here alone. Costs lookups by token, so that most files of most changes need not be parsed.
 */
export function candidateNames(
  file: FileDiff,
  family: LanguageFamily,
  view: EngramView,
  tokens: NameTokens,
  texts: { before: string; after: string | null },
): CandidateNames {
  const now = new Set(texts.after === null ? [] : (view.row(file.path)?.roleTokens ?? []));
  const found: CandidateNames = { removed: new Set(), retyped: new Set() };
  const [before, after] = [texts.before.split("\n"), texts.after?.split("\n") ?? []];
  for (const { name, oldLine, newLine, isRemovedLine } of stillUsed(namesOf(file, family), view, tokens, now)) {
    const isHere = tokens.ofName(name).every((token) => now.has(tokens.bind(token, "defines")));
    if (!isHere && isRemovedLine) found.removed.add(name);
    if (!isHere || found.retyped.has(name)) continue;
    const old = readSignature(family, before, oldLine - 1, name);
    const at = newLine ?? lineWithName(file, oldLine, name);
    const current = at === null ? null : readSignature(family, after, at - 1, name);
    if (old !== null && JSON.stringify(old) !== JSON.stringify(current)) found.retyped.add(name);
    // Names that differ in case share a token: what is here may be the other one.
    if (isRemovedLine && !wholeWord(name).test(texts.after ?? "")) found.removed.add(name);
  }
  return found;
}

function namesOf({ hunks }: FileDiff, family: LanguageFamily): Candidate[] {
  return hunks.flatMap(({ lines }) =>
    lines.flatMap(({ kind, text, oldLine, newLine }) => {
      if (kind === "+" || oldLine === null || (family === "ecmascript" && scriptComment.test(text))) return [];
      const names = Array.from(text.matchAll(/[\p{L}_$][\p{L}\p{N}_$]{3,}/gu)).filter(({ index, 0: name }) =>
        looksDefined(text.slice(0, index), text.slice(index + name.length), family),
      );
      return names.map(({ 0: name }) => ({ name, oldLine, newLine, isRemovedLine: kind === "-" }));
    }),
  );
}

const notBeforeDefinitions =
  /\b(?:return|new|await|throw|else|in|of|case|yield|not|and|or|if|from|import|raise|typeof|is)\s+$/;

/** A whole line of a comment in JavaScript; `* name() {` is a generator. */
export const scriptComment = /^\s*(?:\/\/|\/\*(?!.*\*\/\s*\S)|\*(?!\s*(?:[\w$]+|\[.*\])\s*[(<]))/;

/** Other words before a name are those of a text: JavaScript and TypeScript have the type behind it. */
const beforeScriptNames =
  /(?:^|[^\w$])(?:function|class|interface|type|enum|namespace|module|const|let|var|get|set|static|async|public|private|protected|readonly|abstract|override|declare|accessor|export|default)\s+$/;

/** Whether a name may be defined between these two parts of a line: behind a keyword or a type, or first in its line. */
function looksDefined(before: string, after: string, family: LanguageFamily): boolean {
  if (family === "ecmascript" && /[\w$]\s+$/.test(before)) return beforeScriptNames.test(before);
  if (/(?:\b(?:exports|prototype|this|self)\.|[:*&#]\s*)$/.test(before)) return true;
  if (/^\s*$/.test(before)) return /^\s*(?:[!?(<:=,{;]|$)/.test(after);
  return /[\w>\])*&,]\s+[*&]*$/.test(before) && !notBeforeDefinitions.test(before);
}

/** Those that the tree calls or imports, and that it defines in this file alone, in tests alone, or nowhere. */
function stillUsed(
  candidates: readonly Candidate[],
  view: EngramView,
  tokens: NameTokens,
  now: ReadonlySet<number>,
): Candidate[] {
  const words = candidates.map(({ name }) => tokens.ofName(name)[0] ?? 0);
  const [calls, imports, definitions] = (["calls", "imports", "defines"] as const).map((role) =>
    view.frequencies(Uint32Array.from(words, (word) => tokens.bind(word, role))),
  ) as [Uint32Array, Uint32Array, Uint32Array];
  const isAnother = (path: string, name: string) => !isTestPath(path) && wholeWord(name).test(view.text(path) ?? "");
  return candidates.filter(({ name }, i) => {
    if ((calls[i] as number) + (imports[i] as number) === 0) return false;
    const definition = tokens.bind(words[i] as number, "defines");
    if (definitions[i] === 0) return true;
    // More are other things of that name, or overloads.
    if ((definitions[i] as number) > 2) return false;
    // Names that differ in case share a token.
    return now.has(definition) || !view.pathsWithTokenId(definition).some((path) => isAnother(path, name));
  });
}

/** The line that replaces an old one: an added line of the same hunk that has the name, or null. */
function lineWithName({ hunks }: FileDiff, oldLine: number, name: string): number | null {
  const hunk = hunks.find(({ lines }) => lines.some((line) => line.oldLine === oldLine));
  const word = wholeWord(name);
  return hunk?.lines.find(({ kind, text }) => kind === "+" && word.test(text))?.newLine ?? null;
}
