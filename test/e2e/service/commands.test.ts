import { expect } from "vitest";
import { demoRepository } from "../../../fixtures/demo/demo-repository.ts";
import { userNamed } from "../../helpers/github-server/state.ts";
import { it, type Service } from "../../helpers/service.ts";

const { pull, newIssue } = demoRepository;

/** Acts only when asked; what it finds may stand on lines. */
const mention = "mode: mention\nreview:\n  inline: [near-copy, dangling-reference, companion]\n";

it.concurrent("reviews when a writer asks, and not before", async ({ start }) => {
  const service = await start({ config: mention });
  await service.openPull();
  expect(await service.idle()).toMatchObject({ done: 1, failed: 0 });
  expect(service.writes()).toEqual([]);

  service.github.setPermission(service.repository, "maren-ok", "write");
  await ask(service, "maren-ok", "Thanks!\n\n/assistant review");
  expect(service.findings()).toHaveLength(3);
  expect(service.comments()).toHaveLength(1);

  await ask(service, "maren-ok", "/assistant review");
  expect(service.findings()).toHaveLength(3);
  expect(service.comments()).toHaveLength(1);
});

it.concurrent("triages an issue when somebody with the role asks", async ({ start }) => {
  const service = await start({ config: mention });
  service.github.openIssue(service.repository, newIssue.author, newIssue);
  await service.idle();
  expect(service.writes()).toEqual([]);

  service.github.setPermission(service.repository, "trivera", "triage");
  await ask(service, "trivera", "/assistant triage", newIssue.number);
  expect(service.comments(newIssue.number).map(({ body }) => body)).toEqual([
    expect.stringContaining("src/invoices/credit-note.ts"),
  ]);
});

it.concurrent("refuses people without the role, once for each command", async ({ start }) => {
  const service = await start({ config: mention });
  await service.openPull();
  service.github.setPermission(service.repository, "reader", "read");
  await ask(service, "reader", "/assistant review");
  await ask(service, "stranger", "/assistant review");

  const [delivery] = service.github.hooks.deliveries.filter(({ event }) => event === "issue_comment");
  await service.github.hooks.redeliver(delivery?.id ?? 0);
  await service.idle();
  expect(service.comments().map(({ body }) => body.split("\n")[0])).toEqual([
    "`/assistant review` needs the role `write` or higher in this repository.",
    "`/assistant review` needs the role `write` or higher in this repository.",
  ]);
  expect(service.repository.reviews).toEqual([]);
});

it.concurrent("ignores bots, quotes and code", async ({ start }) => {
  const service = await start({ config: mention });
  await service.openPull();
  userNamed(service.github.state, "renovate[bot]", "Bot");
  service.github.setPermission(service.repository, "renovate[bot]", "write");
  await service.idle();
  const counts = await service.counts();

  await ask(service, "renovate[bot]", "/assistant review");
  await ask(service, pull.author, "> /assistant review\n\nwhat does this do?");
  await ask(service, pull.author, "```\n/assistant review\n```");
  await ask(service, pull.author, "<!--\n/assistant review\n-->");
  expect(await service.counts()).toEqual(counts);
  expect(service.writes()).toEqual([]);
});

it.concurrent("answers help and unknown verbs with one comment each", async ({ start }) => {
  const service = await start({ config: mention });
  await service.openPull();
  await ask(service, "stranger", "/assistant help");
  await ask(service, "stranger", "/assistant reviev");

  const [help, unknown] = service.comments();
  expect(service.comments()).toHaveLength(2);
  expect(help?.body).toContain("- `/assistant review`: review this pull request now");
  expect(unknown?.body).toContain("There is no command `reviev`. Did you mean `/assistant review`?");
});

it.concurrent("does what a comment said when it was written", async ({ start }) => {
  const service = await start({ config: mention });
  await service.openPull();
  service.github.setPermission(service.repository, "maren-ok", "write");
  service.github.hooks.hold();
  const comment = service.github.comment(service.repository, "maren-ok", pull.number, "/assistant help");
  service.github.editComment(service.repository, "maren-ok", comment, "/assistant review");
  await service.github.hooks.flush();
  await service.idle();

  expect(service.comments().map(({ body }) => body)).toEqual([expect.stringContaining("Commands that work here")]);
  expect(service.repository.reviews).toEqual([]);
});

async function ask(service: Service, login: string, body: string, number = pull.number): Promise<void> {
  service.github.comment(service.repository, login, number, body);
  await service.idle();
}
