import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { git } from "../../src/shared/git.ts";
import { type AssistantProcess, startAssistant } from "../../test/helpers/assistant-process.ts";
import {
  type GitHubServer,
  type Repository,
  startGitHubServer,
} from "../../test/helpers/github-server/github-server.ts";
import { say } from "../bench.ts";

export interface LoadOptions {
  events: number;
  installations: number;
  /** Events a second. */
  rate: number;
  /** Between two ends by kill -9; the last quarter of the events has none. */
  killMs: number;
  /** Of GitHub's answers, those that are errors. */
  errors: number;
  seed: number;
  /** How long everything may take after the last event. */
  settleMs: number;
}

export interface LoadFigures {
  events: number;
  deliveries: number;
  kills: number;
  /** Subjects whose newest state never stood in what the app wrote. */
  lost: number;
  /** Comments of the app that are on GitHub twice. */
  doubled: number;
  ack_ms: { p50: number; p99: number };
  per_s: number;
  /** Of the last process, from its first quarter of the events that it took to the end. */
  rss_growth_mb: number;
  seconds: number;
}

/**
 * Sends events of many installations to the built program as GitHub does: signed, some twice, out of order; GitHub's own
 * answers fail now and then, and the program is ended with kill -9 every few seconds. What could not be delivered is for the
 * program to ask for. Then waits until nothing is left to do, and counts what is on GitHub.
 */
export async function runLoad(options: LoadOptions): Promise<LoadFigures> {
  const folder = mkdtempSync(join(tmpdir(), "service-load-"));
  const startedAt = performance.now();
  const github = await startGitHubServer({ validate: false });
  const random = createRandom(options.seed);
  const world = await buildWorld(folder, github, options);
  const program = await startProgram(folder, github);
  try {
    breakAnswers(github, options.errors, random);
    const sent = await sendEvents(world, { github, program, random, options });
    const rss = { before: sent.rssMb, after: 0 };
    // What failed while nothing ran is asked for at a start.
    if (sent.kills > 0) await program.restart();
    else rss.before ||= program.rssMb();
    github.state.faults.length = 0;
    const isLost = (): number => world.subjects.filter((subject) => !subject.isHandled()).length;
    const deadline = Date.now() + options.settleMs;
    while (Date.now() < deadline && (isLost() > 0 || (await program.isBusy()))) await sleep(250);
    rss.after = program.rssMb();
    const took = github.hooks.deliveries
      .filter(({ status }) => status === "OK")
      .map(({ duration }) => duration * 1_000);
    return {
      events: options.events,
      deliveries: github.hooks.deliveries.length,
      kills: sent.kills,
      lost: isLost(),
      doubled: world.subjects.reduce((sum, subject) => sum + Math.max(0, subject.comments() - 1), 0),
      ack_ms: { p50: share(took, 0.5), p99: share(took, 0.99) },
      per_s: Math.round((10 * options.events) / sent.seconds) / 10,
      rss_growth_mb: Math.round(rss.after - rss.before),
      seconds: Math.round((performance.now() - startedAt) / 1_000),
    };
  } finally {
    await program.stop();
    await github.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Subject {
  /** Opens it, or changes it. */
  change(): Promise<void>;
  isHandled(): boolean;
  comments(): number;
}

interface World {
  subjects: Subject[];
}

/** An issue in each installation's repository: a review that finds nothing says nothing, a triage names the file. */
async function buildWorld(folder: string, github: GitHubServer, { installations }: LoadOptions): Promise<World> {
  const template = join(folder, "template.git");
  await buildRepository(template);
  const subjects: Subject[] = [];
  for (let i = 0; i < installations; i++) {
    const repository = github.createRepository({ owner: `owner-${i}`, name: "shop", gitDir: template });
    github.installApp(`owner-${i}`, ["shop"]);
    subjects.push(issueSubject(github, repository));
  }
  return { subjects };
}

const modules = ["rates", "zones", "orders", "money", "labels", "stock"];

/** Each text names another file, which the answer then shows. */
function issueSubject(github: GitHubServer, repository: Repository): Subject {
  const number = 1_000;
  let version = -1;
  const named = (): string => `src/${modules[version % modules.length]}.ts`;
  const own = () =>
    repository.comments.filter(({ author, issue }) => issue === number && author === github.state.app.bot);
  return {
    async change() {
      version++;
      const body = `It goes wrong in ${named()}, version ${version} of this text.`;
      if (version === 0) github.openIssue(repository, "ann", { number, title: "A total is wrong", body });
      else github.editIssue(repository, "ann", number, { body });
    },
    isHandled: () => version < 0 || own().some(({ body }) => body.includes(named())),
    comments: () => own().length,
  };
}

async function buildRepository(gitDir: string): Promise<void> {
  mkdirSync(gitDir);
  await git(gitDir, ["init", "--quiet", "--bare", "--initial-branch=main"]);
  const files: Record<string, string> = { ".github/assistant.yml": "mode: auto\n", "README.md": "# Shop\n" };
  for (const name of modules)
    files[`src/${name}.ts`] =
      `/** ${name} of the shop. */\nexport function ${name}(): number {\n  return ${name.length};\n}\n`;
  const input = ["commit refs/heads/main", "committer Ann <ann@shop.example> 1757926800 +0000", data("Begin")];
  for (const [path, text] of Object.entries(files)) input.push(`M 100644 inline ${path}`, data(text));
  await git(gitDir, ["fast-import", "--quiet"], { input: `${input.join("\n")}\n` });
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`;
}

interface Program {
  restart(): Promise<void>;
  isBusy(): Promise<boolean>;
  rssMb(): number;
  stop(): Promise<void>;
}

/** The built program, always on the same port: GitHub sends where it always did. */
async function startProgram(folder: string, github: GitHubServer): Promise<Program> {
  const home = join(folder, "home");
  mkdirSync(home);
  writeFileSync(join(home, "config.yml"), "jobs: {concurrency: 4}\n");
  const port = await freePort();
  const env = {
    ...process.env,
    PORT: String(port),
    LOG_LEVEL: "info" as const,
    CODING_MODEL: "none",
    RESEARCH_MODEL: "none",
  };
  const start = (): Promise<AssistantProcess> => startAssistant({ home, github, env });
  let running = await start();
  github.hooks.setUrl(running.webhookUrl);
  return {
    async restart() {
      await running.kill();
      running = await start();
    },
    async isBusy() {
      const response = await fetch(new URL("/healthz", running.webhookUrl)).catch(() => null);
      if (response === null) return true;
      const { queue } = (await response.json()) as { queue: { waiting: number; running: number } };
      return queue.waiting + queue.running > 0;
    },
    rssMb() {
      const status = readFileSync(`/proc/${running.pid}/status`, "utf8");
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024;
    },
    stop: async () => running.kill(),
  };
}

/** Half of the errors are said before anything was done, half after: then the answer alone is missing. */
function breakAnswers(github: GitHubServer, share: number, random: () => number): void {
  const sometimes = { test: () => random() < share / 2 } as unknown as RegExp;
  github.state.faults.push({ match: sometimes, times: Infinity, status: 502, message: "Bad Gateway" });
  github.state.faults.push({ match: sometimes, times: Infinity, drop: "after" });
}

interface Sending {
  github: GitHubServer;
  program: Program;
  random: () => number;
  options: LoadOptions;
}

async function sendEvents(world: World, { github, program, random, options }: Sending) {
  const { events, rate, killMs } = options;
  const startedAt = performance.now();
  let kills = 0;
  let rssMb = 0;
  let restarting: Promise<void> | null = null;
  let lastKill = performance.now();
  const sendings: Promise<void>[] = [];
  github.hooks.hold();
  for (let sent = 0; sent < events; sent++) {
    await world.subjects[Math.floor(random() * world.subjects.length)]?.change();
    const calm = sent > events * 0.75;
    if (calm && restarting !== null) await restarting;
    if (calm && rssMb === 0 && sent > events * 0.85) rssMb = program.rssMb();
    if (!calm && restarting === null && performance.now() - lastKill > killMs) {
      kills++;
      restarting = program.restart().finally(() => {
        restarting = null;
        lastKill = performance.now();
      });
    }
    const due = startedAt + ((sent + 1) * 1_000) / rate;
    if (sent % 20 === 19) {
      sendings.push(flushMixed(github, random));
      // Nobody reads what was asked so far; it would grow with every event.
      github.state.requests.length = 0;
      if (sent % 1_000 === 999) say(`${sent + 1} of ${events} events, ${kills} kills`);
    }
    if (due > performance.now()) await sleep(due - performance.now());
  }
  sendings.push(flushMixed(github, random));
  await Promise.all([...sendings, restarting]);
  github.hooks.flush(() => []).catch(() => {});
  return { kills, rssMb, seconds: (performance.now() - startedAt) / 1_000 };
}

/** Sends what was held, out of order and every tenth twice; what comes meanwhile is held. */
function flushMixed(github: GitHubServer, random: () => number): Promise<void> {
  const flushed = github.hooks.flush((held) => {
    const twice = held.filter(() => random() < 0.1);
    return [...held, ...twice]
      .map((delivery) => ({ delivery, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ delivery }) => delivery);
  });
  github.hooks.hold();
  return flushed;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function share(values: number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0);
}

/** Mulberry32: the same events for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
