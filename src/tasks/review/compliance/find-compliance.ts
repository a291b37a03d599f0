import type { CompliancePoint } from "../../../publish/outcome.ts";
import type { Evidence } from "../../../retrieval/evidence.ts";
import { readMentions } from "../../../retrieval/mentions.ts";
import { isProsePath, isReleaseFile, isTestPath } from "../../../retrieval/ordinary-path.ts";
import { queryWords, stem } from "../../../retrieval/words.ts";
import { limits } from "../../../shared/limits.ts";
import type { Change, DiffLine, FileDiff } from "../../../workspace/diff.ts";
import { expectedPoints } from "./expected-points.ts";
import type { LinkedIssue } from "./linked-issue.ts";

/**
 * For each point that the linked issues list, what in the change has to do with it: lines that hold what the point names,
 * or most of its words. Whether they do what it asks, nobody says. Points without a word to look for are left out.
 */
export function findCompliance(issues: readonly LinkedIssue[], change: Change): CompliancePoint[] {
  const runs = change.files.flatMap(runsOf);
  return issues.flatMap(({ number, body }) =>
    expectedPoints(body).flatMap((text) => {
      const asked = readPoint(text);
      if (asked === null) return [];
      const matches = runs
        .flatMap((run) => matchOf(asked, run))
        .sort((a, b) => b.score - a.score)
        .slice(0, limits.complianceEvidence);
      return [{ issue: number, text, evidence: matches.map((match) => evidenceOf(match, change)) }];
    }),
  );
}

/** On the evidence sheet. */
export function linkedIssue({ number, title, state }: LinkedIssue): Evidence {
  const citation = { kind: "issue", number, title, state } as const;
  return { kind: "linked-issue", citation, score: 1, why: "the pull request says that it closes this", text: title };
}

/** Changed lines that stand together. */
interface Run {
  file: FileDiff;
  lines: DiffLine[];
  /** Of the path and the lines. */
  words: ReadonlySet<string>;
  text: string;
}

function runsOf(file: FileDiff): Run[] {
  const pathWords = wordsOf(file.path);
  const runs: DiffLine[][] = [];
  for (const { lines } of file.hunks) {
    let run: DiffLine[] = [];
    for (const line of [...lines, null]) {
      if (line !== null && line.kind !== " ") run.push(line);
      else if (run.length > 0) {
        runs.push(run);
        run = [];
      }
    }
  }
  return runs.map((lines) => {
    const text = lines.map((line) => line.text).join("\n");
    return { file, lines, text, words: new Set([...pathWords, ...wordsOf(text)]) };
  });
}

interface Point {
  words: string[];
  /** Identifiers and files that it names. */
  names: string[];
  /** Kind of file that it asks for, and nothing else. */
  wants: ((path: string) => boolean) | null;
}

/** Words of every issue. */
const SLIGHT = new Set(
  (
    "add added adding support make made work works working allow able feature option options fix fixed bug issue change " +
    "changed update updated new need needs ensure handle proper properly correct correctly implement implemented user " +
    "users test tests doc docs documentation document changelog write cover include code case cases"
  )
    .split(" ")
    .map(stem),
);

function readPoint(text: string): Point | null {
  const { identifiers, places } = readMentions(text);
  const words = [...wordsOf(text)].filter((word) => !SLIGHT.has(word));
  const names = [...identifiers, ...places.map(({ path }) => path)];
  const wants = words.length > 1 || names.length > 0 ? null : kindOfFile(text);
  return words.length < 2 && names.length === 0 && wants === null ? null : { words, names, wants };
}

function kindOfFile(text: string): Point["wants"] {
  if (/\btests?\b|\bcoverage\b/i.test(text)) return isTestPath;
  if (/\bchange ?log\b|\brelease notes\b/i.test(text)) return isReleaseFile;
  return /\bdocs?\b|\bdocument(?:ation|ed)?\b|\breadme\b/i.test(text) ? isProsePath : null;
}

function wordsOf(text: string): Set<string> {
  return new Set(Array.from(queryWords(text), stem));
}

interface Match {
  run: Run;
  score: number;
  why: string;
}

/** Below it, what is alike is alike by accident: most of the words, and never one alone. */
const leastShare = 0.5;
const leastWords = 2;
/** Longer sentences share two words with anything. */
const longPoint = 5;

function matchOf({ words, names, wants }: Point, run: Run): Match[] {
  const { path } = run.file;
  if (wants !== null) return wants(path) ? [{ run, score: 0.5, why: "the point asks for such a file" }] : [];
  const named = names.filter((name) => isNamed(name, run));
  const shared = words.filter((word) => run.words.has(word));
  const share = words.length === 0 ? 0 : shared.length / words.length;
  const least = words.length >= longPoint ? leastWords + 1 : leastWords;
  if (named.length > 0) {
    const why = `has ${named
      .slice(0, 3)
      .map((name) => `\`${name.replaceAll("`", "'")}\``)
      .join(", ")}`;
    return [{ run, score: 1 + share, why }];
  }
  if (share < leastShare || shared.length < least) return [];
  return [{ run, score: share, why: `has its words ${shared.slice(0, 5).join(", ")}` }];
}

function isNamed(name: string, { file, text }: Run): boolean {
  if (file.path === name || file.path.endsWith(`/${name}`)) return true;
  if (!/^[\w$]+$/.test(name)) return false;
  return new RegExp(String.raw`(?<![\w$])${name.replaceAll("$", String.raw`\$`)}(?![\w$])`).test(text);
}

/** The added lines of a run, or the removed ones where nothing was added. */
function evidenceOf({ run: { file, lines }, score, why }: Match, change: Change): Evidence {
  const added = lines.filter(({ kind }) => kind === "+");
  const shown = (added.length > 0 ? added : lines).slice(0, limits.chunkLines);
  const numbers = shown.map(({ oldLine, newLine }) => newLine ?? oldLine ?? 1);
  const place =
    added.length > 0 ? { path: file.path, commit: change.head } : { path: file.oldPath, commit: change.base };
  const [startLine = 1] = numbers;
  return {
    kind: "suspect",
    citation: { kind: "code", ...place, startLine, endLine: numbers.at(-1) ?? startLine },
    score: Math.min(1, score / 2),
    why: added.length > 0 ? why : `${why}; taken out`,
    text: shown.map(({ text }) => text).join("\n"),
  };
}
