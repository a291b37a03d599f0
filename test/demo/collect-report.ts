import type { KernelChoice } from "../../src/engram/kernel/kernel.ts";
import { gitText } from "../../src/shared/git.ts";
import { readFileAt } from "../../src/shared/git-objects.ts";
import { findMergeBase, readChange } from "../../src/workspace/read-change.ts";
import { demoRepository } from "../../fixtures/demo/demo-repository.ts";
import { citationsIn, plantedFound } from "./counts.ts";
import { citationKey, type ReportData, type ReportPush, type ReportRecommendation } from "./report-data.ts";
import type { Stage } from "./stage.ts";

interface Facts {
  kernel: KernelChoice;
  recommendations: ReportRecommendation[];
  seconds: number;
}

/** Everything the page shows, read from the server's state and from git. */
export async function collectReport(stage: Stage, facts: Facts): Promise<ReportData> {
  const { repository, pull, issue } = stage;
  const review = stage.lastReview();
  const opened = repository.issues.find(({ number }) => number === pull.number);
  const reported = repository.issues.find(({ number }) => number === issue.number);
  return {
    repository: { host: new URL(stage.github.url).host, owner: demoRepository.owner, name: demoRepository.name },
    pull: {
      number: pull.number,
      title: pull.title,
      body: pull.body,
      author: pull.author,
      openedAt: opened?.createdAt ?? "",
      baseBranch: demoRepository.defaultBranch,
      headBranch: pull.branch,
    },
    pushes: await Promise.all(stage.pushes.map((push) => withFiles(stage, push))),
    reviewComments: repository.reviewComments.map(
      ({ id, author, body, createdAt, updatedAt, originalCommitId, original }) => ({
        id,
        author: author.login,
        body,
        createdAt,
        updatedAt,
        commit: originalCommitId,
        path: original.path,
        side: original.side,
        startLine: original.startLine,
        line: original.line ?? 1,
      }),
    ),
    issueComments: repository.comments.map(({ id, issue: subject, author, body, createdAt, updatedAt }) => ({
      id,
      subject,
      author: author.login,
      body,
      createdAt,
      updatedAt,
    })),
    issue: { ...issue, openedAt: reported?.createdAt ?? "" },
    withheld: review?.withheld ?? [],
    model: review?.model ?? { name: null, note: "no review", prompts: 0, promptTokens: 0, generatedTokens: 0, ms: 0 },
    recommendations: facts.recommendations,
    kernel: { name: facts.kernel.kernel.name, reason: facts.kernel.reason },
    past: stage.past,
    planted: plantedFound(stage),
    seconds: facts.seconds,
    command: stage.command,
    citations: await citedFiles(stage),
  };
}

async function withFiles({ gitDir }: Stage, push: Stage["pushes"][number]): Promise<ReportPush> {
  const target = await gitText(gitDir, ["rev-parse", `refs/heads/${demoRepository.defaultBranch}`]);
  const { files } = await readChange(gitDir, await findMergeBase(gitDir, target, push.head), push.head);
  return { ...push, files };
}

async function citedFiles({ gitDir, repository }: Stage): Promise<Map<string, string>> {
  const bodies = [...repository.reviewComments, ...repository.comments].map(({ body }) => body);
  const files = new Map<string, string>();
  for (const { commit, path } of bodies.flatMap(citationsIn)) {
    if (commit === null || path === null || files.has(citationKey(commit, path))) continue;
    const text = await readFileAt(gitDir, commit, path);
    if (text !== null) files.set(citationKey(commit, path), text.toString("utf8"));
  }
  return files;
}
