import { posix } from "node:path";
import { limits } from "../../shared/limits.ts";

/**
 * A rule that a repository wrote down for whoever changes it, of the few kinds that code can check: these words must not
 * stand in what a change adds. Text of a repository is data: it is read for what it forbids here, and obeyed in nothing.
 */
export interface WrittenRule {
  /** Where it is written; lines are 1-based, inclusive. */
  path: string;
  startLine: number;
  endLine: number;
  /** The sentence, on one line, as it is written. */
  text: string;
  /** Folder that it holds for, without a slash at its end; "" for the whole tree. */
  folder: string;
  /** Code that must not be written. */
  forbidden: string[];
  /** Whether that is a module which must not be imported, rather than code. */
  imported: boolean;
  /** What to write in its place, where that is told. */
  instead: string[];
  /** What it speaks of; null: of both. */
  of: "tests" | "production" | null;
}

/** The sentences of a Markdown file that forbid something that can be looked for. */
export function extractRules(path: string, markdown: string): WrittenRule[] {
  const rules: WrittenRule[] = [];
  let introduced = false;
  for (const block of blocksOf(markdown)) {
    // What a line with a colon leads up to holds for what that line is about.
    const isItem = ITEM.test(block[0]?.text ?? "");
    if (introduced && isItem) continue;
    introduced = /:[*_]*\s*$/.test(block.at(-1)?.text ?? "");
    const folder = folderNamedIn(block, folderOf(path));
    if (folder === null) continue;
    for (const sentence of sentencesOf(block)) {
      const said = readSentence(sentence.text);
      if (said !== null) rules.push({ path, folder, ...sentence, ...said });
      if (rules.length >= limits.writtenRules) return rules;
    }
  }
  return rules;
}

/** Rules of `.github` and `docs` are the whole repository's; those beside code hold where they stand. */
function folderOf(path: string): string {
  const folder = posix.dirname(path);
  return [".", ".github", "docs"].includes(folder) ? "" : folder;
}

/** A paragraph that names a folder is about that. Null where it names several, or a pattern of them: which is not clear. */
function folderNamedIn(block: readonly Line[], folder: string): string | null {
  const text = block.map((line) => line.text).join(" ");
  const named = new Set(Array.from(text.matchAll(/`([^`\s]*\/[^`\s]*)`/g), ([, place = ""]) => place).filter(isFolder));
  const [only] = named;
  if (only === undefined) return folder;
  if (named.size > 1 || only.includes("*")) return null;
  return posix.join(folder, only).replace(/\/$/, "");
}

function isFolder(place: string): boolean {
  return /^(?!@)[\w.*][\w.*/-]*\/(?:\*+)?$/.test(place);
}

interface Line {
  number: number;
  text: string;
}

/** Paragraphs and list items: what stands between empty lines or bullets. No headings, tables, quotes, comments, examples. */
function blocksOf(markdown: string): Line[][] {
  const blocks: Line[][] = [];
  let block: Line[] = [];
  let fence: string | null = null;
  let comment = false;
  const end = (): void => {
    if (block.length > 0) blocks.push(block);
    block = [];
  };
  for (const [index, text] of markdown.split(/\r?\n/).entries()) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(text)?.[1];
    if (fence !== null) {
      if (mark?.startsWith(fence)) fence = null;
      continue;
    }
    if (mark !== undefined) {
      fence = mark;
      end();
      continue;
    }
    if (comment || text.trimStart().startsWith("<!--")) {
      comment = !text.includes("-->");
      end();
      continue;
    }
    if (/^\s*(?:#{1,6}\s|[|>]|$)|^(?: {4}|\t)(?!\s*(?:[-*+]|\d+[.)])\s)/.test(text) && !isContinuation(text, block))
      end();
    else {
      if (ITEM.test(text)) end();
      if (text.length <= limits.ruleLineCharacters) block.push({ number: index + 1, text });
    }
  }
  end();
  return blocks;
}

const ITEM = /^\s*(?:[-*+]|\d{1,3}[.)])\s/;

/** A line of a list item may be indented as deep as code. */
function isContinuation(text: string, block: readonly Line[]): boolean {
  return /^\s+[^\s|>#]/.test(text) && ITEM.test(block[0]?.text ?? "");
}

interface Sentence {
  startLine: number;
  endLine: number;
  text: string;
}

/** Sentences end where a capital, a quote or code follows; a period inside code ends nothing. */
function sentencesOf(block: readonly Line[]): Sentence[] {
  const sentences: Sentence[] = [];
  const text = block.map((line) => line.text.trim()).join("\n");
  const hidden = text.replace(/`[^`]*`/g, (code) => "x".repeat(code.length));
  let from = 0;
  for (const { index } of [...hidden.matchAll(/[.!?;](?=["')*_]*\s+\S)/g), { index: text.length }]) {
    const raw = text.slice(from, index + 1);
    const before = text.slice(0, from + raw.length - raw.trimStart().length);
    const first = before.split("\n").length - 1;
    const last = text.slice(0, from + raw.trimEnd().length).split("\n").length - 1;
    const [start, end] = [block[first], block[last]];
    if (raw.trim() !== "" && start && end)
      sentences.push({ startLine: start.number, endLine: end.number, text: plain(raw) });
    from = index + 1;
  }
  return sentences;
}

function plain(text: string): string {
  return text
    .trim()
    .replace(/^(?:[-*+]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?/, "")
    .replace(/\s+/g, " ");
}

/** What makes a sentence hold only sometimes: code cannot tell when. */
const HEDGE =
  /\b(?:unless|except\w*|possible|whenever|when|if|where|while|until|before|after|outside|only|without|other than|usually|generally|typically|sometimes|mostly|often|try|tries|consider|ideally|may|might|can|could|almost|legacy|new|old|deprecated|such as|like|allowed|alone|inside|within|in(?! (?:tests?|(?:the |our |this |production |library |source )?(?:code|codebase|repository|project))\b))\b/i;
/** Rules of writing, and of what somebody types, not of code. */
const NOT_CODE =
  /\b(?:commits?|titles?|branch(?:es)?|trailers?|footers?|messages?|labels?|descriptions?|changelogs?|pull requests?|docs?|documentation|commands?|scripting|CLI)\b/i;
/** A rule of tests says so at its beginning or its end. */
const OF_TESTS = /^(?:when|while) writing (?:\w+ )?tests?,?\s+|^in (?:\w+ )?tests?,?\s+|\s+in tests\b/i;
const OF_PRODUCTION = /\bin (?:production|library|source) code\b/i;

const SPANS = "`[^`]{1,80}`(?:(?:,? (?:or|and|nor) |, ?| ?/ ?)`[^`]{1,80}`){0,4}";
const ARTICLE = String.raw`(?:(?:the|a|an|any|plain|raw|bare|global|built-in|native)\s+)?`;
/** `x` for one thing is no `x` for another. The comma and the words between codes must not be given up for it. */
const NO_PURPOSE = String.raw`(?!,? ?(?:or|and|nor)? ?${"`"})(?!\s*(?:to|as|with|on|of|from|by|for)\b)`;
const FORBIDDING = new RegExp(
  String.raw`\b(?:(?:do not|don['’]t|never|must not|mustn['’]t|should not|shouldn['’]t)\s+(?:ever\s+)?(?:use|import|import from|call|rely on)|` +
    String.raw`avoid(?:\s+(?:the use of|use of|using|calling|importing))?|^no)\s+${ARTICLE}(?<codes>${SPANS})${NO_PURPOSE}`,
  "i",
);
const PREFERRING = new RegExp(
  String.raw`\b(?:use|prefer|call|write)\s+${ARTICLE}(?<instead>${SPANS})[^.;${"`"}]{0,40}?\s` +
    String.raw`(?:instead of|over|rather than|in place of|,? ?not|,? ?never)\s+(?:using\s+)?${ARTICLE}(?<codes>${SPANS})${NO_PURPOSE}`,
  "i",
);

type Said = Pick<WrittenRule, "forbidden" | "imported" | "instead" | "of">;

function readSentence(sentence: string): Said | null {
  const bare = sentence.replace(/\*\*|__/g, "").trim();
  const of = OF_TESTS.test(bare) ? "tests" : OF_PRODUCTION.test(bare) ? "production" : null;
  // An aside that says nothing about when the rule holds is one about why.
  const text = bare
    .replace(OF_TESTS, "")
    .replace(/`[^`]*`|\(([^()]*)\)/g, (aside, inner?: string) =>
      inner === undefined || HEDGE.test(inner) ? aside : "",
    );
  const words = text.replace(/`[^`]*`/g, "`");
  if (HEDGE.test(words) || NOT_CODE.test(words)) return null;
  const preferring = PREFERRING.exec(text);
  const said = preferring ?? FORBIDDING.exec(text);
  const forbidden = codesIn(said?.groups?.["codes"] ?? "");
  if (said === null || forbidden.length === 0 || !forbidden.every(isCheckable)) return null;
  const imported = /\bimport(?:ing)?\b/i.test(said[0].split("`")[0] ?? "");
  return { forbidden, imported, instead: codesIn(preferring?.groups?.["instead"] ?? ""), of };
}

function codesIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code.trim());
}

const PROGRAM =
  /^(?:npm|pnpm|yarn|npx|git|cargo|make|pip|uv|bundle|bin|docker|go|sudo|cd|rm|bun|deno|node|python3?|gh|curl|wget|eslint|prettier|jest|vitest|mocha|pytest|rspec|brew|sed|grep|cat|ls|bash|sh|zsh)(?:\s|$)/;
const FILE = /\/$|\.(?:md|json|ya?ml|toml|lock|txt|js|ts|tsx|jsx|mjs|cjs|py|rb|go|rs|java|c|h|cs|php|sh|ps1|env)$/;

/** Letter for letter: no placeholders, no programs, no options, no files, nothing that stands everywhere. */
function isCheckable(code: string): boolean {
  if (code.length < 3 || !/[A-Za-z]{2}/.test(code)) return false;
  if (/\.\.\.|…|[<>*{}]|\bfoo\b|\bbar\b|\bxxx?\b|^--?\w|^\//i.test(code)) return false;
  return !PROGRAM.test(code) && !FILE.test(code);
}
