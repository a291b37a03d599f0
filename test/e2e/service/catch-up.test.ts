import { expect } from "vitest";
import { demoRepository } from "../../../fixtures/demo/demo-repository.ts";
import { startAssistant } from "../../helpers/assistant-process.ts";
import { it, type Service, waitFor } from "../../helpers/service.ts";

const { newIssue, pull } = demoRepository;

it.concurrent("asks for deliveries again that failed while it was away, and takes each once", async ({ start }) => {
  const service = await start();
  await service.app.kill();
  await service.openPull();
  service.github.openIssue(service.repository, newIssue.author, newIssue);
  await service.github.hooks.settled();
  expect(service.github.hooks.deliveries.map(({ status }) => status)).not.toContain("OK");

  // What is unhandled is found, too; here nothing but deliveries tells it.
  service.github.failNext({ match: /^GET \/app\/installations(\?|$)/, status: 403, times: 100 });
  let listens = (): void => {};
  const listening = new Promise<void>((resolve) => (listens = resolve));
  service.github.failNext({ match: /^GET \/app\/hook\/deliveries/, meanwhile: () => listening });
  await service.restart();
  listens();
  await waitFor("the deliveries", () => service.github.hooks.deliveries.some(({ redelivery }) => redelivery));
  await waitFor("the review", () => service.repository.reviews.length > 0);
  await service.idle();
  expect(service.findings()).toHaveLength(3);
  expect(service.comments(newIssue.number)).toHaveLength(1);
  const again = service.github.hooks.deliveries.filter(({ redelivery }) => redelivery);
  expect(again.every(({ status }) => status === "OK")).toBe(true);
  expect(new Set(again.map(({ guid }) => guid)).size).toBe(again.length);
});

it.concurrent("finds a pull request and an issue that no webhook told of, once", async ({ start }) => {
  const service = await start();
  await service.app.stop();
  service.github.hooks.setUrl(null);
  await service.openPull();
  service.github.openIssue(service.repository, newIssue.author, newIssue);

  await service.restart();
  await waitFor("the review", () => service.findings().length === 3);
  await waitFor("the triage", () => service.comments(newIssue.number).length === 1);
  const counts = await service.idle();
  await service.app.stop();
  await service.restart();
  await waitFor("the look for unhandled work", () => listedPulls(service) >= 2);
  expect(await service.idle()).toEqual(counts);
  expect(service.repository.reviews).toHaveLength(1);
});

it.concurrent.for([
  ["before it knows its installations", /^GET \/app\/installations(\?|$)/, "before"],
  ["before it knows the pull requests", /^GET .*\/pulls(\?|$)/, "after"],
  ["before it knows the issues", /^GET .*\/issues(\?|$)/, "after"],
] as const)("finds it once although it is killed while it looks, %s", async ([, match, drop], { start }) => {
  const service = await start();
  await service.app.stop();
  service.github.hooks.setUrl(null);
  await service.openPull();
  service.github.openIssue(service.repository, newIssue.author, newIssue);

  let kill = (): void => {};
  const looking = new Promise<void>((resolve) => (kill = resolve));
  service.github.failNext({
    match,
    drop,
    meanwhile: async () => {
      kill();
      await service.app.kill();
    },
  });
  await service.restart();
  await looking;
  await service.app.kill();
  await service.restart();
  await waitFor("the review", () => service.comments().length === 1);
  await waitFor("the triage", () => service.comments(newIssue.number).length === 1);
  expect(await service.idle()).toMatchObject({ waiting: 0, running: 0, failed: 0 });
  expect(service.repository.reviews).toHaveLength(1);
  expect(service.comments()).toHaveLength(1);
  expect(service.comments(newIssue.number)).toHaveLength(1);
});

it.concurrent.for([
  ["mode is mention", "mode: mention\n", {}],
  ["a filter keeps it back", "mode: auto\nreview: {branches: [release]}\ntriage: {enabled: false}\n", {}],
  ["it is a draft", "mode: auto\ntriage: {enabled: false}\n", { draft: true }],
] as const)("leaves alone what nobody told of where %s", async ([, config, opened], { start }) => {
  const service = await start({ config });
  await service.app.stop();
  service.github.hooks.setUrl(null);
  await service.openPull();
  service.github.openIssue(service.repository, newIssue.author, newIssue);
  const found = service.repository.issues.find(({ number }) => number === pull.number);
  if ("draft" in opened && found?.pull) found.pull.draft = true;

  await service.restart();
  await waitFor("the look for unhandled work", () => looks(service) > 0);
  expect(await service.idle()).toMatchObject({ done: 0, failed: 0 });
  expect(service.writes()).toEqual([]);
});

it.concurrent("polls where nothing reaches it: reviews, triages and answers, each once", async ({ start }) => {
  const service = await start();
  const { github, repository, home } = service;
  await service.app.stop();
  github.hooks.setUrl(null);
  const homeConfig = { WEBHOOK_SECRET: "" };
  service.app = await startAssistant({ home, github, env: homeConfig, args: ["--poll"] });
  expect(service.app.webhookUrl).toMatch(/^http:\/\/127\.0\.0\.1:/);
  expect((await fetch(service.app.webhookUrl, { method: "POST", body: "{}" })).status).toBe(404);

  await service.openPull();
  github.openIssue(repository, newIssue.author, newIssue);
  github.comment(repository, "tess", pull.number, "/assistant help");
  await service.app.stop();
  // A start is a look; between two looks lie ten seconds at least.
  service.app = await startAssistant({ home, github, env: homeConfig, args: ["--poll"] });
  await waitFor("the review", () => service.findings().length === 3);
  await waitFor("the triage", () => service.comments(newIssue.number).length === 1);
  await waitFor("the answer", () => service.comments().some(({ body }) => body.includes("Commands that work here")));
  const counts = await service.idle();

  await service.app.stop();
  service.app = await startAssistant({ home, github, env: homeConfig, args: ["--poll"] });
  await waitFor("another look", () => listedPulls(service) >= 3);
  expect(await service.idle()).toEqual(counts);
  expect(repository.reviews).toHaveLength(1);
});

function listedPulls({ github }: Service): number {
  return github.state.requests.filter(({ method, path }) => method === "GET" && /\/pulls(\?|$)/.test(path)).length;
}

function looks({ github }: Service): number {
  const config = /\/contents\/\.github(\/|%2F)assistant\.yml/;
  return github.state.requests.filter(({ method, path }) => method === "GET" && config.test(path)).length;
}
