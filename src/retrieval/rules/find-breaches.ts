import type { EngramView } from "../../engram/engram.ts";
import { limits } from "../../shared/limits.ts";
import type { Change, DiffLine, FileDiff } from "../../workspace/diff.ts";
import { readCodeFile } from "../code-file.ts";
import type { Evidence } from "../evidence.ts";
import { familyOf, type LanguageFamily } from "../language-family.ts";
import { isTestPath } from "../ordinary-path.ts";
import { type RuleBook, readRules } from "./read-rules.ts";
import type { WrittenRule } from "./written-rules.ts";

/** Lines that a change adds to one file, against a rule of the repository that it keeps elsewhere. */
export interface Breach {
  rule: WrittenRule;
  /** What the rule forbids, as it words it. */
  code: string;
  path: string;
  /** In the new file, ascending; at least one. */
  lines: number[];
  /** The rule as it stands in its file, then the first line. */
  evidence: Evidence[];
}

export interface BreachOptions {
  gitDir: string;
  signal?: AbortSignal | undefined;
}

/**
 * What a change adds although a rule forbids it. Only code counts, no comments and strings; only what is new there: a line
 * that is moved, or was as bad before, is not. And only rules that the repository keeps: where more than a few of its own
 * files do the same, the rule is about something else than its words say, or about nothing.
 * @param view the head: the change laid over the engram
 */
export async function findBreaches(
  change: Change,
  view: EngramView,
  { gitDir, signal }: BreachOptions,
): Promise<Breach[]> {
  const written = change.files.filter(({ path, hunks }) => hunks.length > 0 && familyOf(path) !== null);
  if (written.length === 0) return [];
  const speaks = createSpeaking(view);
  const book = await readRules(
    gitDir,
    change.base,
    written.map(({ path }) => path),
    signal,
  );
  const moved = new Set(linesOf(change.files, "-").map(({ text }) => text.trim()));
  const keeps = createKeeping(view, change);
  const found: Breach[] = [];
  for (const file of written) {
    const rules = book.rulesFor(file.path);
    const code = rules.length === 0 ? null : readCodeFile(file.path, view.text(file.path) ?? "");
    if (code === null) continue;
    const lines = code.code.split("\n");
    const texts = code.text.split("\n");
    for (const rule of rules.filter(({ folder }) => speaks(folder, file.path))) {
      for (const forbidden of rule.forbidden) {
        const pattern = patternOf(forbidden, rule, file.path);
        const isBreach = (line: string, plain: string): boolean =>
          rule.imported ? pattern.test(plain) : pattern.test(line);
        const added = linesOf([file], "+").filter(
          ({ newLine, text }) => !moved.has(text.trim()) && isBreach(lines[(newLine ?? 0) - 1] ?? "", text),
        );
        const before = linesOf([file], "-").filter(({ text }) => pattern.test(text)).length;
        if (added.length <= before || !keeps(pattern, rule, forbidden, file.path)) continue;
        found.push(breachOf({ rule, code: forbidden, path: file.path, added, texts, book, change }));
      }
    }
  }
  return nearestOnly(found);
}

/** Two files may say the same: the one nearest to the code is cited. */
function nearestOnly(found: readonly Breach[]): Breach[] {
  return [...new Map(found.map((one) => [JSON.stringify([one.path, one.code]), one])).values()];
}

interface Found extends Pick<Breach, "rule" | "code" | "path"> {
  added: DiffLine[];
  texts: string[];
  book: RuleBook;
  change: Change;
}

function breachOf({ rule, code, path, added, texts, book, change }: Found): Breach {
  const lines = added.flatMap(({ newLine }) => newLine ?? []);
  const [first = 1] = lines;
  const { startLine, endLine } = rule;
  return {
    rule,
    code,
    path,
    lines,
    evidence: [
      {
        kind: "rule",
        citation: { kind: "code", path: rule.path, startLine, endLine, commit: change.base },
        score: 1,
        why: "the rule",
        text: book.textOf(rule),
      },
      {
        kind: "rule",
        citation: { kind: "code", path, startLine: first, endLine: first, commit: change.head },
        score: 1,
        why: "what this change adds",
        text: texts[first - 1] ?? "",
      },
    ],
  };
}

function linesOf(files: readonly FileDiff[], kind: "+" | "-"): DiffLine[] {
  return files.flatMap(({ hunks }) => hunks.flatMap((hunk) => hunk.lines.filter((line) => line.kind === kind)));
}

/** The words of the rule in a line; a module's name between quotes on a line that imports. */
function patternOf(code: string, { imported }: WrittenRule, path: string): RegExp {
  const flags = familyOf(path) === "powershell" ? "i" : "";
  const words = code
    .replace(/\(\)$/, "(")
    .split(/\s+/)
    .map(escapeRegExp)
    .join(String.raw`\s+`);
  if (imported) return new RegExp(String.raw`\b(?:import|from|require|use|include)\b.*["']${words}["']`, flags);
  const start = /^\w/.test(code) ? String.raw`(?<![\w$@-])` : String.raw`(?<![=!<>&|+*/-])`;
  const end = /\w$/.test(code) ? String.raw`(?![\w$-]|\s*:(?!:))` : String.raw`(?![=<>&|+*-])`;
  return new RegExp(start + words + end, flags);
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}

/** Rules name no language: they are about the one that most files of their folder are written in. */
function createSpeaking(view: EngramView): (folder: string, path: string) => boolean {
  const spoken = new Map<string, LanguageFamily | null>();
  return (folder, path) => {
    if (!spoken.has(folder)) spoken.set(folder, commonFamily(view, folder));
    return spoken.get(folder) === familyOf(path);
  };
}

function commonFamily(view: EngramView, folder: string): LanguageFamily | null {
  const counts = new Map<LanguageFamily, number>();
  for (const path of view.paths()) {
    const family = folder === "" || path.startsWith(`${folder}/`) ? familyOf(path) : null;
    if (family !== null) counts.set(family, (counts.get(family) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}

/** Of files that could break a rule, so many may; with few of them, none. */
const BREAKING_SHARE = 0.05;
const FEW_FILES = 20;

type Keeping = (pattern: RegExp, rule: WrittenRule, code: string, path: string) => boolean;

/** Whether the files that a change leaves alone, of the same language and as much tests as this one, keep a rule. */
function createKeeping(view: EngramView, change: Change): Keeping {
  const changed = new Set(change.files.map(({ path }) => path));
  const known = new Map<string, boolean>();
  return (pattern, rule, code, path) => {
    const key = JSON.stringify([code, rule.imported, rule.folder, familyOf(path), isTestPath(path)]);
    const before = known.get(key);
    if (before !== undefined) return before;
    const isAlike = (other: string): boolean =>
      !changed.has(other) &&
      familyOf(other) === familyOf(path) &&
      isTestPath(other) === isTestPath(path) &&
      (rule.folder === "" || other.startsWith(`${rule.folder}/`));
    const alike = view.paths().filter(isAlike).length;
    const word = longestWord(code);
    const holders = word === null ? [] : view.pathsWithToken(word).filter(isAlike);
    const asked = sampleOf(holders, limits.rulesSampledFiles);
    const breaking = asked.filter((other) => {
      const file = readCodeFile(other, view.text(other) ?? "");
      return file !== null && pattern.test(rule.imported ? file.text : file.code);
    }).length;
    const share = alike === 0 || asked.length === 0 ? 0 : ((breaking / asked.length) * holders.length) / alike;
    const keeps = word !== null && alike > 0 && (alike < FEW_FILES ? breaking === 0 : share <= BREAKING_SHARE);
    known.set(key, keeps);
    return keeps;
  };
}

function longestWord(code: string): string | null {
  const words = code.match(/[A-Za-z_]\w*/g) ?? [];
  return words.toSorted((a, b) => b.length - a.length)[0] ?? null;
}

/** Spread evenly over the list. */
function sampleOf(paths: readonly string[], most: number): string[] {
  if (paths.length <= most) return [...paths];
  return Array.from({ length: most }, (_, index) => paths[Math.floor((index * paths.length) / most)] as string);
}
