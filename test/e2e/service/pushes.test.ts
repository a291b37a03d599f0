import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { type DemoRef, demoRefs, demoRepository } from "../../../fixtures/demo/demo-repository.ts";
import { git, gitText } from "../../../src/shared/git.ts";
import { commitFile, it, type Service } from "../../helpers/service.ts";

const { owner, name, pull, planted } = demoRepository;
const rules = (push: string, more = "") => `mode: auto\nreview:\n  push: ${push}\n${more}`;

it.concurrent("shows what a push brought as a check run of its head, and nothing on the next one that was said", async ({
  start,
}) => {
  const service = await start({ config: rules("check") });
  await service.push("push1");
  await service.idle();
  const [main, push1, push2] = await commits(service, "main", "push1", "push2");
  expect(runs(service)).toEqual([{ head: push1, since: `push-${main}`, status: "completed", conclusion: "neutral" }]);
  const [run] = service.repository.checkRuns;
  expect(run?.name).toBe("Engram Assistant");
  expect(run?.title).toBe("3 findings");
  expect(run?.summary).toContain(`Pushed to \`${pull.branch}\` since [\`${main?.slice(0, 7)}\`]`);
  // As much as on a pull request: the evidence too, and what was read.
  expect(run?.summary).toContain(planted.danglingReference.usedIn);
  expect(run?.summary).toContain(planted.nearCopy.untouched);
  expect(run?.summary).toMatch(/Read \d+ of \d+ files/);
  expect(run?.annotations.map(({ path }) => path)).toContain(planted.nearCopy.changed);

  await service.push("push2");
  await service.idle();
  expect(runs(service).slice(1)).toMatchObject([{ head: push2, since: `push-${push1}`, status: "completed" }]);
  expect(writesOn(service, /issues|pulls|comments/)).toEqual([]);
});

it.concurrent("says what a push brought in one comment on its newest commit, once", async ({ start }) => {
  const service = await start({ config: rules("comment") });
  await service.push("push1");
  await service.idle();
  const [push1] = await commits(service, "push1");
  const { commitComments, checkRuns } = service.repository;
  expect(commitComments).toHaveLength(1);
  expect(commitComments[0]).toMatchObject({ commit: push1, author: service.github.state.app.bot });
  expect(commitComments[0]?.body).toContain(planted.danglingReference.usedIn);
  expect(commitComments[0]?.body).toMatch(/<!-- engram-assistant:v1 push -->$/);
  expect(checkRuns).toEqual([]);

  // The same again, as after a crash between the comment and the note of it.
  await againFromScratch(service);
  expect(commitComments).toHaveLength(1);

  // Nothing to say is nothing worth a message to its author.
  const body = await gitText(service.repository.gitDir, ["show", `${demoRefs.push1}:README.md`]);
  await commitFile(service.repository.gitDir, pull.branch, "NOTES.txt", `${body}\n`);
  await service.github.push(service.repository, pull.author, pull.branch);
  await service.idle();
  expect(commitComments).toHaveLength(1);
});

it.concurrent.for([
  ["off", "mode: auto\n"],
  ["mode mention", "mode: mention\nreview:\n  push: check\n"],
  ["another branch", rules("check", "  branches: [main]\n")],
  ["preview, as a comment", "mode: preview\nreview:\n  push: comment\n"],
])("writes nothing with %s", async ([what, config], { start }) => {
  const service = await start({ config: config ?? "" });
  await service.push("push1");
  await service.idle();
  expect(service.writes().filter((one) => !one.startsWith("POST /graphql"))).toEqual([]);
  const kept = outcomes(service);
  expect(kept).toHaveLength(what?.startsWith("preview") ? 1 : 0);
  if (kept[0]) expect(kept[0]).toMatchObject({ receipt: null, outcome: { kind: "review", subject: null } });
});

it.concurrent("leaves to a pull request what one speaks for, and reviews what is pushed to main past it", async ({
  start,
}) => {
  const service = await start({ config: rules("check") });
  const { github, repository } = service;
  github.hooks.hold();
  await service.openPull();
  await service.push("push2");
  await github.hooks.flush();
  await service.idle();
  expect(service.comments()).toHaveLength(1);
  expect(runs(service)).toEqual([]);

  // Merged: main gets what was reviewed.
  github.hooks.hold();
  await github.closePull(repository, "maren-ok", pull.number, true);
  await merge(service, "push2");
  await github.push(repository, "maren-ok", "main", "refs/test/merged");
  await github.hooks.flush();
  await service.idle();
  expect(runs(service)).toEqual([]);

  await commitFile(repository.gitDir, "main", "src/money/extra.ts", "export const extra = 1;\n");
  await github.push(repository, "maren-ok", "main");
  await service.idle();
  const head = await gitText(repository.gitDir, ["rev-parse", "main"]);
  const merged = await gitText(repository.gitDir, ["rev-parse", "refs/test/merged"]);
  expect(runs(service)).toEqual([{ head, since: `push-${merged}`, status: "completed", conclusion: "success" }]);
});

it.concurrent("reviews after a forced push what the branch has of its own, and nothing of what main gained", async ({
  start,
}) => {
  const service = await start({ config: rules("check") });
  const { github, repository } = service;
  await service.push("push1");
  await service.idle();
  await git(repository.gitDir, ["update-ref", "refs/heads/main", demoRefs.mainAfter]);
  await commitFile(repository.gitDir, "main", ".github/assistant.yml", rules("check"));
  await github.push(repository, "maren-ok", "main", "main");
  await service.push("push3");
  await service.idle();
  const [mainAfter, push3] = await commits(service, "mainAfter", "push3");
  expect(runs(service).find(({ head }) => head === push3)).toMatchObject({ since: `push-${mainAfter}` });
});

it.concurrent("reviews of several pushes in a row the newest, with what the others brought", async ({ start }) => {
  const service = await start({ config: rules("check") });
  const { github } = service;
  github.hooks.hold();
  await service.push("push1");
  await service.push("push2");
  await github.hooks.flush();
  await service.idle();
  const [main, push2] = await commits(service, "main", "push2");
  expect(runs(service)).toEqual([
    { head: push2, since: `push-${main}`, status: "completed", conclusion: expect.any(String) as string },
  ]);
});

it.concurrent("does nothing for a tag, a deleted branch, a branch of its own, or one that holds nothing new", async ({
  start,
}) => {
  const service = await start({ config: rules("check") });
  const { github, repository } = service;
  const [main, push1] = await commits(service, "main", "push1");
  const event = { before: zero, after: push1, deleted: false, created: true, ...common(service) };
  github.hooks.emit("push", { ...event, ref: "refs/tags/v1" });
  github.hooks.emit("push", { ...event, ref: "refs/heads/gone", before: push1, after: zero, deleted: true });
  // Its branch is gone by the time that the job runs.
  github.hooks.emit("push", { ...event, ref: "refs/heads/gone-meanwhile" });
  await github.push(repository, "maren-ok", "same-as-main", main);
  const empty = await gitText(repository.gitDir, ["mktree"], { input: "" });
  const orphan = await gitText(repository.gitDir, [...asMaren, "commit-tree", empty, "-m", "Pages"]);
  await github.push(repository, "maren-ok", "pages", orphan);
  await service.idle();
  expect(runs(service)).toEqual([]);
  expect(await service.counts()).toMatchObject({ failed: 0 });
});

it.concurrent("does not review what a bot pushed, unless the repository wants it", async ({ start }) => {
  const service = await start({ config: rules("check") });
  const [main, push1] = await commits(service, "main", "push1");
  await git(service.repository.gitDir, ["update-ref", "refs/heads/bump", push1 ?? ""]);
  const event = { before: main, after: push1, deleted: false, ...common(service), ref: "refs/heads/bump" };
  const sender = { login: "renovate[bot]", type: "Bot" };
  service.github.hooks.emit("push", { ...event, sender });
  await service.idle();
  expect(runs(service)).toEqual([]);
});

it.concurrent("reviews a push again for whoever may push and presses the button, also where nothing is unasked", async ({
  start,
}) => {
  const service = await start({ config: rules("check") });
  service.github.setPermission(service.repository, "maren-ok", "write");
  await service.push("push1");
  await service.idle();
  await press(service, "stranger");
  expect(runs(service)).toHaveLength(1);
  await press(service, "maren-ok");
  expect(runs(service)).toHaveLength(2);
  expect(runs(service)[1]).toEqual(runs(service)[0]);
});

it.concurrent("answers a merge queue at once where reviews have a check run, and only there", async ({ start }) => {
  for (const check of [true, false]) {
    const service = await start({ config: `mode: mention\nreview:\n  check: ${check}\n` });
    const [head] = await commits(service, "push1");
    const group = { head_sha: head, head_ref: "refs/heads/gh-readonly-queue/main/pr-47", base_ref: "refs/heads/main" };
    const event = { action: "checks_requested", merge_group: { ...group, base_sha: head }, ...common(service) };
    service.github.hooks.emit("merge_group", event);
    service.github.hooks.emit("merge_group", event);
    await service.idle();
    const answered = [{ head, since: "merge-group", status: "completed", conclusion: "neutral" }];
    expect(runs(service)).toEqual(check ? answered : []);
  }
});

it.concurrent("ends a check run that a crash left open once its pull request is closed", async ({ start }) => {
  const service = await start({ config: "mode: auto\nreview:\n  check: true\n" });
  const killed = new Promise<void>((resolve) => {
    const meanwhile = async (): Promise<void> => {
      await service.app.kill();
      resolve();
    };
    service.github.failNext({ match: /^POST .*\/issues\/\d+\/comments/, meanwhile, drop: "before" });
  });
  await service.openPull();
  await killed;
  expect(runs(service)).toMatchObject([{ status: "in_progress" }]);
  service.github.hooks.setUrl(null);
  await service.github.closePull(service.repository, pull.author, pull.number);
  await service.restart();
  await service.idle();
  expect(runs(service)).toMatchObject([{ status: "completed", conclusion: "cancelled" }]);
  expect(service.repository.checkRuns[0]?.summary).toBe("The review did not come to its end.");
  expect(await service.counts()).toMatchObject({ failed: 0 });
});

const zero = "0".repeat(40);
const asMaren = ["-c", "user.name=Maren Okafor", "-c", "user.email=maren@alderwood.example"];

function runs({ repository }: Service) {
  return repository.checkRuns.map(({ headSha, externalId, status, conclusion }) => {
    return { head: headSha, since: externalId, status, conclusion };
  });
}

async function commits({ repository }: Service, ...refs: DemoRef[]): Promise<string[]> {
  return (await gitText(repository.gitDir, ["rev-parse", ...refs.map((ref) => demoRefs[ref])])).split("\n");
}

function writesOn(service: Service, path: RegExp): string[] {
  return service.writes().filter((one) => path.test(one));
}

function common({ installation }: Service) {
  return {
    repository: { name, owner: { login: owner }, default_branch: "main" },
    installation: { id: installation.id },
    sender: { login: "maren-ok", type: "User" },
  };
}

/** The newest push again, by a program that has forgotten all that it knew of branches. */
async function againFromScratch(service: Service): Promise<void> {
  const { github, repository } = service;
  const head = await gitText(repository.gitDir, ["rev-parse", pull.branch]);
  const main = await gitText(repository.gitDir, ["rev-parse", "main"]);
  const before = repository.commitComments.length;
  await git(repository.gitDir, ["update-ref", "refs/heads/copy", head]);
  const event = { before: main, after: head, deleted: false, ...common(service), ref: "refs/heads/copy" };
  github.hooks.emit("push", event);
  await service.idle();
  expect(repository.commitComments.length).toBe(before);
}

/** As GitHub merges: what main has besides, such as its rules, stays. */
async function merge({ repository, home }: Service, ref: DemoRef): Promise<void> {
  const { gitDir } = repository;
  const env = { GIT_INDEX_FILE: join(home, "index") };
  const rulesFile = await gitText(gitDir, ["rev-parse", "main:.github/assistant.yml"]);
  await git(gitDir, ["read-tree", demoRefs[ref]], { env });
  await git(gitDir, ["update-index", "--add", "--cacheinfo", `100644,${rulesFile},.github/assistant.yml`], { env });
  const tree = await gitText(gitDir, ["write-tree"], { env });
  const parents = ["-p", "main", "-p", demoRefs[ref]];
  const merged = await gitText(gitDir, [...asMaren, "commit-tree", tree, ...parents, "-m", "Merge #47"]);
  await git(gitDir, ["update-ref", "refs/test/merged", merged]);
}

function outcomes({ home }: Service): unknown[] {
  try {
    const folder = join(home, "outcomes");
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((one) => one.endsWith(".json"));
    return names.map((one) => JSON.parse(readFileSync(join(folder, one), "utf8")) as unknown);
  } catch {
    return [];
  }
}

/** GitHub's button beside the newest run. */
async function press(service: Service, login: string): Promise<void> {
  const run = service.repository.checkRuns.at(-1);
  service.github.hooks.emit("check_run", {
    ...common(service),
    action: "rerequested",
    check_run: {
      id: run?.id,
      head_sha: run?.headSha,
      external_id: run?.externalId,
      check_suite: { head_branch: pull.branch },
    },
    sender: { login, type: "User" },
  });
  await service.idle();
}
