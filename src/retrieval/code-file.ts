import { type DefinitionKind, definitionPatterns } from "./definitions.ts";
import { type Language, languageOf } from "./languages.ts";
import { maskCode } from "./mask-code.ts";

export interface Definition {
  name: string;
  kind: DefinitionKind;
  /** 1-based. */
  line: number;
  /** Whether it begins its line: in languages that indent bodies, others are local or members. */
  topLevel: boolean;
}

/** A source file, read as far as regular expressions can. */
export interface CodeFile {
  path: string;
  language: Language;
  text: string;
  /** The text with comments and strings blanked out. */
  code: string;
  definitions: Definition[];
}

/** What looks like a method with a body, and is a statement. */
const STATEMENTS = new Set([
  "if",
  "for",
  "while",
  "switch",
  "catch",
  "with",
  "function",
  "return",
  "else",
  "constructor",
]);

/** Null for what is not known to be code. */
export function readCodeFile(path: string, text: string): CodeFile | null {
  const language = languageOf(path);
  if (language === null) return null;
  const code = maskCode(text, language);
  return { path, language, text, code, definitions: definitionsIn(code, language) };
}

/** Definitions in code whose comments and strings are blanked out, in the order of the lines. */
function definitionsIn(code: string, language: Language): Definition[] {
  const lineOf = lineCounter(code);
  const definitions = definitionPatterns[language.name].flatMap(({ kind, pattern }) =>
    Array.from(code.matchAll(pattern), ({ index, groups }): Definition => {
      const { name = "", indent = "" } = groups ?? {};
      return { name, kind, line: lineOf(index), topLevel: indent === "" };
    }),
  );
  return definitions.filter(({ name }) => !STATEMENTS.has(name)).sort((a, b) => a.line - b.line);
}

/** 1-based line of each position. */
function lineCounter(text: string): (index: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (index) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] as number) <= index) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
