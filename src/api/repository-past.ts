import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Home } from "../config/home.ts";
import type { History, HistoryStore, PastCommit } from "../history/history.ts";
import { messageText } from "../history/past-commit.ts";
import { openIssueIndex } from "../retrieval/issue-index.ts";
import type { PastIssue } from "../retrieval/similar-issues.ts";
import { searchWords } from "../retrieval/words.ts";
import { limits } from "../shared/limits.ts";
import { contentStems } from "../tasks/ask/content-words.ts";
import type { FoundPassage, PassageSource } from "../tasks/ask/passage.ts";
import { oncePerMark } from "../tasks/once-per-mark.ts";
import type { Tracker, TrackerStore } from "../tracker/tracker.ts";

/** Where the past of the service's repositories is kept. */
export interface PastOfRepositories {
  history: HistoryStore;
  trackers: Pick<TrackerStore, "open">;
}

/** What people said and did in a repository, as passages: each is one commit's message, or an issue's title and text. */
export interface RepositoryPast {
  commits: PassageSource;
  issues: PassageSource;
  /** The passage of a commit (by its id, shortened) or an issue (`#12`), or null. */
  read(source: string, document: string): FoundPassage | null;
}

/** Issues by their words, read again only when the tracker has read more. */
const issueIndexOf = oncePerMark(
  ({ issues }) => issues,
  (tracker) => openIssueIndex<PastIssue>(tracker.issues()),
);

/**
 * The past of a repository as of the commit that its engram stands at. What is not kept has no passages: a clone of this
 * machine has no mirror here, and GitHub may not have been asked yet.
 */
export async function openRepositoryPast(
  key: string,
  commit: string,
  { history, trackers }: PastOfRepositories,
  { mirrors }: Pick<Home, "mirrors">,
  signal?: AbortSignal,
): Promise<RepositoryPast> {
  const gitDir = join(mirrors, ...key.split("/"));
  const past = existsSync(gitDir) ? await historyAt(history, key, gitDir, commit, signal) : null;
  const tracker = trackers.open(key);
  const ofCommit = (one: PastCommit, score: number): FoundPassage => commitPassage(key, commit, one, score);
  const ofIssue = (one: PastIssue, score: number): FoundPassage => issuePassage(key, commit, one, score);
  return {
    commits: { search: async (question, k) => (past === null ? [] : findCommits(past, question, k, ofCommit)) },
    issues: { search: async (question, k) => (tracker === null ? [] : findIssues(tracker, question, k, ofIssue)) },
    read(source, document) {
      if (source === commitsOf(key)) {
        const found = past?.commits.find((one) => one.commit.startsWith(document));
        return found === undefined ? null : ofCommit(found, 0);
      }
      const issue = source === issuesOf(key) ? (tracker?.issue(Number(document.slice(1))) ?? null) : null;
      return issue === null ? null : ofIssue(issue, 0);
    },
  };
}

/** Commits are passages of a source of this name. */
function commitsOf(key: string): string {
  return `${key} commits`;
}

function issuesOf(key: string): string {
  return `${key} issues`;
}

/** None where git lacks the commit by now: the mirror may have been thrown away and made anew. */
async function historyAt(
  store: HistoryStore,
  key: string,
  gitDir: string,
  commit: string,
  signal?: AbortSignal,
): Promise<History | null> {
  try {
    const { index } = await store.update(key, gitDir, [commit], { signal });
    return index.at(commit);
  } catch {
    signal?.throwIfAborted();
    return null;
  }
}

function findCommits(
  history: History,
  question: string,
  k: number,
  passage: (commit: PastCommit, score: number) => FoundPassage,
): FoundPassage[] {
  return history.searchMessages(searchWords(question), k).flatMap(({ position, score }) => {
    const commit = history.commits[position];
    return commit === undefined || commit.parents.length > 1 ? [] : [passage(commit, score)];
  });
}

/** Below this issues share one common word. */
const leastCosine = 0.1;

function findIssues(
  tracker: Tracker,
  question: string,
  k: number,
  passage: (issue: PastIssue, score: number) => FoundPassage,
): FoundPassage[] {
  const hits = issueIndexOf(tracker).search({ title: question, body: "", k, floor: leastCosine });
  return hits.map(({ issue, cosine }) => passage(issue, cosine));
}

function commitPassage(key: string, revision: string, commit: PastCommit, score: number): FoundPassage {
  const day = new Date(commit.time * 1_000).toISOString().slice(0, 10);
  const { author } = commit;
  const heading = [`${day}, ${author.name}`];
  return wholeText(
    { source: commitsOf(key), revision, document: commit.commit.slice(0, 12), heading, score },
    messageText(commit),
  );
}

function issuePassage(key: string, revision: string, issue: PastIssue, score: number): FoundPassage {
  const { number, title, body, state, stateReason, createdAt } = issue;
  const how = state === "closed" && stateReason && stateReason !== "reopened" ? ` (${stateReason})` : "";
  const since = createdAt === undefined ? "" : `${createdAt.slice(0, 10)}, `;
  const heading = [`${since}${state}${how.replaceAll("_", " ")}`];
  return wholeText(
    { source: issuesOf(key), revision, document: `#${number}`, heading, score },
    `${title}\n\n${body.slice(0, limits.pastPassageCharacters)}`,
  );
}

function wholeText(
  of: Pick<FoundPassage, "source" | "revision" | "document" | "heading" | "score">,
  whole: string,
): FoundPassage {
  const text = whole.replaceAll("\r\n", "\n").trimEnd();
  return { ...of, page: null, line: 1, startLine: 1, endLine: text.split("\n").length, text };
}

/** A text that only shares a common word with a question must not take a place in its answer. */
const wordShare = 0.6;
const fewestWords = 2;

/** For an answer: the few passages that hold most of what is asked; a search shows all. */
export function closelyAbout(source: PassageSource): PassageSource {
  return {
    async search(question, k) {
      const asked = contentStems(question);
      if (asked.size < fewestWords) return [];
      const needed = Math.max(fewestWords, Math.ceil(asked.size * wordShare));
      const found = await source.search(question, k);
      const close = found.filter(({ text }) => {
        const held = contentStems(text);
        return [...asked].filter((word) => held.has(word)).length >= needed;
      });
      return close.slice(0, limits.pastPassages);
    },
  };
}
