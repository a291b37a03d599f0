import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import Database from "libsql";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "vitest";
import { buildDemoRepository } from "../../fixtures/demo/build-repository.ts";
import { type DemoRef, demoRefs, demoRepository } from "../../fixtures/demo/demo-repository.ts";
import type { QueueCounts } from "../../src/jobs/queue.ts";
import { type Marker, parseMarker } from "../../src/publish/marker.ts";
import { git } from "../../src/shared/git.ts";
import { type AssistantProcess, startAssistant } from "./assistant-process.ts";
import {
  type GitHubServer,
  type Installation,
  type IssueComment,
  type LoggedRequest,
  type Permissions,
  type Repository,
  type ReviewComment,
  startGitHubServer,
} from "./github-server/github-server.ts";

const { owner, name, pull, defaultBranch } = demoRepository;

export interface ServiceOptions {
  /** Text of `.github/assistant.yml` on `main`; null keeps the demo's own: mode auto, every kind on its lines. */
  config?: string | null;
  /** What the installation grants, where that is not all that the app asks for. */
  permissions?: Permissions;
  /** Files of ASSISTANT_HOME that are there before the program starts, by their path below it. */
  homeFiles?: Record<string, string>;
}

/** The built program beside a GitHub server that has the demo's repository. */
export interface Service {
  github: GitHubServer;
  installation: Installation;
  repository: Repository;
  /** ASSISTANT_HOME. */
  home: string;
  /** The process that runs now. */
  app: AssistantProcess;
  /** Starts the program again, as after a crash: same home, another port. */
  restart(): Promise<void>;
  /** Opens the demo's pull request, after its first push unless another one is named. */
  openPull(ref?: DemoRef): Promise<void>;
  /** Moves the pull request's branch. */
  push(ref: DemoRef): Promise<void>;
  /** Resolves once webhooks are answered and no job waits or runs; gives how jobs ended, as `counts`. */
  idle(timeoutMs?: number): Promise<QueueCounts>;
  /** What the queue holds now, without what the program does of its own accord: syncs, looks at pushes, open check runs. */
  counts(): Promise<QueueCounts>;
  /** Our comments on lines of the pull request. */
  findings(): (ReviewComment & { marker: Extract<Marker, { kind: "finding" }> })[];
  /** Our comments on the page of an issue or pull request. Default: the demo's pull request. */
  comments(number?: number): IssueComment[];
  /** What the program asked GitHub to change, as `METHOD path`. */
  writes(): string[];
}

/** `it` with a `start` that builds the demo's repository once a file, and stops what it started when the test ends. */
export const it = test.extend<{ template: string; start: (options?: ServiceOptions) => Promise<Service> }>({
  template: [
    // oxlint-disable-next-line no-empty-pattern -- Vitest reads from the pattern which fixtures are needed
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), "service-template-"));
      await buildDemoRepository(folder);
      await use(folder);
      rmSync(folder, { recursive: true, force: true });
    },
    { scope: "file" },
  ],
  start: async ({ template }, use) => {
    const stops: (() => Promise<void>)[] = [];
    await use(async (options = {}) => {
      const folder = mkdtempSync(join(tmpdir(), "service-"));
      stops.push(async () => rmSync(folder, { recursive: true, force: true }));
      return startService(template, folder, options, (stop) => stops.push(stop));
    });
    for (const stop of stops.reverse()) await stop();
  },
});

async function startService(
  template: string,
  folder: string,
  { config = null, permissions, homeFiles = {} }: ServiceOptions,
  onStop: (stop: () => Promise<void>) => void,
): Promise<Service> {
  const gitDir = join(folder, "repository.git");
  const home = join(folder, "home");
  cpSync(template, gitDir, { recursive: true });
  for (const [path, text] of Object.entries(homeFiles)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  if (config !== null) await commitFile(gitDir, defaultBranch, ".github/assistant.yml", config);

  const github = await startGitHubServer();
  onStop(() => github.stop());
  const repository = github.createRepository({ owner, name, gitDir });
  const installation = github.installApp(owner, [name], permissions && { permissions });
  const service: Service = {
    github,
    installation,
    repository,
    home,
    app: await startAssistant({ home, github }),
    restart: async () => {
      service.app = await startAssistant({ home, github });
      github.hooks.setUrl(service.app.webhookUrl);
    },
    openPull: async (ref = "push1") => {
      await git(gitDir, ["update-ref", `refs/heads/${pull.branch}`, demoRefs[ref]]);
      await github.openPull(repository, pull.author, { ...pull, head: pull.branch, base: defaultBranch });
    },
    push: (ref) => github.push(repository, pull.author, pull.branch, demoRefs[ref]),
    idle: (timeoutMs) => idle(service, timeoutMs),
    counts: () => readCounts(service),
    findings: () =>
      repository.reviewComments.flatMap((comment) => {
        const marker = comment.author === github.state.app.bot ? parseMarker(comment.body) : null;
        return marker?.kind === "finding" ? [{ ...comment, marker }] : [];
      }),
    comments: (number = pull.number) =>
      repository.comments.filter(({ author, issue }) => author === github.state.app.bot && issue === number),
    writes: () => github.state.requests.filter(isWrite).map(({ method, path }) => `${method} ${path}`),
  };
  onStop(() => service.app.kill());
  github.hooks.setUrl(service.app.webhookUrl);
  return service;
}

/** Puts one file on a branch, as a commit of its own; null takes it away. */
export async function commitFile(gitDir: string, branch: string, path: string, text: string | null): Promise<void> {
  const input = [
    `commit refs/heads/${branch}`,
    "committer Maren Okafor <maren@alderwood.example> 1757926800 +0200",
    data(`Change ${path}`),
    `from refs/heads/${branch}^0`,
    ...(text === null ? [`D ${path}`] : [`M 100644 inline ${path}`, data(text)]),
  ];
  await git(gitDir, ["fast-import", "--quiet"], { input: `${input.join("\n")}\n` });
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`;
}

/** Waits until a condition on the state holds. Errors: names what it waited for. */
export async function waitFor(what: string, condition: () => boolean | Promise<boolean>, timeoutMs = 90_000) {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms for: ${what}`);
    await sleep(25);
  }
}

async function idle(service: Service, timeoutMs?: number): Promise<QueueCounts> {
  await service.github.hooks.settled();
  await waitFor("an empty queue", async () => isEmpty(await readCounts(service)), timeoutMs);
  return readCounts(service);
}

function isEmpty({ waiting, running }: QueueCounts): boolean {
  return waiting + running === 0;
}

async function readCounts({ app, home }: Service): Promise<QueueCounts> {
  const url = new URL("/healthz", app.webhookUrl);
  // On a machine under load a connection that was kept may be closed just as it is used again.
  const response = await fetch(url).catch(() => fetch(url));
  const { queue } = (await response.json()) as { queue: QueueCounts };
  return { ...queue, done: queue.done - doneUnasked(join(home, "jobs.db")) };
}

function doneUnasked(file: string): number {
  const db = new Database(file, { readonly: true });
  const query = `SELECT count(*) AS jobs FROM job
    WHERE state = 'done' AND payload ->> 'kind' IN ('sync', 'push', 'open-check', 'embed')`;
  const { jobs } = db.prepare(query).get([]) as { jobs: number };
  db.close();
  return jobs;
}

/** Tokens and queries are asked for with POST, but change nothing that anybody sees. */
function isWrite({ method, path, body }: LoggedRequest): boolean {
  const asks = path === "/graphql" && /^query\b/.test(String((body as { query?: unknown }).query));
  return method !== "GET" && !path.endsWith("/access_tokens") && !asks;
}
