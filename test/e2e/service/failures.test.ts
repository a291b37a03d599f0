import { expect } from "vitest";
import { demoRefs, demoRepository } from "../../../fixtures/demo/demo-repository.ts";
import { gitText } from "../../../src/shared/git.ts";
import { secondaryRateLimit } from "../../helpers/github-server/github-server.ts";
import { it, type Service } from "../../helpers/service.ts";

const { pull } = demoRepository;
const review = /^POST .*\/reviews$/;
/** The program asks who it is once it has fetched a head, before it reviews it. */
const afterFetch = /^GET \/app$/;

it.concurrent("tries a review again that GitHub answered with 502", async ({ start }) => {
  const service = await start();
  service.github.failNext({ match: review, status: 502 });
  await service.openPull();
  await expectOneReview(service, demoRefs.push1, 3);
  expect(retries(service)).toEqual([expect.stringContaining("GitHub could not be reached or failed (502)")]);
});

it.concurrent("looks again before it posts a review that GitHub took although the connection broke", async ({
  start,
}) => {
  const service = await start();
  service.github.failNext({ match: review, drop: "after" });
  await service.openPull();
  await expectOneReview(service, demoRefs.push1, 3);
  expect(retries(service)).toHaveLength(1);
});

it.concurrent("waits as a secondary rate limit asks, without holding the worker", async ({ start }) => {
  const service = await start();
  service.github.failNext(secondaryRateLimit({ match: review, retryAfterSeconds: 1 }));
  await service.openPull();
  await expectOneReview(service, demoRefs.push1, 3);
  expect(retries(service)).toEqual([expect.stringContaining("GitHub's rate limit is reached until ")]);
});

it.concurrent("reviews the newest head when the branch moves during a review", async ({ start }) => {
  const service = await start();
  service.github.failNext({ match: afterFetch, meanwhile: () => service.push("push2") });
  await service.openPull();
  await expectOneReview(service, demoRefs.push2, 1);
  expect(retries(service)).toEqual([expect.stringContaining("pull request #47 moved on")]);
});

it.concurrent("reviews the newest head although the webhook of the push got lost", async ({ start }) => {
  const service = await start();
  const push = async (): Promise<void> => {
    service.github.hooks.setUrl(null);
    await service.push("push2");
  };
  service.github.failNext({ match: afterFetch, meanwhile: push });
  await service.openPull();
  await expectOneReview(service, demoRefs.push2, 1);
});

it.concurrent("leaves a pull request alone that was closed and whose branch is gone", async ({ start }) => {
  const service = await start();
  service.github.hooks.hold();
  await service.openPull();
  await service.github.closePull(service.repository, pull.author, pull.number);
  await gitText(service.repository.gitDir, ["update-ref", "-d", `refs/heads/${pull.branch}`]);
  await service.github.hooks.flush();

  // The review that was not made, and the note that it was closed.
  expect(await service.idle()).toEqual({ waiting: 0, running: 0, done: 2, failed: 0 });
  expect(service.writes()).toEqual([]);
});

it.concurrent("says what is missing when the app may not read the repository, and goes on", async ({ start }) => {
  const service = await start({ permissions: { issues: "write", pull_requests: "write" } });
  await service.openPull();
  expect(await service.idle()).toMatchObject({ done: 0, failed: 1 });
  const failed = service.app.logs.find(({ msg }) => msg === "job failed");
  expect(failed?.["err"]).toMatchObject({ remedy: expect.stringContaining('"contents: read"') as string });

  service.installation.permissions = service.github.state.app.permissions;
  await service.push("push2");
  await expectOneReview(service, demoRefs.push2, 1);
});

async function expectOneReview(service: Service, ref: string, findings: number): Promise<void> {
  expect(await service.idle()).toMatchObject({ waiting: 0, running: 0 });
  const head = await gitText(service.repository.gitDir, ["rev-parse", ref]);
  expect(service.findings().map(({ marker }) => marker.head)).toEqual(Array(findings).fill(head));
  expect(service.repository.reviews).toHaveLength(1);
  expect(service.comments()).toHaveLength(1);
  expect(service.comments()[0]?.body).toContain(`Review of [\`${head.slice(0, 7)}\`]`);
}

/** Why jobs were put back, as the log has it. */
function retries({ app }: Service): string[] {
  const lines = app.logs.filter(({ msg }) => msg === "job will be tried again");
  return lines.map(({ err }) => (err as { message: string }).message);
}
