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

it.concurrent("discards a job whose repository was renamed, moved or taken away, and serves the next one", async ({
  start,
}) => {
  const service = await start();
  service.github.failNext({ match: /^GET \/repos\/.*\/pulls\/47$/, status: 404 });
  await service.openPull();
  await waitFor("the first job's end", () => service.app.logs.some(({ msg }) => msg === "job done"));
  expect(service.repository.reviews).toEqual([]);

  await service.push("push2");
  await waitFor("the review", () => service.repository.reviews.length > 0);
});

it.concurrent.for([
  ["five minutes ahead", 300_000],
  ["twenty seconds behind", -20_000],
])("works although GitHub's clock is %s", async ([, skewMs], { start }) => {
  const service = await start();
  service.github.state.now = () => Date.now() + Number(skewMs);
  service.installation.createdAt = new Date(Date.now() - 7_200_000).toISOString();
  await service.openPull();
  await waitFor("the review", () => service.findings().length === 3);
  expect(service.repository.reviews).toHaveLength(1);
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

function keyLines({ github }: Service): string[] {
  return github.privateKey.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
}
