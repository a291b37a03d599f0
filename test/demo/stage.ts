import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildDemoRepository } from "../../fixtures/demo/build-repository.ts";
import { demoRefs, demoRepository, type DemoPull } from "../../fixtures/demo/demo-repository.ts";
import type { DemoIssue } from "../../fixtures/demo/issues.ts";
import type { OutcomeRecord } from "../../src/publish/outcome-file.ts";
import type { ReviewOutcome } from "../../src/publish/outcome.ts";
import { git } from "../../src/shared/git.ts";
import { startAssistant, type AssistantProcess } from "../helpers/assistant-process.ts";
import { startGitHubServer, type GitHubServer, type Repository } from "../helpers/github-server/github-server.ts";
import { isAddressed, titleOf } from "./counts.ts";
import { readPast } from "./past.ts";
import type { ReportPast, ReportPush } from "./report-data.ts";

/** What one push brought, as the server saw it. */
export interface PlayedPush extends Omit<ReportPush, "files"> {
  /** One line a comment, for the terminal. */
  lines: string[];
}

/** A GitHub server with the demo's repository, the assistant beside it, and what happened so far. */
export interface Stage {
  github: GitHubServer;
  /** Of the assistant: its dashboard is below it. */
  url: string;
  repository: Repository;
  gitDir: string;
  /** ASSISTANT_HOME of the demo; its models folder starts empty. */
  home: string;
  pull: DemoPull;
  issue: DemoIssue;
  pushes: PlayedPush[];
  /** What the assistant learnt from the past pull requests before the first push. */
  past: ReportPast;
  /** The command that does the same on the visitor's clone. */
  command: string;
  /** Pushes to the pull request's branch (the first one opens it) and waits until the assistant is done with it. */
  push(index: number): Promise<PlayedPush>;
  openIssue(): Promise<void>;
  /** The newest review's outcome, from the assistant's own files. */
  lastReview(): ReviewOutcome | null;
  modelLine(): string;
  triageLine(): string;
  close(): Promise<void>;
}

/** A job of the demo that takes longer has failed. */
const jobMs = 5 * 60_000;

export async function openStage(folder: string): Promise<Stage> {
  const home = join(folder, "home");
  const gitDir = join(folder, "order-desk.git");
  // Answers of models are kept: they make the second run quick, as they make the second push quick.
  const kept = new Set(["answers.db", "answers.db-wal", "answers.db-shm"]);
  mkdirSync(home, { recursive: true });
  for (const name of readdirSync(home)) if (!kept.has(name)) rmSync(join(home, name), { recursive: true });
  rmSync(gitDir, { recursive: true, force: true });
  const { pastPulls } = await buildDemoRepository(gitDir, { past: true });
  // The next numbers, as GitHub would give them.
  const [pullNumber = 0, issueNumber = 0] = [1, 2].map((next) => Math.max(...pastPulls) + next);
  const pull = { ...demoRepository.pull, number: pullNumber };
  const newIssue = { ...demoRepository.newIssue, number: issueNumber };

  const github = await startGitHubServer();
  const { owner, name, defaultBranch } = demoRepository;
  const repository = github.createRepository({ owner, name, gitDir, defaultBranch });
  await git(gitDir, ["update-ref", `refs/heads/${defaultBranch}`, `${demoRefs.main}~1`]);
  for (const issue of demoRepository.issues) {
    github.openIssue(repository, issue.author, issue);
    if (issue.state === "closed") github.closeIssue(repository, issue.author, issue.number);
  }
  const assistant = await startAssistant({ home, github });
  github.hooks.setUrl(assistant.webhookUrl);
  github.installApp(owner, [name]);
  const host = new URL(github.url).host;
  // The newest commit of main is pushed: with it the assistant reads the past.
  const before = jobsDone(assistant);
  await github.push(repository, pull.author, defaultBranch, demoRefs.main);
  await untilJobDone(assistant, " sync", before);

  const pushes: PlayedPush[] = [];
  const lastReview = (): ReviewOutcome | null => readReview(home, pullNumber, pushes.at(-1)?.head);
  return {
    github,
    url: new URL(assistant.webhookUrl).origin,
    repository,
    gitDir,
    home,
    pull,
    issue: newIssue,
    pushes,
    past: readPast(home, { host, owner, name }),
    command: "npm run -s assistant -- review --repo /path/to/your/clone",
    push: async (index) => {
      const played = await playPush({ github, repository, gitDir, assistant, pull }, index);
      pushes.push(played);
      return played;
    },
    openIssue: async () => {
      const done = jobsDone(assistant);
      github.openIssue(repository, newIssue.author, newIssue);
      await untilJobDone(assistant, `#${newIssue.number} triage`, done);
    },
    lastReview,
    modelLine: () => modelLine(lastReview()),
    triageLine: () => triageLine(repository, newIssue.number),
    close: async () => {
      await assistant.stop();
      await github.stop();
    },
  };
}

interface Players {
  github: GitHubServer;
  repository: Repository;
  gitDir: string;
  assistant: AssistantProcess;
  pull: DemoPull;
}

async function playPush({ github, repository, gitDir, assistant, pull }: Players, index: number): Promise<PlayedPush> {
  const { mainAfter } = demoRepository;
  const { label, ref } = pull.pushes[index] ?? { label: "", ref: "push1" as const };
  const before = new Map(repository.reviewComments.map((comment) => [comment.id, comment.body]));
  const done = jobsDone(assistant);
  if (ref === "push3") await github.push(repository, pull.author, demoRepository.defaultBranch, demoRefs[mainAfter]);
  const at = new Date();
  if (index === 0) {
    await git(gitDir, ["update-ref", `refs/heads/${pull.branch}`, demoRefs[ref]]);
    await github.openPull(repository, pull.author, { ...pull, head: pull.branch, base: demoRepository.defaultBranch });
  } else {
    await github.push(repository, pull.author, pull.branch, demoRefs[ref]);
  }
  await untilJobDone(assistant, `#${pull.number} review`, done);

  const comments = repository.reviewComments;
  const posted = comments.filter(({ id }) => !before.has(id));
  const addressed = comments.filter(({ id, body }) => before.has(id) && before.get(id) !== body && isAddressed(body));
  const first = [...posted, ...addressed].map(({ updatedAt }) => Date.parse(updatedAt));
  const head = repository.issues.find(({ number }) => number === pull.number)?.pull?.headSha ?? "";
  return {
    label,
    head,
    at: at.toISOString(),
    posted: posted.length,
    addressed: addressed.length,
    standing: [...before.values()].filter((body) => !isAddressed(body)).length - addressed.length,
    // GitHub's times have whole seconds.
    secondsToFirstComment: first.length > 0 ? Math.max(0, (Math.min(...first) - at.getTime()) / 1000) : null,
    lines: [
      ...posted.map(({ original, body }) => `${original.path}:${original.line}  ${titleOf(body)}`),
      ...addressed.map(({ original, body }) => `${original.path}:${original.line}  addressed: ${titleOf(body)}`),
    ],
  };
}

function jobsDone(assistant: AssistantProcess): number {
  return assistant.logs.filter(({ msg }) => msg === "job done").length;
}

/** Waits for the log line of a job that was not done before. */
async function untilJobDone(assistant: AssistantProcess, job: string, before: number): Promise<void> {
  const deadline = Date.now() + jobMs;
  for (;;) {
    const done = assistant.logs.filter(({ msg }) => msg === "job done").slice(before);
    if (done.some((entry) => String(entry["job"]).endsWith(job))) return;
    const failed = assistant.logs.find(({ msg }) => msg === "job failed");
    if (failed) throw new Error(`the assistant's job failed: ${JSON.stringify(failed["err"])}`);
    if (Date.now() > deadline) throw new Error(`the assistant did not finish ${job} within ${jobMs / 60_000} minutes`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function readReview(home: string, pull: number, head: string | undefined): ReviewOutcome | null {
  const { owner, name } = demoRepository;
  const outcomes = join(home, "outcomes");
  const host = readdirSync(outcomes)[0] ?? "";
  const file = join(outcomes, host, owner, name, `pull-${pull}-${(head ?? "").slice(0, 12)}.json`);
  const { outcome } = JSON.parse(readFileSync(file, "utf8")) as OutcomeRecord;
  return outcome.kind === "review" ? outcome : null;
}

function modelLine(review: ReviewOutcome | null): string {
  if (!review?.model.name) return `\nModel: none (${review?.model.note ?? "no review"})`;
  const kept = review.withheld.map(({ about, text, reason }) => `  ${about}: "${text}" - kept back: ${reason}`);
  return [`\n${review.model.name}: ${review.model.note}`, ...kept].join("\n");
}

function triageLine(repository: Repository, number: number): string {
  const comment = repository.comments.find(({ issue }) => issue === number);
  if (!comment) return "  nothing was said about it";
  const lines = comment.body.split("\n").filter((line) => /^\s*- /.test(line));
  return lines.map((line) => `  ${line.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replaceAll("`", "")}`).join("\n");
}
