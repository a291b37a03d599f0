import { applyEdits } from "../../edits/apply-edits.ts";
import type { Definition } from "../../edits/edit.ts";
import { parseEdits } from "../../edits/parse-edits.ts";
import { implementTools } from "../../handlers/implement-tools.ts";
import { type IssueReference, issueReferences, messageText } from "../../history/past-commit.ts";
import type { PastCommit } from "../../history/history.ts";
import { isProsePath } from "../../retrieval/ordinary-path.ts";
import { readBlobs } from "../../shared/git-objects.ts";
import { limits } from "../../shared/limits.ts";
import { sanitize } from "../../shared/sanitize.ts";
import type { WriteTarget } from "../../tasks/implement/edit-target.ts";
import { editPrompt } from "../../tasks/implement/prompt.ts";
import type { Tracker } from "../../tracker/tracker.ts";
import type { FileDiff } from "../../workspace/diff.ts";
import { readChange } from "../../workspace/read-change.ts";
import type { DatasetExample } from "./example.ts";
import { isHandWritten, isRobot } from "./written-by-people.ts";

export interface ImplementSources {
  gitDir: string;
  tracker: Tracker | null;
  /** The group of a commit: the pull request that it came with, else itself. */
  groupOf: (commit: PastCommit) => string;
  signal: AbortSignal;
}

/** Whether a person made the commit for a reason that it tells. */
export function isWork({ parents, author, subject, body, files }: PastCommit): boolean {
  if (parents.length !== 1 || files.length === 0 || files.length > limits.datasetCommitFiles) return false;
  if (isRobot(author.name)) return false;
  if (/^(revert\b|merge\b|bump(ed)?\b|release\b|(chore|build|ci)\((deps|release)|v?\d+\.\d+)/i.test(subject))
    return false;
  return requestText({ subject, body }).split(/\s+/).length >= 3;
}

/**
 * What a commit teaches an implementer: what was asked for, a file before, and the file after, in the very form in which
 * the implement task asks. Each answer was applied to the file before and gave the file after, or is left out.
 * Errors: GitError where git lacks a file; the signal's reason.
 */
export async function implementExamples(commit: PastCommit, sources: ImplementSources): Promise<DatasetExample[]> {
  const { gitDir, signal } = sources;
  const change = await readChange(gitDir, commit.parents[0] ?? "", commit.commit, signal);
  const request = requestOf(commit, sources.tracker);
  const examples: DatasetExample[] = [];
  for (const file of change.files) {
    if (!isWritten(file)) continue;
    const texts = await readTexts(gitDir, [file.oldBlob ?? "", file.newBlob ?? ""], signal);
    const written = texts && (await writtenIn(file, texts[0], texts[1]));
    if (!written) continue;
    const { target, answer } = written;
    const name = target.form === "symbol" ? `${target.symbol} of ${target.path}` : target.path;
    const task = `Change ${name} so that it does what the REQUEST asks for.`;
    const asked = editPrompt({ task, target, blocks: [{ title: "REQUEST", text: request }], problems: null });
    examples.push({
      task: "implement",
      id: `implement-${commit.commit.slice(0, 12)}-${examples.length + 1}`,
      messages: [...asked, { role: "assistant", content: answer }],
      group: sources.groupOf(commit),
      begin: commit.time,
      end: commit.time,
      source: { pull: null, commit: commit.commit, path: file.path, learntFrom: "commit" },
    });
  }
  return examples;
}

/** Code that people write by hand, there before and after. */
function isWritten(file: FileDiff): boolean {
  const { path, status, binary, hunks, link } = file;
  const isText = status === "modified" && !binary && hunks.length > 0 && link !== true;
  return isText && isHandWritten(file) && !isProsePath(path);
}

/** The issue that it closes as it was known, else the commit's own message. */
function requestOf(commit: PastCommit, tracker: Tracker | null): string {
  const closed = issueReferences(messageText(commit)).filter(({ closes }: IssueReference) => closes);
  for (const { number } of closed) {
    const issue = tracker?.issue(number) ?? null;
    if (issue === null || issue.pull || !(Date.parse(issue.createdAt) / 1000 < commit.time)) continue;
    return sanitize(`${issue.title}\n${issue.body}`).slice(0, limits.datasetRequestCharacters);
  }
  return requestText(commit).slice(0, limits.datasetRequestCharacters);
}

/** Without trailers, which name people, and without the number of the pull request. */
function requestText({ subject, body }: Pick<PastCommit, "subject" | "body">): string {
  const kept = body.split("\n").filter((line) => !trailer.test(line));
  return `${subject.replace(/\s*\(#\d+\)$/, "")}\n${kept.join("\n")}`.trim();
}

const trailer = /^(?:[\w-]{1,30}-by|change-id|cc|pr-url|refs?|git-svn-id|differential revision):/i;

async function readTexts(gitDir: string, oids: string[], signal: AbortSignal): Promise<[string, string] | null> {
  const texts: string[] = [];
  for await (const { data } of readBlobs(gitDir, oids, signal)) {
    if (data.length > limits.diffFileBytes || data.includes(0)) return null;
    texts.push(data.toString("utf8"));
  }
  const [before, after] = texts;
  return before === undefined || after === undefined ? null : [before, after];
}

interface Written {
  target: WriteTarget;
  answer: string;
}

/** One definition, else a short file, else lines of a long one; null where none of these gives the file after. */
async function writtenIn(file: FileDiff, before: string, after: string): Promise<Written | null> {
  const candidates = [await asSymbol(file, before, after), asFile(file, before, after), asReplacements(file, before)];
  for (const written of candidates) {
    if (written !== null && (await gives(written, before, after))) return written;
  }
  return null;
}

async function asSymbol({ path, hunks }: FileDiff, before: string, after: string): Promise<Written | null> {
  const [old, now] = [
    await implementTools.findDefinitions(path, before),
    await implementTools.findDefinitions(path, after),
  ];
  if (old === null || now === null) return null;
  const touched = hunks.flatMap(({ lines, oldStart }) => {
    let last = oldStart;
    return lines.flatMap(({ kind, oldLine }) => {
      last = oldLine ?? last;
      return kind === " " ? [] : [last];
    });
  });
  const [first, last] = [Math.min(...touched), Math.max(...touched)];
  const isAlone = (name: string, all: Definition[]): boolean => all.filter((one) => one.name === name).length === 1;
  const around = old
    .filter(
      ({ leadLine, endLine }) => leadLine <= first && last <= endLine && endLine - leadLine < limits.rewrittenLines,
    )
    .filter(({ name }) => isAlone(name, old) && isAlone(name, now))
    .toSorted((a, b) => a.endLine - a.leadLine - (b.endLine - b.leadLine))[0];
  const same = now.find(({ name }) => name === around?.name);
  if (around === undefined || same === undefined) return null;
  const code = linesOf(before)
    .slice(around.leadLine - 1, around.endLine)
    .join("\n");
  const text = linesOf(after)
    .slice(same.leadLine - 1, same.endLine)
    .join("\n");
  const target: WriteTarget = { path, form: "symbol", symbol: around.name, code, whole: false };
  return { target, answer: fenced(path, text) };
}

function asFile({ path }: FileDiff, before: string, after: string): Written | null {
  if (Math.max(linesOf(before).length, linesOf(after).length) > limits.rewrittenLines) return null;
  return { target: { path, form: "file", symbol: null, code: before, whole: true }, answer: fenced(path, after) };
}

/** Every hunk with its context, in a window of the file that holds them all. */
function asReplacements({ path, hunks }: FileDiff, before: string): Written | null {
  const lines = linesOf(before);
  const first = Math.min(...hunks.map(({ oldStart }) => oldStart));
  const last = Math.max(...hunks.map(({ oldStart, oldLines }) => oldStart + oldLines - 1));
  if (hunks.length > limits.datasetHunks || last - first >= limits.rewrittenLines) return null;
  const spare = Math.floor((limits.rewrittenLines - (last - first + 1)) / 2);
  const code = lines.slice(Math.max(0, first - 1 - spare), last + spare).join("\n");
  const blocks = hunks.map(({ lines: own }) => {
    const side = (left: "+" | "-"): string[] => own.filter(({ kind }) => kind !== left).map(({ text }) => text);
    return ["<<<<<<< SEARCH", ...side("+"), "=======", ...side("-"), ">>>>>>> REPLACE"].join("\n");
  });
  return {
    target: { path, form: "replace", symbol: null, code, whole: false },
    answer: `FILE: ${path}\n${blocks.join("\n")}`,
  };
}

function fenced(path: string, text: string): string {
  return `\`\`\`${/\.(\w+)$/.exec(path)?.[1] ?? ""}\n${text.replace(/\n$/, "")}\n\`\`\``;
}

/** Whether the answer, read and applied as the implement task does, makes the file after of the file before. */
async function gives({ target, answer }: Written, before: string, after: string): Promise<boolean> {
  const { path, symbol } = target;
  const { edits, problems } = parseEdits(answer, { path, symbol });
  if (problems.length > 0) return false;
  const { files, refused } = await applyEdits(edits, {
    read: async (asked) => (asked === path ? before : null),
    tree: { files: new Set([path]), others: [] },
    protect: [],
    tools: implementTools,
  });
  return refused.length === 0 && files.length === 1 && files[0]?.after === after;
}

function linesOf(text: string): string[] {
  return text.replace(/\n$/, "").split("\n");
}
