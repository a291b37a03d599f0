import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "vitest";
import { demoRepository } from "../../../fixtures/demo/demo-repository.ts";
import { it, type Service, waitFor } from "../../helpers/service.ts";

const { newIssue } = demoRepository;

it.concurrent("writes nothing while a repository is off, and makes up for it once it is on", async ({ start }) => {
  const service = await start({ config: "mode: auto\ntriage: {enabled: false}\n" });
  const { github, repository } = service;
  const { number } = newIssue;
  github.setPermission(repository, "mara", "maintain");
  github.setPermission(repository, "will", "write");
  github.openIssue(repository, newIssue.author, newIssue);
  github.comment(repository, "will", number, "/assistant off");
  await waitFor("the refusal", () => said(service, "needs the role `maintain`"));
  github.comment(repository, "mara", number, "/assistant off");
  await waitFor("the answer", () => said(service, "Switched off"));

  const written = service.writes().length;
  await service.openPull();
  github.comment(repository, "mara", number, "/assistant help");
  await service.idle();
  expect(service.writes()).toHaveLength(written);

  github.comment(repository, "mara", number, "/assistant on");
  await waitFor("the answer", () => said(service, "Switched on again"));
  await waitFor("the review of what was opened meanwhile", () => service.comments().length === 1);
});

it.concurrent("stops in the middle of a review when the app is switched off on the command line", async ({ start }) => {
  const service = await start();
  service.github.failNext({ match: /^GET .*\/pulls\/47\/comments/, meanwhile: () => switched(service, "off") });
  await service.openPull();
  expect(await service.idle()).toMatchObject({ waiting: 0, running: 0, failed: 0 });

  expect(service.writes()).toEqual([]);
  expect(service.app.logs.map(({ msg }) => msg)).toContain("switched off meanwhile: dropped");
  const ready = await (await fetch(new URL("/readyz", service.app.webhookUrl))).json();
  expect(ready).toMatchObject({ checks: { switch: "off: nothing is written" } });
  switched(service, "on");
  await service.push("push2");
  await waitFor("the review", () => service.repository.reviews.length === 1);
});

function said(service: Service, text: string): boolean {
  return service.comments(newIssue.number).some(({ body }) => body.includes(text));
}

function switched({ home }: Service, state: "on" | "off"): void {
  const launcher = join(import.meta.dirname, "../../../dist/launch.cjs");
  const { status, stdout } = spawnSync(process.execPath, [launcher, "switch", state], {
    env: { ...process.env, ASSISTANT_HOME: home },
    encoding: "utf8",
  });
  expect(status).toBe(0);
  expect(stdout).toContain(state === "off" ? "off: the whole app" : "nothing is switched off");
}
