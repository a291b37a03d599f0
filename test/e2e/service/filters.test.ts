import { expect } from "vitest";
import { demoRefs, demoRepository } from "../../../fixtures/demo/demo-repository.ts";
import { git } from "../../../src/shared/git.ts";
import type { NewPull } from "../../helpers/github-server/changes/pulls.ts";
import { userNamed } from "../../helpers/github-server/state.ts";
import { it, type Service } from "../../helpers/service.ts";

const { pull } = demoRepository;
const auto = "mode: auto\n";

it.concurrent("reviews a draft when it becomes ready, or when somebody asks", async ({ start }) => {
  const service = await start({ config: auto });
  await open(service, { draft: true });
  await service.push("push2");
  await nothingSaid(service, "a draft");

  service.github.setPermission(service.repository, "maren-ok", "write");
  service.github.comment(service.repository, "maren-ok", pull.number, "/assistant review");
  await service.idle();
  expect(service.comments()).toHaveLength(1);
  const asked = service.comments()[0]?.body;

  await service.push("push1");
  await service.idle();
  expect(service.comments()[0]?.body).toBe(asked);
  await service.github.editPull(service.repository, pull.author, pull.number, { draft: false });
  await service.idle();
  expect(service.comments()[0]?.body).not.toBe(asked);
  expect(service.comments()[0]?.body).toContain(await short(service, "push1"));
});

it.concurrent("reviews drafts where the maintainer wants it", async ({ start }) => {
  const service = await start({ config: `${auto}review:\n  drafts: true\n` });
  await open(service, { draft: true });
  await service.idle();
  expect(service.comments()).toHaveLength(1);
});

it.concurrent("leaves pull requests of bots alone, unless somebody asks", async ({ start }) => {
  const service = await start({ config: auto });
  userNamed(service.github.state, "dependabot[bot]", "Bot");
  await open(service, {}, "dependabot[bot]");
  await nothingSaid(service, "opened by the bot dependabot[bot]");

  service.github.setPermission(service.repository, "maren-ok", "write");
  service.github.comment(service.repository, "maren-ok", pull.number, "/assistant review");
  await service.idle();
  expect(service.comments()).toHaveLength(1);
});

it.concurrent("waits until a title no longer says that it is unfinished, and reviews once", async ({ start }) => {
  const service = await start({ config: auto });
  await open(service, { title: "[wip] Rates" });
  await nothingSaid(service, "WIP in its title");

  await service.github.editPull(service.repository, pull.author, pull.number, { title: "Rates" });
  await service.idle();
  expect(service.comments()).toHaveLength(1);
  const writes = service.writes().length;
  const reviews = reviewsDone(service);
  await service.github.editPull(service.repository, pull.author, pull.number, { title: "Wiped rates" });
  await service.github.labelPull(service.repository, pull.author, pull.number, "enhancement", true);
  await service.idle();
  expect(service.writes()).toHaveLength(writes);
  expect(reviewsDone(service)).toBe(reviews);
});

it.concurrent("reviews once a label says so, and not while another forbids it", async ({ start }) => {
  const labels = "  labels: {only: [Ready], never: [no-review]}\n";
  const service = await start({ config: `${auto}review:\n${labels}` });
  await open(service, { labels: ["no-review"] });
  await nothingSaid(service, "the label no-review");
  await service.github.labelPull(service.repository, pull.author, pull.number, "ready", true);
  await service.idle();
  expect(service.writes()).toEqual([]);

  await service.github.labelPull(service.repository, pull.author, pull.number, "no-review", false);
  await service.idle();
  expect(service.comments()).toHaveLength(1);
});

it.concurrent("reviews what goes into the branches that are named", async ({ start }) => {
  const service = await start({ config: `${auto}review:\n  branches: ["release/*"]\n` });
  await git(service.repository.gitDir, ["update-ref", "refs/heads/release/2", "refs/heads/main"]);
  await open(service);
  await nothingSaid(service, "it goes into main");

  await git(service.repository.gitDir, ["update-ref", "refs/heads/second", demoRefs.push1]);
  const asked = { ...pull, number: 48, title: "The same for the release", head: "second", base: "release/2" };
  const { number } = await service.github.openPull(service.repository, pull.author, asked);
  await service.idle();
  expect(service.comments(number)).toHaveLength(1);
});

it.concurrent("leaves alone what is older than its installation", async ({ start }) => {
  const service = await start({ config: auto });
  service.installation.createdAt = "2100-01-01T00:00:00Z";
  await open(service);
  await service.push("push2");
  await nothingSaid(service, "older than the installation");

  service.github.setPermission(service.repository, "maren-ok", "write");
  service.github.comment(service.repository, "maren-ok", pull.number, "/assistant review");
  await service.idle();
  expect(service.comments()).toHaveLength(1);
});

async function open(service: Service, change: Partial<NewPull> = {}, author: string = pull.author): Promise<void> {
  await git(service.repository.gitDir, ["update-ref", `refs/heads/${pull.branch}`, demoRefs.push1]);
  const asked = { ...pull, head: pull.branch, base: demoRepository.defaultBranch, ...change };
  await service.github.openPull(service.repository, author, asked);
}

/** The events were looked at, and nothing was written for the reason that is named. */
async function nothingSaid(service: Service, filter: string): Promise<void> {
  expect(await service.idle()).toMatchObject({ failed: 0 });
  expect(service.writes()).toEqual([]);
  expect(service.app.logs).toContainEqual(expect.objectContaining({ pull: pull.number, filter }));
}

function reviewsDone(service: Service): number {
  return service.app.logs.filter(({ msg, outcome }) => msg === "published" && outcome === "review").length;
}

async function short({ repository }: Service, ref: keyof typeof demoRefs): Promise<string> {
  const commit = await git(repository.gitDir, ["rev-parse", demoRefs[ref]]);
  return commit.toString("utf8").slice(0, 7);
}
