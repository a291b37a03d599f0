import { expect } from "vitest";
import { demoRefs, demoRepository } from "../../../fixtures/demo/demo-repository.ts";
import { gitText } from "../../../src/shared/git.ts";
import { it, type Service } from "../../helpers/service.ts";

const { newIssue } = demoRepository;

it.concurrent("does nothing for a redelivery, also after a restart", async ({ start }) => {
  const service = await start();
  await service.openPull();
  const counts = await service.idle();
  const writes = service.writes();

  await redeliverPullRequest(service);
  expect(await service.idle()).toEqual(counts);
  await service.app.stop();
  await service.restart();
  await redeliverPullRequest(service);
  expect(await service.idle()).toEqual(counts);
  expect(service.writes()).toEqual(writes);
});

it.concurrent("reviews the newest head although events come twice and in any order", async ({ start }) => {
  const service = await start();
  service.github.hooks.hold();
  await service.openPull();
  await service.push("push2");
  await service.push("push3");
  await service.github.hooks.flush((held) => [...held, ...held].reverse());
  await service.idle();

  const head = await gitText(service.repository.gitDir, ["rev-parse", demoRefs.push3]);
  expect(service.findings().map(({ marker, original }) => [marker.head, original.path])).toEqual([
    [head, "src/orders/list-orders.ts"],
  ]);
  expect(service.comments()).toHaveLength(1);
  expect(service.comments()[0]?.body).toContain(`Review of [\`${head.slice(0, 7)}\`]`);
});

it.concurrent("writes one comment although an issue's events come twice and in any order", async ({ start }) => {
  const service = await start();
  const { github, repository } = service;
  github.hooks.hold();
  github.openIssue(repository, newIssue.author, newIssue);
  github.editIssue(repository, newIssue.author, newIssue.number, { body: "See src/shipping/zones.ts, please." });
  await github.hooks.flush((held) => [...held, ...held].reverse());
  await service.idle();

  expect(service.comments(newIssue.number)).toHaveLength(1);
  expect(service.comments(newIssue.number)[0]?.body).toContain("src/shipping/zones.ts");
});

async function redeliverPullRequest({ github }: Service): Promise<void> {
  const delivery = github.hooks.deliveries.find(({ event }) => event === "pull_request");
  expect((await github.hooks.redeliver(delivery?.id ?? 0)).statusCode).toBe(200);
}
