import type { LanguageFamily } from "../language-family.ts";
import { bracketed, splitArguments } from "./arguments.ts";

export interface Parameter {
  /** As callers may name it; its type where it has no name. */
  name: string;
  optional: boolean;
  /** Takes any number of arguments. */
  rest: boolean;
  /** Can be given by name only. */
  keyword: boolean;
}

/** What callers have to know of a function. */
export interface Signature {
  parameters: Parameter[];
  /** Declared type of the result without white space; empty where none is declared. */
  result: string;
}

/**
 * The signature of what is defined by this name on this line, or null where it takes no arguments: a value, a type.
 * @param line 0-based, where the name stands
 */
export function readSignature(
  family: LanguageFamily,
  lines: readonly string[],
  line: number,
  name: string,
): Signature | null {
  const text = lines.slice(line, line + mostLines).join("\n");
  const at = text.search(wholeWord(name));
  if (at < 0) return null;
  const head = text.slice(0, at);
  const opening = openingOf(family, head, text, at + name.length);
  if (opening === null) return null;
  const list = bracketed(text, opening, family);
  if (list === null) return null;
  const tail = text.slice(list.end);
  if (isValue(family, text.slice(at + name.length, opening), tail)) return null;
  const parts = splitArguments(list.inside, family);
  return { parameters: readParameters(family, parts), result: resultOf(family, head, tail).replace(/\s+/g, "") };
}

export function wholeWord(name: string): RegExp {
  return new RegExp(`(?<![\\w$])${name.replaceAll(/[$.*+?^()[\]{}|\\]/g, "\\$&")}(?![\\w$])`);
}

/** A signature over more lines is data. */
const mostLines = 60;

const declares: Partial<Record<LanguageFamily, RegExp>> = {
  python: /\bdef\s+$/,
  ruby: /\bdef\s+(?:self\.)?$/,
  go: /\bfunc\s*(?:\([^)]*\)\s*)?$|^\s+$/,
  rust: /\bfn\s+$/,
  swift: /\bfunc\s+$/,
  php: /\bfunction\s+&?\s*$/,
  solidity: /\bfunction\s+$/,
};

/** Where the list of parameters opens behind a name; null where the name is no function's. */
function openingOf(family: LanguageFamily, head: string, text: string, end: number): number | null {
  if (declares[family]?.test(head) === false) return null;
  if (family === "bash" || family === "powershell") return null;
  if (/\b(?:class|interface|struct|enum|trait|type|namespace|module|record|extends|new)\s+$/.test(head)) return null;
  const generics = "(?:\\s*(?:<[^()]*?>|\\[[^()\\]]*\\]))?";
  const value = "(?:\\s*[:=]\\s*(?:async\\s*)?(?:function\\b\\s*\\*?\\s*[\\w$]*\\s*)?(?:<[^()]*?>\\s*)?)?";
  const before = new RegExp(`^\\??${generics}${family === "ecmascript" ? value : ""}\\s*\\(`);
  const found = before.exec(text.slice(end));
  return found === null ? null : end + found[0].length - 1;
}

/** `const total = (a + b) * c` is no function. */
function isValue(family: LanguageFamily, between: string, tail: string): boolean {
  if (family !== "ecmascript" || !/[:=]/.test(between) || between.includes("function")) return false;
  return !/^\s*(?:=>|:)/.test(tail);
}

function resultOf(family: LanguageFamily, head: string, tail: string): string {
  switch (family) {
    case "python":
      return /^\s*->\s*([^:\n]+):/.exec(tail)?.[1] ?? "";
    case "ecmascript":
      return /^\s*:\s*([^={;\n]+?)\s*(?:=>|\{|;|\n|$)/.exec(tail)?.[1] ?? "";
    case "go":
      return /^[ \t]*([^{\n]*)/.exec(tail)?.[1] ?? "";
    case "rust":
    case "swift":
      return /^\s*->\s*([^{;]+?)\s*(?:\bwhere\b|\{|;|$)/.exec(tail)?.[1] ?? "";
    case "php":
      return /^\s*:\s*([\w\\?|]+)/.exec(tail)?.[1] ?? "";
    case "java":
    case "csharp":
      return head.replaceAll(modifiers, "").trim();
    default:
      return "";
  }
}

const modifiers =
  /@\w+(?:\([^)]*\))?|\b(?:public|protected|private|internal|static|final|abstract|sealed|override|virtual|async|partial|readonly|synchronized|unsafe|extern|default|native|strictfp|new)\b/g;

function readParameters(family: LanguageFamily, parts: readonly string[]): Parameter[] {
  if (family === "go") return readGoParameters(parts);
  const parameters: Parameter[] = [];
  let keyword = false;
  for (const part of parts) {
    if (family === "python" && part === "*") keyword = true;
    const parameter = readParameter(family, part, parameters.length === 0);
    if (parameter !== null)
      parameters.push({ ...parameter, keyword: parameter.keyword || (keyword && !parameter.rest) });
    if (family === "python" && /^\*\w/.test(part)) keyword = true;
  }
  return parameters;
}

/** Names and types in one list: `a, b int, more ...string`; or types alone. */
function readGoParameters(parts: readonly string[]): Parameter[] {
  const named = parts.some((part) => /^\w+\s+\S/.test(part) && !/^(?:chan|func|map|interface|struct)\b/.test(part));
  return parts.map((part) => ({
    name: named ? (/^\w+/.exec(part)?.[0] ?? part) : part,
    optional: false,
    rest: part.includes("..."),
    keyword: false,
  }));
}

function readParameter(family: LanguageFamily, part: string, first: boolean): Parameter | null {
  const optional = /^[^=]*[^=!<>]=(?![=>])/.test(part);
  switch (family) {
    case "python":
      if (part === "*" || part === "/" || (first && /^(?:self|cls)\b/.test(part))) return null;
      return { name: nameIn(part, /\w+/), optional, rest: part.startsWith("*"), keyword: false };
    case "ruby":
      if (part.startsWith("&")) return null;
      return {
        name: nameIn(part, /\w+/),
        optional: optional || /^\w+:\s*\S/.test(part),
        rest: part.startsWith("*") || part === "...",
        keyword: /^\w+:/.test(part),
      };
    case "ecmascript":
      if (/^this\s*:/.test(part)) return null;
      return {
        name: nameIn(
          part.replace(/^(?:@\w+(?:\([^)]*\))?\s*|(?:public|private|protected|readonly|override)\s+)+/, ""),
          /[\w$]+|\{|\[/,
        ),
        optional: optional || /^(?:\w+\s+)*[\w$]+\?/.test(part),
        rest: part.startsWith("..."),
        keyword: false,
      };
    case "rust":
      if (/^(?:&\s*(?:'\w+\s+)?)?(?:mut\s+)?self\b/.test(part)) return null;
      return { name: nameIn(part.replace(/^mut\s+/, ""), /\w+/), optional: false, rest: false, keyword: false };
    case "swift":
      return { name: nameIn(part, /\w+/), optional, rest: part.includes("..."), keyword: false };
    case "php":
      return { name: nameIn(part, /\$\w+/).slice(1), optional, rest: part.includes("..."), keyword: false };
    default:
      return readTypedParameter(part, optional);
  }
}

/** A type, then a name: C, C#, Dart, Java, Solidity. */
function readTypedParameter(part: string, optional: boolean): Parameter | null {
  if (part === "void") return null;
  const declared = part.replace(/\s*=[^=].*$/s, "").replace(/\[\s*\w*\s*\]\s*$/, "");
  return {
    name: /(\w+)\W*$/.exec(declared)?.[1] ?? part,
    optional: optional || /^[[{]/.test(part),
    rest: part.includes("...") || /^(?:params\s|[[{])/.test(part),
    keyword: false,
  };
}

function nameIn(part: string, pattern: RegExp): string {
  return pattern.exec(part)?.[0] ?? part;
}
