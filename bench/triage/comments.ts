import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryEngramStore } from "../../src/engram/memory-engram-store.ts";
import type { History } from "../../src/history/history.ts";
import { triageComment } from "../../src/publish/markdown/triage-comment.ts";
import type { IssueMeanings } from "../../src/retrieval/issue-meanings.ts";
import { git, gitText } from "../../src/shared/git.ts";
import { limits } from "../../src/shared/limits.ts";
import type { RepositoryId } from "../../src/shared/repository.ts";
import { triageIssue } from "../../src/tasks/triage/triage-issue.ts";
import type { ExportedTracker } from "../../src/tracker/exported-tracker.ts";
import type { Tracker } from "../../src/tracker/tracker.ts";
import { openLocalClone } from "../../src/workspace/local-clone.ts";
import { say } from "../bench.ts";
import { openBenchPast } from "../past.ts";
import { lenientSource } from "../retrieval/lenient-source.ts";
import { spread } from "../statistics.ts";

export interface CommentReport {
  comments: number;
  /** Comments that say something. */
  telling: number;
  citations: number;
  /** Citations that lead nowhere, as they stand in the comments. */
  broken: string[];
  /** Seconds of each triage, and of them those that this process computed: on a busy machine most of it is waiting. */
  seconds: number[];
  computed: number[];
}

/**
 * Triages issues of the newer half of a tracker in a repository's newest tree, without a model, words the comments and follows
 * each link in them: the commit, the file and its lines must be in git, the issue in the tracker.
 */
export async function followCitations(
  gitDir: string,
  { tracker, exported }: ExportedTracker,
  { repository, most, meanings }: { repository: RepositoryId; most: number; meanings: IssueMeanings | null },
): Promise<CommentReport> {
  const directory = mkdtempSync(join(tmpdir(), "bench-triage-"));
  const head = (await gitText(gitDir, ["rev-parse", "HEAD"])).trim();
  const engrams = createMemoryEngramStore();
  const past = await openBenchPast(gitDir, head, directory, { learn: false });
  const report: CommentReport = { comments: 0, telling: 0, citations: 0, broken: [], seconds: [], computed: [] };
  try {
    const { engram } = await engrams.updateFrom("bench", await lenientSource(gitDir, head));
    const workspace = await openLocalClone(gitDir);
    const known = { ...past.at(head), tracker, meanings: async () => meanings };
    const issues = exported.map(({ issue }) => issue);
    const { signal } = new AbortController();
    for (const issue of spread(issues.slice(issues.length >> 1), most)) {
      if (report.comments % 50 === 0) say(`comments: ${report.comments}`);
      const started = performance.now();
      const before = process.cpuUsage();
      const outcome = await triageIssue({
        subject: { kind: "issue", number: issue.number },
        asked: true,
        issue,
        pastIssues: [],
        past: known,
        repository,
        workspace,
        view: engram,
        engramCommit: head,
        labels: { precision: limits.labelPrecision, apply: false },
        startedAt: Date.now(),
        signal,
      });
      report.seconds.push((performance.now() - started) / 1_000);
      const { user, system } = process.cpuUsage(before);
      report.computed.push((user + system) / 1e6);
      report.comments++;
      if (outcome.similar.length + outcome.suspects.length > 0) report.telling++;
      for (const page of linkedPages(triageComment(repository, outcome), repository)) {
        report.citations++;
        if (!(await leadsSomewhere(page, { gitDir, tracker, history: known.history }))) report.broken.push(page);
      }
    }
    return report;
  } finally {
    past.close();
    engrams.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What the links of a comment name within the repository; the whole address where it is none of its pages. */
function linkedPages(comment: string, { host, owner, name }: RepositoryId): string[] {
  const own = `https://${host}/${owner}/${name}/`;
  return [...comment.matchAll(/\]\((https?:\/\/[^()\s]+)\)/g)].map(([, url = ""]) =>
    url.startsWith(own) ? url.slice(own.length) : url,
  );
}

async function leadsSomewhere(
  page: string,
  { gitDir, tracker, history }: { gitDir: string; tracker: Tracker; history: History },
): Promise<boolean> {
  const [kind = "", object = "", ...rest] = page.split("/").map((part) => decodeURIComponent(part));
  if (kind === "issues") return tracker.issue(Number(object)) !== null;
  if (kind === "commit") return exists(gitDir, `${object}^{commit}`);
  if (kind === "pull") {
    const named = new RegExp(String.raw`\(#${object}\)|^Merge pull request #${object}\b`);
    return history.commits.some(({ subject }) => named.test(subject));
  }
  const [, path = "", last = ""] = /^(.*)#L(?:\d+-L)?(\d+)$/.exec(rest.join("/")) ?? [];
  if (kind !== "blob" || !(await exists(gitDir, `${object}:${path}`))) return false;
  const lines = (await git(gitDir, ["cat-file", "blob", `${object}:${path}`])).toString("latin1").split("\n").length;
  return Number(last) >= 1 && Number(last) <= lines;
}

async function exists(gitDir: string, object: string): Promise<boolean> {
  return (await git(gitDir, ["rev-parse", "--verify", "--quiet", object], { okCodes: [0, 1, 128] })).length > 0;
}
