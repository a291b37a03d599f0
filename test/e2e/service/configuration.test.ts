import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { demoRefs, demoRepository } from "../../../fixtures/demo/demo-repository.ts";
import type { OutcomeRecord } from "../../../src/publish/outcome-file.ts";
import { gitText } from "../../../src/shared/git.ts";
import { commitFile, it, type Service } from "../../helpers/service.ts";

const { pull, newIssue } = demoRepository;

it.concurrent("writes nothing to GitHub in preview, and keeps every outcome as a file", async ({ start }) => {
  const service = await start({ config: "mode: preview\nreview:\n  inline: [near-copy]\n" });
  await service.openPull();
  service.github.openIssue(service.repository, newIssue.author, newIssue);
  service.github.comment(service.repository, "stranger", pull.number, "/assistant help");
  service.github.comment(service.repository, "stranger", pull.number, "/assistant review");
  expect(await service.idle()).toMatchObject({ done: 4, failed: 0 });

  expect(service.writes()).toEqual([]);
  const records = readOutcomes(service);
  expect(records.map(({ outcome }) => outcome.kind).sort()).toEqual(["answer", "answer", "review", "triage"]);
  expect(records.map(({ receipt }) => receipt)).toEqual([null, null, null, null]);
  const review = records.map(({ outcome }) => outcome).find(({ kind }) => kind === "review");
  expect(review).toMatchObject({ findings: [{}, { kind: "near-copy", placement: "inline" }, {}] });
});

it.concurrent("puts findings into the summary where no kind may stand on lines", async ({ start }) => {
  const service = await start({ config: "mode: auto\n" });
  await service.openPull();
  await service.idle();

  expect(service.repository.reviews).toEqual([]);
  expect(service.comments()).toHaveLength(1);
  const body = service.comments()[0]?.body;
  expect(body).toContain("3 notes below");
  expect(body).toContain("`parseMoney` is removed here");
  expect(body).toContain("src/invoices/list-invoices.ts:28");
  expect(body).toContain("`docs/api.md` usually changes along");
});

it.concurrent("uses the defaults where the file is not valid, and says so in the log", async ({ start }) => {
  const service = await start({ config: "mode: auto\nreviews: [\n" });
  await service.openPull();
  expect(await service.idle()).toMatchObject({ done: 1, failed: 0 });

  expect(service.writes()).toEqual([]);
  expect(service.app.logs).toContainEqual(
    expect.objectContaining({ problem: expect.stringContaining(".github/assistant.yml is not valid") as string }),
  );
  service.github.setPermission(service.repository, "maren-ok", "write");
  service.github.comment(service.repository, "maren-ok", pull.number, "/assistant review");
  await service.idle();
  expect(service.comments()[0]?.body).toContain("3 notes below");
});

it.concurrent("does not let a pull request change its own rules", async ({ start }) => {
  const service = await start();
  const { gitDir } = service.repository;
  const branch = "refs/heads/own-rules";
  await gitText(gitDir, ["update-ref", branch, demoRefs.push1]);
  await commitFile(gitDir, "own-rules", ".github/assistant.yml", "mode: preview\nreview:\n  enabled: false\n");
  await gitText(gitDir, ["update-ref", demoRefs.push1, branch]);
  await service.openPull();
  await service.idle();

  expect(service.findings()).toHaveLength(3);
  expect(service.comments()).toHaveLength(1);
});

function readOutcomes({ home, github }: Service): OutcomeRecord[] {
  const folder = join(home, "outcomes", new URL(github.url).host, demoRepository.owner, demoRepository.name);
  return readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as OutcomeRecord);
}
