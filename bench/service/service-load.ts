import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { git } from "../../src/shared/git.ts";
import {
  type GitHubServer,
  type Repository,
  startGitHubServer,
} from "../../test/helpers/github-server/github-server.ts";
import { say } from "../bench.ts";
import { growth, type MemorySample } from "./memory-growth.ts";
import { type Programs, startPrograms } from "./programs.ts";

export interface LoadOptions {
  /** sqlite: one program. redis: three of them, the first of which is killed and the last of which is cut off once. */
  queue: "sqlite" | "redis";
  events: number;
  installations: number;
  /** Events a second. */
  rate: number;
  /** Between two ends by kill -9; null: nothing is killed, and memory is measured. */
  killMs: number | null;
  /** How long the last program of `redis` cannot reach it: longer than a lease. */
  cutMs: number;
  /** Of GitHub's answers, those that are errors. */
  errors: number;
  seed: number;
  /** How long everything may take after the last event. */
  settleMs: number;
}

export interface LoadFigures {
  events: number;
  deliveries: number;
  /** Deliveries that GitHub could not make, or that were answered with an error. */
  refused: number;
  kills: number;
  /** Subjects whose newest state never stood in what the app wrote. */
  lost: number;
  /** Comments of the app that are on GitHub twice. */
  doubled: number;
  /** Jobs that the queue set aside. */
  failed: number;
  /** Tries that a worker gave up because its lease ended. */
  given_up: number;
  ack_ms: { p50: number; p99: number };
  per_s: number;
  /** Of the program's memory, over the time that is looked at; null where it is killed now and then. */
  rss_growth_mb: number | null;
  /** What it had in the middle of that time. */
  rss_mb: number | null;
  /** From the first event until nothing was left to do. */
  seconds: number;
}

/**
 * Sends events of many installations to the built program as GitHub does: signed, some twice, out of order; GitHub's own
 * answers fail now and then, and the program is ended with kill -9 every few seconds, to the last. What could not be delivered
 * is for the program to ask for. Then waits until nothing is left to do, and counts what is on GitHub.
 */
export async function runLoad(options: LoadOptions): Promise<LoadFigures> {
  const folder = mkdtempSync(join(tmpdir(), "service-load-"));
  const github = await startGitHubServer({ validate: false });
  const random = createRandom(options.seed);
  const subjects = await buildWorld(folder, github, options);
  const programs = await startPrograms(folder, github, options.queue);
  const samples: MemorySample[] = [];
  const isKilled = options.killMs !== null;
  const sampler = setInterval(() => {
    if (!isKilled) samples.push({ at: performance.now(), mb: programs.rssMb() });
  }, sampleMs);
  try {
    const startedAt = performance.now();
    breakAnswers(github, options.errors, random);
    const sent = await sendEvents(subjects, { github, programs, random, options });
    // What failed while nothing ran is asked for at a start.
    if (isKilled) await programs.killFirst();
    github.state.faults.length = 0;
    clearInterval(sampler);
    const isLost = (): number => subjects.filter((subject) => !subject.isHandled()).length;
    await untilSettled(isLost, { github, programs, options });
    const took = github.hooks.deliveries.filter(isTaken).map(({ duration }) => duration * 1_000);
    const { failed, givenUp } = await programs.counts();
    const memory = isKilled ? null : growth(samples);
    return {
      events: options.events,
      deliveries: github.hooks.deliveries.length,
      refused: github.hooks.deliveries.length - took.length,
      kills: sent.kills,
      lost: isLost(),
      doubled: subjects.reduce((sum, subject) => sum + Math.max(0, subject.comments() - 1), 0),
      failed,
      given_up: givenUp,
      ack_ms: { p50: share(took, 0.5), p99: share(took, 0.99) },
      per_s: Math.round((10 * options.events) / sent.seconds) / 10,
      rss_growth_mb: memory && memory.growthMb,
      rss_mb: memory && memory.middleMb,
      seconds: Math.round((performance.now() - startedAt) / 1_000),
    };
  } finally {
    clearInterval(sampler);
    await programs.stop();
    await github.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const sampleMs = 1_000;

function isTaken({ status }: { status: string }): boolean {
  return status === "OK";
}

interface Subject {
  /** Opens it, or changes it. */
  change(): void;
  isHandled(): boolean;
  comments(): number;
}

/** An issue in each installation's repository: a review that finds nothing says nothing, a triage names the file. */
async function buildWorld(folder: string, github: GitHubServer, { installations }: LoadOptions): Promise<Subject[]> {
  const template = join(folder, "template.git");
  await buildRepository(template);
  return Array.from({ length: installations }, (_, index) => {
    const repository = github.createRepository({ owner: `owner-${index}`, name: "shop", gitDir: template });
    github.installApp(`owner-${index}`, ["shop"]);
    return issueSubject(github, repository);
  });
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
    change() {
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

/** Half of the errors are said before anything was done, half after: then the answer alone is missing. */
function breakAnswers(github: GitHubServer, share: number, random: () => number): void {
  const sometimes = { test: () => random() < share / 2 } as unknown as RegExp;
  github.state.faults.push({ match: sometimes, times: Infinity, status: 502, message: "Bad Gateway" });
  github.state.faults.push({ match: sometimes, times: Infinity, drop: "after" });
}

interface Sending {
  github: GitHubServer;
  programs: Programs;
  random: () => number;
  options: LoadOptions;
}

async function sendEvents(subjects: readonly Subject[], { github, programs, random, options }: Sending) {
  const { events, rate } = options;
  const startedAt = performance.now();
  const killer = startKiller(programs, options);
  const cut = cutOnce(programs, options);
  const sendings: Promise<void>[] = [];
  github.hooks.hold();
  for (let sent = 0; sent < events; sent++) {
    subjects[Math.floor(random() * subjects.length)]?.change();
    if (sent % batch === batch - 1) {
      sendings.push(flushMixed(github, random));
      // Nobody reads what was asked so far; it would grow with every event.
      github.state.requests.length = 0;
      if (sent % 1_000 === 999) say(`${sent + 1} of ${events} events, ${killer.kills()} kills`);
    }
    const due = startedAt + ((sent + 1) * 1_000) / rate;
    if (due > performance.now()) await sleep(due - performance.now());
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  sendings.push(flushMixed(github, random));
  await Promise.all([...sendings, cut]);
  await killer.stop();
  // From now on what is delivered again goes straight through.
  void github.hooks.flush(() => []);
  return { kills: killer.kills(), seconds };
}

/** Events that are mixed with one another. */
const batch = 20;

/** Ends the first program again and again; the next time counts from when it was up. */
function startKiller(programs: Programs, { killMs }: LoadOptions): { kills(): number; stop(): Promise<void> } {
  const stopping = new AbortController();
  let kills = 0;
  async function go(): Promise<void> {
    if (killMs === null) return;
    for (;;) {
      await sleep(killMs, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      kills++;
      await programs.killFirst();
    }
  }
  const going = go();
  return {
    kills: () => kills,
    stop: async () => {
      stopping.abort();
      await going;
    },
  };
}

/** From a tenth of the events on, for `cutMs`. */
async function cutOnce(programs: Programs, { queue, events, rate, cutMs }: LoadOptions): Promise<void> {
  if (queue !== "redis") return;
  await sleep((events / rate) * 100);
  programs.setCut(true);
  say("one program is cut off");
  await sleep(cutMs);
  programs.setCut(false);
  say("and back");
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

interface Settling {
  github: GitHubServer;
  programs: Programs;
  options: LoadOptions;
}

async function untilSettled(isLost: () => number, { github, programs, options }: Settling): Promise<void> {
  let deadline = Date.now() + options.settleMs;
  let isHandled = false;
  let saidAt = Date.now();
  while (Date.now() < deadline && (isLost() > 0 || (await programs.isBusy()))) {
    github.state.requests.length = 0;
    if (!isHandled && isLost() === 0) {
      isHandled = true;
      deadline = Math.min(deadline, Date.now() + restMs);
    }
    if (Date.now() - saidAt > 10_000) {
      say(`${isLost()} newest states are still to be handled`);
      saidAt = Date.now();
    }
    await sleep(250);
  }
}

/** For what is delivered again although a newer event has made it void, a second each, and for work in the background. */
const restMs = 5 * 60_000;

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
