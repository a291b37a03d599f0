import type { LanguageFamily } from "../language-family.ts";

/** What stands between two brackets, and where it ends. */
export interface Bracketed {
  inside: string;
  /** Position behind the closing bracket. */
  end: number;
}

const hashComments: ReadonlySet<LanguageFamily> = new Set(["bash", "powershell", "python", "ruby"]);

/** A list of arguments that is longer is data. */
const mostCharacters = 8_000;

const closers: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/**
 * The text between the bracket at `start` and its counterpart, over any number of lines; comments are blanked out, the
 * contents of strings count as nothing else. Null where it does not end.
 */
export function bracketed(text: string, start: number, family: LanguageFamily): Bracketed | null {
  const stack: string[] = [];
  let inside = "";
  for (let at = start; at < text.length && at - start < mostCharacters; at++) {
    const skipped = skipLiteral(text, at, family);
    if (skipped !== null) {
      inside += skipped.comment ? " " : text.slice(at, skipped.end);
      at = skipped.end - 1;
      continue;
    }
    const character = text[at] as string;
    const closer = closers[character];
    if (closer !== undefined) stack.push(closer);
    else if (character === stack.at(-1)) stack.pop();
    if (stack.length === 0) return { inside: inside.slice(1), end: at + 1 };
    inside += character;
  }
  return null;
}

/** The parts between commas that stand in no brackets and no strings, trimmed; a last empty one is left out. */
export function splitArguments(inside: string, family: LanguageFamily): string[] {
  const parts: string[] = [];
  let [depth, part] = [0, ""];
  for (let at = 0; at < inside.length; at++) {
    const skipped = skipLiteral(inside, at, family);
    if (skipped !== null) {
      part += inside.slice(at, skipped.end);
      at = skipped.end - 1;
      continue;
    }
    const character = inside[at] as string;
    if (isOpening(inside, at)) depth++;
    else if (isClosing(inside, at)) depth = Math.max(0, depth - 1);
    if (character === "," && depth === 0) {
      parts.push(part.trim());
      part = "";
    } else {
      part += character;
    }
  }
  if (part.trim() !== "") parts.push(part.trim());
  return parts;
}

/** Angle brackets count where they hug a name: `Map<string, number>`, not `a < b`. */
function isOpening(text: string, at: number): boolean {
  const character = text[at] as string;
  return "([{".includes(character) || (character === "<" && /[\w$]/.test(text[at - 1] ?? "") && text[at + 1] !== " ");
}

function isClosing(text: string, at: number): boolean {
  const character = text[at] as string;
  if (")]}".includes(character)) return true;
  return character === ">" && !/[=\-\s]/.test(text[at - 1] ?? "") && text[at + 1] !== "=";
}

/** Where a string or a comment that begins here ends; null where none begins. */
function skipLiteral(text: string, at: number, family: LanguageFamily): { end: number; comment: boolean } | null {
  const character = text[at] as string;
  if (hashComments.has(family)) {
    if (character === "#") return { end: endOr(text, text.indexOf("\n", at)), comment: true };
  } else if (character === "/" && text[at + 1] === "/") {
    return { end: endOr(text, text.indexOf("\n", at)), comment: true };
  } else if (character === "/" && text[at + 1] === "*") {
    return { end: endOr(text, text.indexOf("*/", at) + 2), comment: true };
  }
  // A lifetime of Rust (`'a`) has no second quote.
  if (character === "'" && family === "rust" && !/^'(?:\\|[^'\\]')/.test(text.slice(at, at + 3))) return null;
  if (character !== '"' && character !== "'" && character !== "`") return null;
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === "\\") end++;
    else if (text[end] === character) return { end: end + 1, comment: false };
    else if (text[end] === "\n" && character !== "`") return { end, comment: false };
  }
  return { end: text.length, comment: false };
}

function endOr(text: string, end: number): number {
  return end < 2 ? text.length : end;
}
