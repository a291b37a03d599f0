import type { FileDiff } from "../../workspace/diff.ts";
import type { LanguageFamily } from "../language-family.ts";
import { readSignature, wholeWord } from "../symbols/signature.ts";
import { scriptComment } from "./candidate-names.ts";

interface FileSides {
  /** Text before the change. */
  old: string;
  /** Text after it. */
  text: string;
}

/**
 * Names that a class may lose by a file's changed lines, or take otherwise, and that something may use: by single lines and
 * words, since to parse a file takes a hundred times as long, and most changes lose nothing. JavaScript, TypeScript and Python.
 * @param isUsedElsewhere whether another file than this one may name any of these classes and the member
 */
export function suspectMembers(
  file: FileDiff,
  family: LanguageFamily,
  { old, text }: FileSides,
  isUsedElsewhere: (classes: readonly string[], member: string) => boolean,
): Set<string> {
  const none = new Set<string>();
  if ((family !== "ecmascript" && family !== "python") || /\.(?:d\.[cm]?ts|vue|py[iwx])$/.test(file.path)) return none;
  if (!/\bclass\b/.test(old)) return none;
  const classes = [...new Set(Array.from(text.matchAll(/\bclass\s+([\w$]+)/g), ([, name = ""]) => name))];
  if (classes.length === 0) return none;
  const found = [...lostNames(file, family, text), ...retypedNames(file, family, { old, text })];
  if (found.length === 0) return none;
  const reached = reachedNames(text, classes);
  return new Set(found.filter((name) => reached.has(name) || isUsedElsewhere(classes, name)));
}

/** Names that the text uses of its classes' objects, or may: of others than `this` only where it names a class a second time. */
function reachedNames(text: string, classes: readonly string[]): Set<string> {
  const isNamedAgain = classes.some((name) => new RegExp(`(?<!\\bclass\\s+)${wholeWord(name).source}`).test(text));
  const uses = isNamedAgain ? behindAnything : behindItself;
  return new Set(Array.from(text.matchAll(uses), ([, name = ""]) => name));
}

/**
 * Whether a text that is not the classes' own may use a name of one: through the class, or through what it declares to be an
 * object of it (as memberUses reads them).
 */
export function mayUseMember(text: string, classes: readonly string[], member: string): boolean {
  const [of, name] = [`(?:${classes.map((one) => wholeWord(one).source).join("|")})`, wholeWord(member).source];
  if (!new RegExp(`\\.\\s*${name}`).test(text)) return false;
  return new RegExp(`(?:[:=]|\\bnew\\b)\\s*${of}|${of}\\s*[?!]?\\.\\s*${name}`).test(text);
}

const behindAnything = /\.\s*(#?[\p{L}_$][\p{L}\p{N}_$]*)/gu;
const behindItself = /\b(?:this|self|cls)\s*(?:\?\s*)?\.\s*(#?[\p{L}_$][\p{L}\p{N}_$]*)/gu;

/** Given on lines that go, and nowhere else for certain. */
function lostNames(file: FileDiff, family: LanguageFamily, text: string): string[] {
  const then = placesOf(file, family, "oldLine");
  return [...then].flatMap(([name, places]) => {
    return places.some(({ isChanged }) => isChanged) && !isStillDefined(name, text, family) ? [name] : [];
  });
}

/** Functions whose head is another one on the new side of the hunks than on the old one. */
function retypedNames(file: FileDiff, family: LanguageFamily, sides: FileSides): string[] {
  const [then, now] = [placesOf(file, family, "oldLine"), placesOf(file, family, "newLine")];
  const lines = { old: sides.old.split("\n"), text: sides.text.split("\n") };
  const headsOf = (side: keyof FileSides, name: string, places: readonly Place[]): string[] =>
    places.flatMap(({ line }) => {
      const signature = readSignature(family, lines[side], line - 1, name);
      return signature === null ? [] : [JSON.stringify(signature)];
    });
  return [...now].flatMap(([name, places]) => {
    const before = then.get(name);
    if (before === undefined) return [];
    const heads = headsOf("text", name, places);
    return heads.length > 0 && headsOf("old", name, before).some((one) => heads.some((head) => head !== one))
      ? [name]
      : [];
  });
}

interface Place {
  /** 1-based. */
  line: number;
  isChanged: boolean;
}

/** Where one side of the hunks may give a class a name. */
function placesOf({ hunks }: FileDiff, family: LanguageFamily, side: "oldLine" | "newLine"): Map<string, Place[]> {
  const found = new Map<string, Place[]>();
  for (const { lines } of hunks) {
    const own = lines.filter((line) => line[side] !== null && (family === "python" || !givesNothing.test(line.text)));
    // Names and what is done to them may stand on lines that follow each other.
    const text = own.map((line) => line.text).join("\n");
    let [at, end] = [0, own[0]?.text.length ?? 0];
    for (const { name, index } of namesGiven(text, family)) {
      while (index > end) end += 1 + (own[++at]?.text.length ?? Infinity);
      const line = own[at];
      if (line === undefined) break;
      const places = found.get(name) ?? [];
      places.push({ line: line[side] as number, isChanged: line.kind !== " " });
      found.set(name, places);
    }
  }
  return found;
}

/** Whole comments, and imports. */
const givesNothing = new RegExp(`${scriptComment.source}|^\\s*import\\b`);

interface Given {
  name: string;
  index: number;
}

/** In the order of the text. */
function namesGiven(text: string, family: LanguageFamily): Given[] {
  const patterns = family === "python" ? pythonNames : scriptNames;
  const found = patterns.flatMap((pattern) =>
    Array.from(text.matchAll(pattern)).flatMap(({ 0: { length }, 1: names = "", index }): Given[] => {
      const start = index + length - names.length;
      return Array.from(names.matchAll(/#?[\p{L}_$][\p{L}\p{N}_$]*/gu)).map(({ 0: name, index: within }) => ({
        name,
        index: start + within,
      }));
    }),
  );
  return found.sort((a, b) => a.index - b.index);
}

/** Each pattern ends with its names. */
const scriptNames = [
  // A method or a field at the start of a line, or behind what ends another. What a comma follows is an argument.
  /(?:^|(?<!\$)\{|[};*)])[ \t]*(?!(?:if|for|while|switch|catch|return|await|new|throw|else|case|super|function)\b)(#?[\p{L}_$][\p{L}\p{N}_$]*)(?=\s*[?!]?\s*(?:[(=;<}]|$|:(?!(?:[^<>(){}[\]\n]|\([^()\n]*\)|\[[^[\]\n]*\]|<[^<>\n]*>|\{[^{}\n]*\})*,[ \t]*$)))/gmu,
  // The same behind a modifier; a parameter that is a property.
  /\b(?:public|private|protected|static|readonly|async|get|set|abstract|override|declare|accessor)\s+\*?\s*(#?[\p{L}_$][\p{L}\p{N}_$]*)(?=\s*[?!]?\s*(?:[(:=;<,})]|$))/gmu,
  // What is put there, or asked for before it is used.
  /\bthis\s*(?:\?\.|\.)\s*(#?[\p{L}_$][\p{L}\p{N}_$]*)(?=\s*(?:(?:\|\||&&|\?\?)?=(?![=>])|\?\.|&&|(?:of|in)\b))/gu,
  /\b(?:typeof|delete)\b\s*\(?\s*this\s*(?:\?\.|\.)\s*(#?[\p{L}_$][\p{L}\p{N}_$]*)/gu,
  /[[:,]\s*(?:\.\.\.\s*)?this\s*\.\s*(#?[\p{L}_$][\p{L}\p{N}_$]*)(?=[^;()]*[\]}]\s*=(?![=>]))/gu,
];

const pythonNames = [
  /\b(?:def|class)\s+(\w+)/gu,
  /^[ \t]*(?:from\b.*?)?\bimport\b(.*)/gmu,
  /\bfor\b(.*?)(?=\bin\b)/gu,
  /\bas\s+(.*)/gu,
  /^([^=(\n]*)(?==(?!=))/gmu,
  /^[ \t]*(\w+)(?=\s*:)/gmu,
  /\bdel\b(.*)/gu,
];

/** Whether a class of the text plainly has the name: asked only where it has one class, so that it must be this. */
function isStillDefined(name: string, text: string, family: LanguageFamily): boolean {
  if ((text.match(/\bclass\b/g)?.length ?? 0) !== 1) return false;
  const word = wholeWord(name).source;
  return family === "python"
    ? new RegExp(`^\\s+(?:async\\s+)?def\\s+${word}\\s*\\(\\s*(?:self|cls)\\b`, "m").test(text)
    : new RegExp(
        `^\\s+(?:(?:public|private|protected|static|readonly|abstract|override|async)\\s+)+${word}\\s*[?!]?\\s*[(:=;<]|\\bthis\\.${word}\\s*=(?!=)`,
        "m",
      ).test(text);
}
