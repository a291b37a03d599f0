import { createMemoryEngramStore } from "../../src/engram/memory-engram-store.ts";
import { loadKernel } from "../../src/engram/kernel/load-kernel.ts";
import { encoderOf } from "../../src/engram/sqlite-engram-store.ts";
import { createMemoryHistoryStore } from "../../src/history/memory-history-store.ts";
import { issueReferences } from "../../src/history/past-commit.ts";
import { openCodeGraph } from "../../src/retrieval/graph/open-code-graph.ts";
import { localise } from "../../src/retrieval/localise.ts";
import { isOrdinaryPath, isProsePath, isTestPath } from "../../src/retrieval/ordinary-path.ts";
import { GitError, gitText } from "../../src/shared/git.ts";
import type { RepositoryId } from "../../src/shared/repository.ts";
import type { TrackedIssue, Tracker } from "../../src/tracker/tracker.ts";
import { say } from "../bench.ts";
import { createExactIndexes } from "../retrieval/exact-index.ts";
import { followTree } from "../retrieval/file-index.ts";
import { lenientSource } from "../retrieval/lenient-source.ts";
import { isRecorded } from "../retrieval/past-tasks.ts";
import { spread } from "../statistics.ts";
import { meanRecall, type RecallScore, recallScore } from "./scores.ts";

export interface LocalisationReport {
  /** Issues that a commit closed, with files to be found in the tree before it. */
  queries: number;
  scores: Record<"bm25" | "ours", RecallScore> | null;
  each: { number: number; scores: Record<"bm25" | "ours", RecallScore> }[];
  /** Milliseconds of each of our rankings. */
  rankMs: number[];
}

/** An issue, and the commit that closed it. */
interface Fix {
  issue: TrackedIssue;
  commit: string;
  parent: string;
  /** What it changed or removed of what was there before, in the order of git. */
  files: string[];
}

const mostRelevant = 10;
const placesRanked = 50;

/**
 * The files that the fix of an issue changed are looked for with the issue's text, in the tree and the history of the commit
 * before it. Tests, prose and what nobody writes by hand are neither answers nor candidates, for nobody.
 * @param most issues, evenly spread over the time
 */
export async function localiseFixes(
  gitDir: string,
  tracker: Tracker,
  { repository, most }: { repository: RepositoryId; most: number },
): Promise<LocalisationReport> {
  const fixes = spread(await readFixes(gitDir, tracker, repository), most);
  const report: LocalisationReport = { queries: 0, scores: null, each: [], rankMs: [] };
  if (fixes.length === 0) return report;
  const { kernel } = loadKernel();
  const engrams = createMemoryEngramStore({ kernel });
  const histories = createMemoryHistoryStore();
  const { index } = await histories.update("bench", gitDir, [...new Set(fixes.map(({ parent }) => parent))]);
  const tree = followTree(isCandidate);
  const exact = createExactIndexes(encoderOf({ kernel }));
  for (const [at, { issue, parent, files }] of fixes.entries()) {
    if (at % 10 === 0) say(`localisation: ${at} of ${fixes.length}`);
    const { engram } = await engrams.updateFrom("bench", await lenientSource(gitDir, parent));
    exact.update(tree.changesTo(engram), engram);
    const inTree = tree.paths();
    const answers = new Set(files.filter((path) => inTree.has(path)));
    if (answers.size === 0 || answers.size > mostRelevant) continue;
    const sources = { view: engram, history: index.at(parent), graph: openCodeGraph(engram) };
    const started = performance.now();
    const suspects = localise(issue, sources, { k: placesRanked, citeCommit: () => parent });
    report.rankMs.push(performance.now() - started);
    const ours = suspects.map(({ path }) => path).filter(isCandidate);
    const bm25 = exact.bm25.search(`${issue.title}\n${issue.body}`);
    report.each.push({
      number: issue.number,
      scores: { bm25: recallScore(bm25, answers), ours: recallScore(ours, answers) },
    });
  }
  engrams.close();
  histories.close();
  report.queries = report.each.length;
  if (report.queries > 0) {
    const of = (method: "bm25" | "ours"): RecallScore => meanRecall(report.each.map(({ scores }) => scores[method]));
    report.scores = { bm25: of("bm25"), ours: of("ours") };
  }
  return report;
}

function isCandidate(path: string): boolean {
  return isOrdinaryPath(path) && !isTestPath(path) && !isProsePath(path) && !isRecorded(path);
}

/**
 * Commits that close an issue of the tracker, oldest first: by GitHub's closing keywords, by `(#12)` at the end of the subject,
 * or as the merge of a pull request that the tracker knows by its number. Of several the first one counts.
 */
async function readFixes(gitDir: string, tracker: Tracker, repository: RepositoryId): Promise<Fix[]> {
  const log = await gitText(gitDir, [
    "log",
    "--first-parent",
    "--min-parents=1",
    "--format=%x01%H%x02%P%x02%B",
    "HEAD",
  ]);
  const fixes = new Map<number, Fix>();
  for (const record of log.split("\x01").slice(1).toReversed()) {
    const [commit = "", parents = "", message = ""] = record.split("\x02");
    const parent = parents.split(" ")[0] ?? "";
    const closed = closedBy(message, repository).flatMap((number) => tracker.issue(number) ?? []);
    // A commit that closes many at once is a release, and says nothing of any of them.
    if (closed.length === 0 || closed.length > 3) continue;
    const files = await changedFiles(gitDir, parent, commit);
    for (const issue of closed) if (!fixes.has(issue.number)) fixes.set(issue.number, { issue, commit, parent, files });
  }
  return [...fixes.values()];
}

function closedBy(message: string, repository: RepositoryId): number[] {
  const subject = message.split("\n")[0] ?? "";
  if (/^revert\b/i.test(subject)) return [];
  const named = /\(#(\d{1,9})\)\s*$/.exec(subject)?.[1] ?? /^Merge pull request #(\d{1,9})\b/.exec(subject)?.[1];
  const closed = issueReferences(message, repository).flatMap(({ number, closes }) => (closes ? number : []));
  return [...new Set([...closed, ...(named ? [Number(named)] : [])])];
}

async function changedFiles(gitDir: string, parent: string, commit: string): Promise<string[]> {
  try {
    const args = ["diff-tree", "-r", "--name-only", "--no-renames", "--diff-filter=MD", "-z", parent, commit];
    return (await gitText(gitDir, args)).split("\0").filter(isCandidate);
  } catch (error) {
    // A clone without that part of the history.
    if (error instanceof GitError) return [];
    throw error;
  }
}
