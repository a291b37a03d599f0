import { languageOf } from "./languages.ts";

/** A line of code as a sequence of tokens. Whitespace does not count. */
export interface CodeLine {
  /** 1-based. */
  line: number;
  text: string;
  /** Interned: positive for identifiers, words and numbers, negative for punctuation. */
  tokens: Int32Array;
  /** Sum of the tokens' weights. */
  weight: number;
}

/** Punctuation has the same shape everywhere: an operator weighs a quarter of a name. */
const WORD_WEIGHT = 4;
const PUNCTUATION_WEIGHT = 1;

const TOKEN = /[\p{L}_$][\p{L}\p{N}_$]*|\d[\w.]*|[^\s\p{L}\w]/gu;
const IMPORT =
  /^\s*(import\b|from\s+\S+\s+import\b|export\s+[^=]*\bfrom\s*["']|(const|let|var)\s+[^=]+=\s*require\(|#\s*include\b|(pub\s+)?use\s+[\w:\\]|using\s+[\w.]+\s*;|package\s+[\w.]+;?\s*$|require(_relative)?\s+["'])/;

export function tokenWeight(token: number): number {
  return token > 0 ? WORD_WEIGHT : PUNCTUATION_WEIGHT;
}

export interface LineReader {
  read(text: string, line: number): CodeLine;
  /** The token as it was written. */
  spell(token: number): string;
  /** Tokens of lines read so far are, but for their sign, less than this. */
  size(): number;
}

/** Token numbers can be compared between lines of the same reader only. */
export function createLineReader(): LineReader {
  const numbers = new Map<string, number>();
  const spellings: string[] = [""];

  function intern(token: string): number {
    const known = numbers.get(token);
    if (known !== undefined) return known;
    const number = /[\p{L}\p{N}_$]/u.test(token) ? spellings.length : -spellings.length;
    numbers.set(token, number);
    spellings.push(token);
    return number;
  }

  return {
    read(text, line) {
      const words = text.match(TOKEN) ?? [];
      const tokens = new Int32Array(words.length);
      let weight = 0;
      for (let i = 0; i < words.length; i++) {
        const token = intern(words[i] as string);
        tokens[i] = token;
        weight += tokenWeight(token);
      }
      return { line, text, tokens, weight };
    },
    spell: (token) => spellings[Math.abs(token)] ?? "",
    size: () => spellings.length,
  };
}

/** Lines longer than this are data, and slow to align. */
const MAX_LINE_CHARACTERS = 1_000;

/** Whether a line, seen alone, says something in code: it holds a word, and is neither an import nor a comment. */
export function isCodeLine(text: string, path: string): boolean {
  if (text.length > MAX_LINE_CHARACTERS) return false;
  return /[\p{L}\p{N}_$]/u.test(text) && !IMPORT.test(text) && !commentStart(path).test(text);
}

const NO_COMMENT = /(?!)/;
const commentStarts = new Map<string, RegExp>();

function commentStart(path: string): RegExp {
  const language = languageOf(path);
  if (language === null) return NO_COMMENT;
  let start = commentStarts.get(language.name);
  if (start === undefined) {
    const comments = language.spans.filter(({ kind }) => kind === "comment");
    const opens = comments.map(({ open }) => open.replace(/^\^/, ""));
    // The lines inside a block comment conventionally begin with a star.
    if (comments.some(({ close }) => close === "*/")) opens.push("\\*(\\s|/|$)");
    start = new RegExp(`^\\s*(${opens.join("|")})`);
    commentStarts.set(language.name, start);
  }
  return start;
}
