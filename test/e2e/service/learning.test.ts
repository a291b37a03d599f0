import Database from "libsql";
import { join } from "node:path";
import { expect } from "vitest";
import { demoRefs, demoRepository } from "../../../fixtures/demo/demo-repository.ts";
import { git, gitText } from "../../../src/shared/git.ts";
import { parseMarker } from "../../../src/publish/marker.ts";
import { userNamed } from "../../helpers/github-server/state.ts";
import { commitFile, it, type Service } from "../../helpers/service.ts";

const { pull, defaultBranch, owner, name, planted } = demoRepository;
const { changed, untouched } = planted.nearCopy;
const second = 48;

it.concurrent("withholds what is like a finding that a collaborator turned down, counts it, and shows it when asked for all", async ({
  start,
}) => {
  const service = await start();
  await openDemoPull(service);
  // Not where nothing of ours stands, and once where something was said.
  expect(queries(service)).toBe(1);
  const nearCopy = findingOn(service, pull.number, changed);
  service.github.setPermission(service.repository, "tove", "triage");
  service.github.setPermission(service.repository, "maren-ok", "write");
  service.github.react(service.repository, "tove", nearCopy, "-1");
  await close(service, pull.number);
  expect(queries(service)).toBe(2);
  expect(answers(service)).toEqual({ dismissed: 1 });

  await openSecondPull(service);
  expect(linesOf(service, second)).toEqual([]);
  expect(service.comments(second)[0]?.body).toContain(
    "no findings. 1 finding is withheld, like one turned down in [#47](",
  );

  service.github.comment(service.repository, "maren-ok", second, "/assistant review --all");
  await service.idle();
  const shown = findingOn(service, second, changed);
  expect(shown.body).toContain("Shown because all findings were asked for: one like it was turned down in ");
  expect(parseMarker(shown.body)).not.toMatchObject({ id: (parseMarker(nearCopy.body) as { id: string }).id });
  expect(service.comments(second)[0]?.body).not.toContain("withheld, like");

  // It stands there now: the next review does not call it addressed.
  service.github.comment(service.repository, "maren-ok", second, "/assistant review");
  await service.idle();
  expect(linesOf(service, second).map(({ body }) => parseMarker(body))).toMatchObject([{ addressed: false }]);
});

it.concurrent("learns nothing from strangers, from bots, and from a pull request's author who has no role", async ({
  start,
}) => {
  const service = await start();
  await openDemoPull(service);
  const nearCopy = findingOn(service, pull.number, changed);
  userNamed(service.github.state, "lint[bot]", "Bot");
  service.github.setPermission(service.repository, "lint[bot]", "write");
  for (const login of ["mallory", "lint[bot]", pull.author])
    service.github.react(service.repository, login, nearCopy, "-1");
  service.github.resolveThread(service.repository, pull.author, nearCopy);
  await close(service, pull.number);
  expect(answers(service)).toEqual({});

  await openSecondPull(service);
  expect(linesOf(service, second).map(({ current: { path } }) => path)).toEqual([changed]);
});

it.concurrent("takes a thread that a collaborator resolved for a dismissal only where the code stayed as it was", async ({
  start,
}) => {
  const service = await start();
  service.github.setPermission(service.repository, "tove", "triage");
  await openDemoPull(service);
  for (const finding of service.findings()) service.github.resolveThread(service.repository, "tove", finding);
  await service.push("push2");
  await service.idle();
  // Two were mended by the push, and the near-copy's lines stand as they did.
  await close(service, pull.number);
  expect(answers(service)).toEqual({ accepted: 2, dismissed: 1 });
});

it.concurrent("does not say again what somebody deleted, hid or ignored by a short id, and leaves threads with replies alone", async ({
  start,
}) => {
  const service = await start();
  service.github.setPermission(service.repository, "maren-ok", "write");
  await openDemoPull(service);
  const [one, two, three] = service.findings();
  if (!one || !two || !three) throw new Error("the demo has three findings");
  const reply = service.github.reply(service.repository, "maren-ok", two, "We keep it this way.");
  service.github.deleteReviewComment(service.repository, one);
  service.github.hideComment(service.repository, two, "OFF_TOPIC");
  await ask(service, `/assistant ignore ${three.marker.id.slice(0, 8)}`);
  expect(service.comments().at(-1)?.body).toContain("This finding is not said again");

  await ask(service, "/assistant review");
  expect(answers(service)).toEqual({ dismissed: 3 });
  expect(linesOf(service, pull.number).map(({ id }) => id)).toEqual([two.id, three.id, reply.id]);
  expect(service.comments()[0]?.body).toContain("1 finding is withheld, like one turned down in [#47](");

  service.github.uninstallApp(service.installation);
  await service.idle();
  expect(answers(service)).toEqual({});
});

it.concurrent("reads what people did in preview, and writes nothing", async ({ start }) => {
  const service = await start();
  service.github.setPermission(service.repository, "tove", "triage");
  await openDemoPull(service);
  service.github.react(service.repository, "tove", findingOn(service, pull.number, changed), "-1");
  await setMode(service, "preview");
  const writes = service.writes().length;
  await service.push("push2");
  await service.idle();

  expect(answers(service)).toMatchObject({ dismissed: 1 });
  expect(service.writes()).toHaveLength(writes);
});

async function openDemoPull(service: Service): Promise<void> {
  await service.openPull();
  await service.idle();
}

/** Makes the same change to lines that read otherwise by now: a finding of its own, like the first pull request's. */
async function openSecondPull(service: Service): Promise<void> {
  const { github, repository } = service;
  const { gitDir } = repository;
  const text = (ref: string, path: string) => gitText(gitDir, ["show", `${ref}:${path}`]);
  for (const path of [changed, untouched]) {
    const renamed = (await text(defaultBranch, path)).replaceAll("hasMore", "more");
    await commitFile(gitDir, defaultBranch, path, renamed);
  }
  await git(gitDir, ["update-ref", "refs/heads/again", `refs/heads/${defaultBranch}`]);
  await commitFile(gitDir, "again", changed, await text(demoRefs.push1, changed));
  const asked = { title: "End the list on its last page", body: null, head: "again", base: defaultBranch };
  await github.openPull(repository, pull.author, { ...asked, number: second });
  await service.idle();
}

async function close(service: Service, number: number): Promise<void> {
  await service.github.closePull(service.repository, pull.author, number);
  await service.idle();
}

async function ask(service: Service, body: string): Promise<void> {
  service.github.comment(service.repository, "maren-ok", pull.number, body);
  await service.idle();
}

async function setMode({ repository }: Service, mode: string): Promise<void> {
  await commitFile(repository.gitDir, defaultBranch, ".github/assistant.yml", `mode: ${mode}\n`);
}

function linesOf({ repository }: Service, number: number) {
  return repository.reviewComments.filter((comment) => comment.pull === number);
}

function findingOn(service: Service, number: number, path: string) {
  const found = linesOf(service, number).find(({ original }) => original.path === path);
  if (!found) throw new Error(`no comment stands on ${path} of #${number}`);
  return found;
}

/** How many findings people answered, as the program keeps it. */
function answers({ home, github }: Service): Record<string, number> {
  const db = new Database(join(home, "feedback.db"), { readonly: true });
  const query = "SELECT answer, count(*) AS count FROM finding WHERE repository = ? AND answer IS NOT NULL GROUP BY 1";
  const key = `${new URL(github.url).host}/${owner}/${name}`;
  const rows = db.prepare(query).all([key]) as { answer: string; count: number }[];
  db.close();
  return Object.fromEntries(rows.map(({ answer, count }) => [answer, count]));
}

function queries({ github }: Service): number {
  return github.state.requests.filter(({ path }) => path === "/graphql").length;
}
