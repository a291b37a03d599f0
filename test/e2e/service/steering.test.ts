import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { demoRepository } from "../../../fixtures/demo/demo-repository.ts";
import type { OutcomeRecord } from "../../../src/publish/outcome-file.ts";
import { it, type Service, waitFor } from "../../helpers/service.ts";

const { pull } = demoRepository;

it.concurrent("says nothing unasked on a paused pull request until it is resumed, also after a restart", async ({
  start,
}) => {
  const service = await start();
  service.github.setPermission(service.repository, "maren-ok", "write");
  await service.openPull();
  await service.idle();
  const [summary] = service.comments();
  const reviewed = summary?.body;

  await ask(service, "stranger", "/assistant pause");
  expect(lastAnswer(service)).toContain("needs the role `write`");
  await ask(service, "maren-ok", "/assistant pause");
  expect(lastAnswer(service)).toContain("Paused: nothing is said on this pull request unasked");
  await service.app.stop();
  await service.restart();
  await service.push("push2");
  await service.idle();
  expect(summary?.body).toBe(reviewed);
  expect(service.app.logs).toContainEqual(expect.objectContaining({ msg: "paused: not reviewed unasked" }));
  expect(service.findings().map(({ marker }) => marker.addressed)).toEqual([false, false, false]);

  await ask(service, "maren-ok", "/assistant resume");
  expect(lastAnswer(service)).toContain("Resumed: from now on");
  expect(service.findings().map(({ marker }) => marker.addressed)).toEqual([true, false, true]);
  expect(summary?.body).not.toBe(reviewed);

  const writes = service.writes().length;
  await ask(service, "maren-ok", "/assistant resume");
  expect(service.writes()).toHaveLength(writes + 1);
});

it.concurrent("reviews a paused pull request when somebody asks", async ({ start }) => {
  const service = await start();
  service.github.setPermission(service.repository, "maren-ok", "write");
  service.github.hooks.hold();
  await service.openPull();
  service.github.comment(service.repository, "maren-ok", pull.number, "/assistant pause");
  await service.github.hooks.flush((held) => [...held].reverse());
  await service.idle();
  expect(service.findings()).toEqual([]);

  await ask(service, "maren-ok", "/assistant review");
  expect(service.findings()).toHaveLength(3);
});

it.concurrent("does not publish a review that was running when its pull request was paused", async ({ start }) => {
  const service = await start();
  service.github.setPermission(service.repository, "maren-ok", "write");
  await writeFile(join(service.home, "config.yml"), "jobs:\n  concurrency: 2\n");
  await service.app.stop();
  await service.restart();
  const meanwhile = async (): Promise<void> => {
    service.github.comment(service.repository, "maren-ok", pull.number, "/assistant pause");
    await waitFor("an answer", () => lastAnswer(service)?.includes("Paused") ?? false);
  };
  service.github.failNext({ match: /^GET .*\/pulls\/47$/, meanwhile });
  await service.openPull();
  await service.idle();
  expect(service.comments()).toHaveLength(1);
  expect(service.findings()).toEqual([]);

  await ask(service, "maren-ok", "/assistant resume");
  expect(service.findings()).toHaveLength(3);
});

it.concurrent("does not say an ignored finding again, and calls it addressed only where it is", async ({ start }) => {
  const service = await start();
  service.github.setPermission(service.repository, "maren-ok", "write");
  await service.openPull();
  await service.idle();
  const [dangling, nearCopy] = service.findings();
  if (!dangling || !nearCopy) throw new Error("the demo has findings");

  for (const finding of [dangling, nearCopy])
    service.github.reply(service.repository, "maren-ok", finding, "/assistant ignore");
  await service.idle();
  expect(
    service
      .comments()
      .slice(1)
      .map(({ body }) => body),
  ).toEqual([
    expect.stringContaining("This finding is not said again"),
    expect.stringContaining("This finding is not said again"),
  ]);

  const standing = nearCopy.body;
  await service.push("push2");
  await service.idle();
  expect(service.findings().map(({ marker }) => marker.addressed)).toEqual([true, false, true]);
  expect(nearCopy.body).toBe(standing);

  await service.push("push1");
  await service.idle();
  expect(service.findings().map(({ marker }) => marker.addressed)).toEqual([true, false, false]);
  expect(service.comments()[0]?.body).not.toContain("is removed here");
  expect(service.comments()[0]?.body).toContain("ignored on this pull request");
});

it.concurrent("ignores a finding by its id, and says how where it cannot tell which one", async ({ start }) => {
  const service = await start({ config: "mode: auto\n" });
  service.github.setPermission(service.repository, "maren-ok", "write");
  await service.openPull();
  await service.idle();
  const [summary] = service.comments();
  expect(summary?.body).toContain("usually changes along");

  await ask(service, "maren-ok", "/assistant ignore");
  expect(lastAnswer(service)).toContain("as a reply in the thread of a finding");
  await ask(service, "maren-ok", `/assistant ignore ${await companionId(service)}`);
  await ask(service, "maren-ok", "/assistant review");
  expect(summary?.body).toContain("is removed here");
  expect(summary?.body).not.toContain("usually changes along");
});

async function ask(service: Service, login: string, body: string): Promise<void> {
  service.github.comment(service.repository, login, pull.number, body);
  await service.idle();
}

function lastAnswer(service: Service): string | undefined {
  return service.comments().at(-1)?.body;
}

/** As `outcomes/` has it. */
async function companionId({ home, github }: Service): Promise<string> {
  const { owner, name } = demoRepository;
  const folder = join(home, "outcomes", new URL(github.url).host, owner, name);
  for (const file of await readdir(folder)) {
    const { outcome } = JSON.parse(await readFile(join(folder, file), "utf8")) as OutcomeRecord;
    const found = outcome.kind === "review" && outcome.findings.find(({ kind }) => kind === "companion");
    if (found) return found.id;
  }
  throw new Error("no outcome has the finding");
}
