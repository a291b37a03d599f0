import { pino } from "pino";
import type { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startCatchUp } from "../../../src/handlers/catch-up.ts";
import type { ModelProvider } from "../../../src/model/model.ts";
import { runJob } from "../../../src/run-job.ts";
import { limits } from "../../../src/shared/limits.ts";
import { repositoryKey } from "../../../src/shared/repository.ts";
import { createGitHubTrackerSource } from "../../../src/tracker/github-tracker-source.ts";
import { name, owner, type Scene, startScene } from "../../attacks/scene.ts";
import type { Issue, IssueComment } from "../../helpers/github-server/github-server.ts";
import { type TimelineEntry, userNamed } from "../../helpers/github-server/state.ts";

/** Duplicates of one issue, each announced ten days ago to be closed after three; and what people then did to each. */
const noModel: ModelProvider = {
  modelFor: async () => ({ model: null, reason: "there is none" }),
  qualified: () => ({ allowed: false, reason: "" }),
  close: async () => {},
};
const configuration = (days: number): string =>
  `mode: auto\ntriage: {labels: "off", close_duplicates: {after_days: ${days}}}\n`;
const report = {
  title: "Packing list prints the wrong warehouse",
  body: "Orders for Malmö show the shelf numbers of Gothenburg on the packing list since Monday.",
};
const ago = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString().replace(/\.\d+Z$/, "Z");

type Sign = (issue: Issue, comment: IssueComment) => void;
const event =
  (what: string, more: Partial<TimelineEntry> = {}): Sign =>
  ({ number }) => {
    const usual = { id: 1, issue: number, actor: user("maren"), createdAt: ago(1), commitId: null, source: null };
    const entry = { ...usual, event: what as TimelineEntry["event"], from: scene.repository, ...more };
    scene.repository.timeline.push(entry);
  };

const objections: [string, Sign][] = [
  ["its author comments", ({ number }) => comment("stranger", number)],
  ["anybody else comments", ({ number }) => comment("passer-by", number)],
  ["a label is added", ({ number }) => scene.github.label(scene.repository, "maren", number, ["bug"])],
  ["a label is taken off", event("unlabeled")],
  ["it is closed and opened again", (issue) => reopened(issue)],
  ["somebody is assigned", event("assigned")],
  ["it is renamed", event("renamed")],
  ["another issue names it", event("cross-referenced", { source: 1 })],
  ["👎 is given to our comment", (_, to) => scene.github.react(scene.repository, "passer-by", to, "-1")],
  ["😕 is given to our comment", (_, to) => scene.github.react(scene.repository, "stranger", to, "confused")],
];
const noObjections: [string, Sign][] = [
  ["nothing happens", () => {}],
  ["a bot comments, and people are told of it", (issue) => noise(issue)],
  ["people agree", (_, to) => scene.github.react(scene.repository, "passer-by", to, "+1")],
  ["people only did something before", event("labeled", { createdAt: ago(11) })],
];
const vetoes: [string, Sign, string][] = [
  ["it is closed by now", (issue) => void (issue.state = "closed"), "closed, locked or gone"],
  ["it is locked", (issue) => void (issue.locked = true), "closed, locked or gone"],
  [
    "it was moved",
    ({ number }) => scene.github.transferIssue(scene.repository, "maren", number),
    "closed, locked or gone",
  ],
  [
    "our comment says it no more",
    (_, to) => void (to.body = to.body.replace("If nobody objects", "If")),
    "does not say so",
  ],
  ["our comment is newer", (_, to) => void (to.updatedAt = ago(2)), "the days of grace have not passed"],
];

let scene: Scene;
const opened: Issue[] = [];
const said: unknown[] = [];

beforeAll(async () => {
  scene = await startScene(noModel, { ".github/assistant.yml": configuration(3), "README.md": "# Shop\n" });
  const write = (line: string): void => void said.push((JSON.parse(line) as { why?: string }).why);
  scene.services.log = pino({ level: "info" }, { write });
  scene.github.setPermission(scene.repository, "maren", "write");
  scene.github.openIssue(scene.repository, "maren", { ...report, createdAt: ago(400) });
  // The last one is left to be found.
  const count = objections.length + noObjections.length + vetoes.length + 1;
  for (let at = 1; at < count; at++) opened.push(scene.github.openIssue(scene.repository, "stranger", report));
  void scene.installation;
  const heard = scene.github.openIssue(scene.repository, "stranger", report);
  await scene.settle();
  // What is said once is said on the others, too: what counts is what comes after it.
  const { body } = ownComment(heard);
  for (const { number } of opened) scene.github.comment(scene.repository, bot().login, number, body);
  opened.push(heard);
  for (const issue of opened) Object.assign(ownComment(issue), { createdAt: ago(10), updatedAt: ago(10) });
}, 120_000);

afterAll(() => scene?.stop());

describe.sequential("an issue that was announced to be closed as a duplicate", () => {
  it.each(objections)("stays open where %s", async (_, sign) => {
    expect(await closeAfter(sign)).toMatchObject({ state: "open", why: "somebody objected" });
  });

  it.each(noObjections)("is closed where %s", async (_, sign) => {
    expect(await closeAfter(sign)).toEqual({ state: "closed", reason: "duplicate", why: undefined });
  });

  it.each(vetoes)("is left alone where %s", async (_, sign, why) => {
    const left = await closeAfter(sign);
    expect(left.why).toContain(why);
    expect(left.reason).toBeNull();
  });

  it("is not closed for one that is closed, nor where nobody asks for it any more", async () => {
    const [issue, target] = [opened[0] as Issue, scene.repository.issues[0] as Issue];
    target.state = "closed";
    await close(issue.number);
    expect(said.at(-1)).toBe("its target is closed");
    target.state = "open";
    await scene.commit("main", "Close nothing", { ".github/assistant.yml": "mode: auto\n" });
    await close(issue.number);
    expect(said.at(-1)).toBe("the configuration does not ask for it");
    await scene.commit("main", "Close duplicates", { ".github/assistant.yml": configuration(3) });
    expect(issue.state).toBe("open");
  });

  it("is found by time where GitHub is polled, whatever changes there", async () => {
    const [issue] = opened;
    const timers = vi.spyOn(globalThis, "setInterval");
    const { services } = scene;
    const catchUp = startCatchUp({ ...services, config: { ...services.config, pollMs: 600_000 } }, () => {});
    const [look] = timers.mock.calls.find(([, ms]) => ms === limits.reconcileMs) ?? [];
    timers.mockRestore();
    await readAnew();
    const due: number[] = [];
    await vi.waitFor(
      async () => {
        (look as () => void)();
        due.push(...(await waitingDuplicates()));
        expect(due).toContain(issue?.number);
      },
      { timeout: 90_000, interval: 50 },
    );
    await catchUp.stop();
    expect(due).toHaveLength(new Set(due).size);
  });
});

/** What is kept of the repository was read before the comments grew old by sleight of hand. */
async function readAnew(): Promise<void> {
  const { past, probot } = scene.services;
  const key = repositoryKey(place());
  const octokit = (await probot.auth(scene.installation.id)) as unknown as Octokit;
  past.trackers.purge(key);
  await past.trackers.sync(key, createGitHubTrackerSource(octokit, place()), {});
}

/** Takes all that waits. */
async function waitingDuplicates(): Promise<number[]> {
  const { queue } = scene.services;
  const found: number[] = [];
  for (let claimed = await queue.claim("test"); claimed !== null; claimed = await queue.claim("test")) {
    if (claimed.job.kind === "close-duplicate") found.push(claimed.job.number);
    await queue.complete(claimed.id, "test");
  }
  return found;
}

function place() {
  return { host: scene.services.config.github.host, owner, name };
}

async function closeAfter(sign: Sign): Promise<{ state: string; reason: string | null; why: unknown }> {
  const issue = opened.pop() as Issue;
  sign(issue, ownComment(issue));
  await close(issue.number);
  return { state: issue.state, reason: issue.stateReason, why: said.at(-1) };
}

async function close(number: number): Promise<void> {
  const { services } = scene;
  const job = { kind: "close-duplicate", repository: place(), installationId: scene.installation.id, number } as const;
  await runJob(job, services, new AbortController().signal, 1);
}

function ownComment({ number }: Issue): IssueComment {
  const { comments } = scene.repository;
  const own = comments.find(({ issue, author }) => issue === number && author === bot());
  if (own === undefined) throw new Error(`nothing was said on #${number}`);
  return own;
}

function bot() {
  return scene.github.state.app.bot;
}

function user(login: string) {
  return userNamed(scene.github.state, login);
}

function comment(login: string, number: number): void {
  scene.github.comment(scene.repository, login, number, "Mine is another one.");
}

function reopened({ number }: Issue): void {
  scene.github.closeIssue(scene.repository, "maren", number);
  scene.github.reopenIssue(scene.repository, "stranger", number);
}

function noise(issue: Issue): void {
  userNamed(scene.github.state, "renovate[bot]", "Bot");
  comment("renovate[bot]", issue.number);
  for (const what of ["subscribed", "mentioned", "unsubscribed"]) event(what)(issue, ownComment(issue));
}
