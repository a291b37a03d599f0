import { limits } from "../shared/limits.ts";
import { CharacterClass, classOf, lowerCase } from "./word-characters.ts";

/**
 * The tokens of a text, lower-cased, in order and with repeats: every word whole, followed by its parts where it has
 * any. `parseHTTPHeader2` gives parsehttpheader2, parse, http, header. Code, comments and strings are treated alike.
 * Whole and parts together found 1 to 5 of a hundred relevant files more than either alone (docs/engram.md).
 */
export function tokenize(text: string): string[] {
  const tokens: string[] = [];
  for (const word of words(text)) {
    tokens.push(lowerCase(word));
    if (word.length <= limits.splitWordCharacters) pushParts(word, tokens);
  }
  return tokens;
}

/** The words of a text as they stand: runs of letters, digits and underscores (docs/engram.md, "Tokens"). */
export function words(text: string): string[] {
  const found: string[] = [];
  let start = -1;
  for (let i = 0; i < text.length; i++) {
    const kind = classOf[text.charCodeAt(i)];
    if (kind === CharacterClass.none) {
      if (start >= 0) found.push(text.slice(start, i));
      start = -1;
    } else if (start < 0 && kind !== CharacterClass.mark) {
      start = i;
    }
  }
  if (start >= 0) found.push(text.slice(start));
  return found;
}

/** Parts of one character say nothing on their own and are left out. */
function pushParts(word: string, tokens: string[]): void {
  let start = 0;
  for (let i = 1; i <= word.length; i++) {
    if (i < word.length && !isBoundary(word, i)) continue;
    const part = i - start < word.length ? trimUnderscores(word.slice(start, i)) : "";
    if (part.length > 1) tokens.push(lowerCase(part));
    start = i;
  }
}

/** Whether a new part begins at `i`: after an underscore, at a digit, at `aB`, or at the `Bc` of `ABc`. */
function isBoundary(word: string, i: number): boolean {
  const before = classOf[word.charCodeAt(i - 1)];
  const here = classOf[word.charCodeAt(i)];
  if (here === CharacterClass.mark) return false;
  if (before === CharacterClass.underscore) return here !== CharacterClass.underscore;
  if ((before === CharacterClass.digit) !== (here === CharacterClass.digit)) return true;
  if (here !== CharacterClass.upper) return false;
  if (before !== CharacterClass.upper) return true;
  return i + 1 < word.length && classOf[word.charCodeAt(i + 1)] === CharacterClass.lower;
}

function trimUnderscores(part: string): string {
  return part.replace(/^_+|_+$/g, "");
}
