import { expect } from "vitest";
import { demoRepository } from "../../fixtures/demo/demo-repository.ts";
import { it, type Service, waitFor } from "../helpers/service.ts";

const { newIssue } = demoRepository;
/** The program asks who it is once it has fetched a head, before it reviews it. */
const afterFetch = /^GET \/app$/;

it.concurrent("asks for another token when the one that it has is revoked in the middle of a job", async ({
  start,
}) => {
  const service = await start();
  service.github.failNext({ match: afterFetch, meanwhile: () => service.github.revokeTokens() });
  await service.openPull();
  await waitFor("the review", () => service.comments().length === 1);
  expect(service.repository.reviews).toHaveLength(1);
});

it.concurrent("leaves a job that runs when its installation is deleted, and forgets the repository", async ({
  start,
}) => {
  const service = await start();
  service.github.failNext({ match: afterFetch, meanwhile: () => uninstall(service) });
  await service.openPull();
  await waitFor("the purge", () => service.app.logs.some(({ msg }) => /everything that was kept/.test(String(msg))));

  expect(await service.idle()).toMatchObject({ waiting: 0, running: 0 });
  expect(service.writes()).toEqual([]);
});

it.concurrent("outlasts a GitHub that is away: what was asked meanwhile is done afterwards", async ({ start }) => {
  const service = await start();
  service.github.failNext({ match: /git-upload-pack/, status: 503, times: 2 });
  await service.openPull();
  await waitFor("a retry", () => service.app.logs.some(({ msg }) => msg === "job will be tried again"));
  await waitFor("the review", () => service.comments().length === 1);
  expect(service.repository.reviews).toHaveLength(1);
});

it.concurrent("goes on under the new name when its repository is renamed in the middle of a job, and says nothing twice", async ({
  start,
}) => {
  const service = await start();
  const { github, repository } = service;
  github.failNext({ match: /^POST .*\/issues\/47\/comments$/, meanwhile: () => rename(service, { name: "renamed" }) });
  await service.openPull();
  await waitFor("the review", () => service.comments().length === 1);
  expect(repository.reviews).toHaveLength(1);
  expect(service.findings()).toHaveLength(3);
  expect(service.comments()[0]?.body).toContain(`/${repository.owner.login}/renamed/`);

  await service.push("push2");
  await service.idle();
  expect(service.comments()).toHaveLength(1);
  expect(service.comments()[0]?.body).toContain("Review of");
  expect(await service.counts()).toMatchObject({ failed: 0 });
});

it.concurrent("leaves a repository that is transferred in the middle of a job, and serves its new owner", async ({
  start,
}) => {
  const service = await start();
  const { github, repository } = service;
  const theirs = github.installApp("elsewhere", []);
  theirs.createdAt = service.installation.createdAt;
  github.failNext({ match: afterFetch, meanwhile: () => rename(service, { owner: "elsewhere" }) });
  await service.openPull();
  await waitFor("the job's end", () => service.app.logs.some(({ msg }) => String(msg).startsWith("job discarded")));
  expect(repository.reviews).toEqual([]);

  await service.push("push2");
  await waitFor("the review", () => service.comments().length === 1);
  expect(repository.reviews).toHaveLength(1);
});

it.concurrent.for([
  ["an hour ahead", 3_600_000],
  ["an hour behind", -3_600_000],
])("works although GitHub's clock is %s", async ([, skewMs], { start }) => {
  const service = await start();
  service.github.state.now = () => Date.now() + Number(skewMs);
  service.installation.createdAt = new Date(Date.now() - 14_400_000).toISOString();
  await service.openPull();
  await waitFor("the review", () => service.findings().length === 3);
  expect(service.repository.reviews).toHaveLength(1);
});

it.concurrent.for(["primary", "secondary"] as const)(
  "leaves the others alone while one installation has reached its %s limit, and serves it afterwards",
  async (kind, { start }) => {
    const service = await start();
    const { github, installation, repository } = service;
    const others = github.createRepository({ owner: "others", name: "shop", gitDir: repository.gitDir });
    github.installApp("others", ["shop"]);
    installation.throttled = { kind, seconds: 10 };
    const { author, title, body } = newIssue;
    const asked = [1, 2, 3, 4].map(() => github.openIssue(repository, author, { title, body }).number);
    await waitFor("a refusal", () => service.app.logs.some(({ msg }) => msg === "job will be tried again"));
    github.openIssue(others, newIssue.author, newIssue);
    await waitFor("the other's answer", () => others.comments.length === 1);
    expect(repository.comments).toEqual([]);
    expect((await service.counts()).waiting).toBeGreaterThan(0);

    installation.throttled = null;
    await waitFor("its answers", () => asked.every((number) => service.comments(number).length === 1));
    expect(await service.idle()).toMatchObject({ failed: 0 });
    expect(repository.comments).toHaveLength(asked.length);
    expect(others.comments).toHaveLength(1);
  },
);

it.concurrent("answers under the new name where it is switched off while its repository gets that name", async ({
  start,
}) => {
  const service = await start();
  const { github, repository } = service;
  await service.openPull();
  await waitFor("the review", () => service.comments().length === 1);
  github.setPermission(repository, "mara", "admin");
  github.failNext({ match: /^POST .*\/issues\/47\/comments$/, meanwhile: () => rename(service, { name: "renamed" }) });
  github.comment(repository, "mara", 47, "/assistant off");
  await waitFor("the answer", () => service.comments().length === 2);
  expect(await service.idle()).toMatchObject({ waiting: 0, running: 0, failed: 0 });
  expect(service.comments()).toHaveLength(2);
  expect(service.comments().at(-1)?.body).toContain("Switched off in this repository");
});

it.concurrent("tells no secret in its log", async ({ start }) => {
  const service = await start();
  service.github.failNext({ match: /^POST .*\/reviews$/, status: 502 });
  service.github.failNext({ match: /git-upload-pack$/, status: 500 });
  await service.openPull();
  service.github.openIssue(service.repository, newIssue.author, newIssue);
  await waitFor("the review", () => service.findings().length === 3);
  await service.idle();

  const log = JSON.stringify(service.app.logs);
  const { tokens } = service.github.state;
  const secrets = [service.github.webhookSecret, ...tokens.keys(), ...keyLines(service)];
  expect(tokens.size).toBeGreaterThan(0);
  for (const secret of secrets) {
    expect(log.includes(secret), `the log holds ${secret.slice(0, 8)}…`).toBe(false);
    // As git is given it.
    expect(log.includes(Buffer.from(`x-access-token:${secret}`).toString("base64"))).toBe(false);
  }
  expect(log).not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]+/);
});

/** GitHub revokes the tokens with it. */
function uninstall({ github, installation }: Service): void {
  github.uninstallApp(installation);
  github.revokeTokens();
}

function rename({ github, repository }: Service, to: { owner?: string; name?: string }): void {
  github.renameRepository(repository, to);
}

function keyLines({ github }: Service): string[] {
  return github.privateKey.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
}
