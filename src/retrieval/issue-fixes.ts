import type { History, PastCommit } from "../history/history.ts";
import { issueReferences, messageText, pullNumberOf } from "../history/past-commit.ts";
import type { PastPulls } from "../history/past-pulls.ts";
import type { RepositoryId } from "../shared/repository.ts";
import type { Tracker } from "../tracker/tracker.ts";
import type { Evidence } from "./evidence.ts";
import { revertsIn } from "./reverts.ts";
import { citeWrittenLines } from "./written-lines.ts";

export interface FixSources {
  /** Commits that are not in it do not count: they are newer, or on no default branch. */
  history: History;
  tracker: Tracker | null;
  pulls: PastPulls | null;
  /** Recognises references that name the repository in full. */
  repository?: RepositoryId | undefined;
}

/** How a fix is known. The number is the score of its evidence. */
const WAYS = {
  "closed it on GitHub": 1,
  "its message closes": 0.9,
  "its pull request closes": 0.8,
  "its subject names": 0.5,
  "its message names": 0.4,
  "its pull request names": 0.3,
  "named on GitHub's timeline": 0.2,
} as const;

type Way = keyof typeof WAYS;

/** Ways that claim a fix; the others only say that somebody saw a relation. */
const CLOSING = 0.8;

/** What fixed an issue, or is at least said to belong to it. One of `commit` and `pull` is known. */
export interface IssueFix {
  issue: number;
  commit: PastCommit | null;
  pull: number | null;
  /** Whether it is said to close the issue. */
  closes: boolean;
  /** The commit that took it back, if one did. */
  revertedBy: string | null;
  /** The pull request (where the commit does not name it), then the commit. `citeFixedLines` adds its lines. */
  evidence: Evidence[];
}

/**
 * What fixed each of these issues, surest first: by GitHub's timeline, by closing keywords in the messages of commits and in
 * merged pull requests, and where nothing closes it, by mentions. Nobody's comment is believed, no pull request that was
 * not merged, no commit that the history does not have. Reads no git.
 */
export function findIssueFixes(
  issues: readonly number[],
  sources: FixSources,
  { k = 2 }: { k?: number } = {},
): Map<number, IssueFix[]> {
  const landed = landedPulls(issues, sources);
  const claims = new Map(issues.map((issue) => [issue, new Map<string, Claim>()]));
  const add = (issue: number, way: Way, commit: PastCommit | null, pull: number | null): void => {
    const known = claims.get(issue);
    if (known === undefined || (commit === null && pull === null)) return;
    const key = commit?.commit ?? `#${pull}`;
    const claim = known.get(key) ?? { issue, commit, pull: null, ways: new Set() };
    claim.pull ??= pull;
    claim.ways.add(way);
    known.set(key, claim);
  };

  readTimelines(issues, sources, landed, add);
  readMessages(issues, sources, landed, add);
  readPulls(issues, sources, landed, add);
  const reverts = revertsIn(sources.history);
  return new Map(
    Array.from(claims, ([issue, known]) => {
      const described = [...known.values()].map((claim) => describe(claim, sources, reverts));
      const fixes = described.filter(({ evidence }) => evidence.length > 0);
      const closing = fixes.filter(({ closes }) => closes);
      return [issue, (closing.length > 0 ? closing : fixes).sort((a, b) => order(a, b, sources)).slice(0, k)];
    }),
  );
}

/** The fixes with the lines that their commits wrote. Reads the files of these commits. */
export async function citeFixedLines(gitDir: string, fixes: IssueFix[], signal?: AbortSignal): Promise<IssueFix[]> {
  const commits = [...new Set(fixes.flatMap(({ commit }) => (commit === null ? [] : commit.commit)))];
  const lines = await citeWrittenLines(gitDir, commits, signal);
  return fixes.map((fix) => ({ ...fix, evidence: [...fix.evidence, ...(lines.get(fix.commit?.commit ?? "") ?? [])] }));
}

interface Claim {
  issue: number;
  commit: PastCommit | null;
  pull: number | null;
  ways: Set<Way>;
}

type AddClaim = (issue: number, way: Way, commit: PastCommit | null, pull: number | null) => void;

interface LandedPulls {
  /** The commit of the history that brought a pull request, or null where none is known. */
  commitOf(pull: number): PastCommit | null;
  /** Whether it was merged, as far as the history's time knows. */
  has(pull: number): boolean;
  /** The pull request that a commit came with. */
  pullOf(commit: PastCommit): number | null;
}

function landedPulls(issues: readonly number[], { history, tracker, pulls }: FixSources): LandedPulls {
  const now = (history.commits[0]?.time ?? 0) * 1000;
  const commits = new Map<number, PastCommit>();
  // People write the numbers of issues there too. Of several commits the oldest, which comes last, is the first to land.
  const pullOf = ({ subject }: PastCommit): number | null => {
    const number = pullNumberOf(subject);
    return number === null || issues.includes(number) || tracker?.issue(number)?.pull === false ? null : number;
  };
  for (const commit of history.commits) {
    const number = pullOf(commit);
    if (number !== null) commits.set(number, commit);
  }
  for (const { number, mergedAs } of pulls?.pulls ?? []) {
    const position = mergedAs === null ? null : history.positionOf(mergedAs);
    const commit = position === null ? undefined : history.commits[position];
    if (commit) commits.set(number, commit);
  }
  const numbers = new Map(Array.from(commits, ([number, { commit }]) => [commit, number]));
  return {
    commitOf: (pull) => commits.get(pull) ?? null,
    has(pull) {
      const mergedAt = tracker?.issue(pull)?.mergedAt;
      return commits.has(pull) || (mergedAt ? Date.parse(mergedAt) <= now : false);
    },
    pullOf: (commit) => numbers.get(commit.commit) ?? pullOf(commit),
  };
}

function readTimelines(
  issues: readonly number[],
  { history, tracker }: FixSources,
  landed: LandedPulls,
  add: AddClaim,
): void {
  for (const issue of issues) {
    for (const { kind, pull, commit } of tracker?.links(issue) ?? []) {
      const way = kind === "closed" ? "closed it on GitHub" : "named on GitHub's timeline";
      const position = commit === null ? null : history.positionOf(commit);
      const found = position === null ? null : (history.commits[position] ?? null);
      if (found) add(issue, way, found, landed.pullOf(found));
      else if (pull !== null && pull !== issue && landed.has(pull)) add(issue, way, landed.commitOf(pull), pull);
    }
  }
}

function readMessages(issues: readonly number[], sources: FixSources, landed: LandedPulls, add: AddClaim): void {
  const mention = mentionOf(issues);
  for (const commit of sources.history.commits) {
    const text = messageText(commit);
    if (!mention.test(text)) continue;
    const pull = landed.pullOf(commit);
    for (const { number, closes } of issueReferences(text, sources.repository)) {
      if (number === pull) continue;
      const ends = commit.subject.trimEnd().endsWith(`(#${number})`);
      add(number, closes ? "its message closes" : ends ? "its subject names" : "its message names", commit, pull);
    }
  }
}

function readPulls(issues: readonly number[], sources: FixSources, landed: LandedPulls, add: AddClaim): void {
  const mention = mentionOf(issues);
  for (const { pull, number: by, title, body } of sources.tracker?.issues() ?? []) {
    const text = `${title}\n\n${body}`;
    if (!pull || !mention.test(text) || !landed.has(by)) continue;
    for (const { number, closes } of issueReferences(text, sources.repository)) {
      if (number === by) continue;
      add(number, closes ? "its pull request closes" : "its pull request names", landed.commitOf(by), by);
    }
  }
}

/** Most texts name none of them, and need not be taken apart. */
function mentionOf(issues: readonly number[]): RegExp {
  return new RegExp(`(?:#|GH-|/)(?:${issues.join("|") || "(?!)"})(?!\\d)`, "i");
}

function describe(claim: Claim, { tracker, pulls }: FixSources, reverts: ReadonlyMap<string, string>): IssueFix {
  const { issue, commit, pull } = claim;
  const revertedBy = reverts.get(commit?.commit ?? "") ?? null;
  const ways = [...claim.ways].sort((a, b) => WAYS[b] - WAYS[a]);
  const score = Math.max(...ways.map((way) => WAYS[way]));
  const closes = score >= CLOSING;
  // What only names the issue is no news beside what closes it.
  const told = ways.filter((way) => !closes || WAYS[way] >= CLOSING).map((way) => wordsOf(way, issue));
  const taken = revertedBy === null ? [] : [`taken back by ${revertedBy.slice(0, 12)}`];
  const why = [...told, ...taken].join("; ");

  const evidence: Evidence[] = [];
  const named = commit !== null && pull !== null && commit.subject.trimEnd().endsWith(`(#${pull})`);
  const title = pull === null ? null : titleOf(pull, tracker, pulls);
  if (pull !== null && title && !named) {
    const citation = { kind: "pull", number: pull, title } as const;
    evidence.push({ kind: "commit", citation, score, why: `merged; ${why}`, text: title });
  }
  if (commit !== null) {
    const citation = { kind: "commit", commit: commit.commit, subject: commit.subject } as const;
    evidence.push({ kind: "commit", citation, score, why, text: commit.subject });
  }
  return { issue, commit, pull, closes, revertedBy, evidence };
}

function wordsOf(way: Way, issue: number): string {
  if (way === "closed it on GitHub") return `closed #${issue} on GitHub`;
  if (way === "named on GitHub's timeline") return `#${issue} names it on GitHub`;
  return `${way} #${issue}`;
}

function titleOf(pull: number, tracker: Tracker | null, pulls: PastPulls | null): string | null {
  const tracked = tracker?.issue(pull);
  if (tracked?.pull) return tracked.title;
  return pulls?.pulls.find(({ number }) => number === pull)?.subject ?? null;
}

/** What stands before what was taken back, then the surest, then the newest. */
function order(a: IssueFix, b: IssueFix, { history }: FixSources): number {
  const taken = Number(a.revertedBy !== null) - Number(b.revertedBy !== null);
  const surer = (b.evidence[0]?.score ?? 0) - (a.evidence[0]?.score ?? 0);
  const positionOf = ({ commit }: IssueFix): number => (commit && history.positionOf(commit.commit)) ?? Infinity;
  const [first, second] = [positionOf(a), positionOf(b)];
  return taken || surer || (first === second ? 0 : first - second);
}
