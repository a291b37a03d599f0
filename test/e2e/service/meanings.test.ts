import { cpSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { expect } from "vitest";
import { demoRepository } from "../../../fixtures/demo/demo-repository.ts";
import { encoderName } from "../../../src/model/catalogue.ts";
import { it, type Service } from "../../helpers/service.ts";
import { tinyEncoder } from "../../helpers/tiny-bert/tiny-bert.ts";

const { owner, name, issues, newIssue } = demoRepository;

it("an encoder that is installed reads all issues in the background, and the comment stays as it is in form", async ({
  start,
}) => {
  const service = await start({ config: "mode: auto\n" });
  const models = join(service.home, "models");
  mkdirSync(models, { recursive: true });
  cpSync(await tinyEncoder(), join(models, `${encoderName}.gguf`));
  const { github, repository } = service;
  github.hooks.setUrl(null);
  for (const issue of issues) {
    github.openIssue(repository, issue.author, { ...issue, createdAt: "2024-01-01T00:00:00Z" });
    if (issue.state === "closed") github.closeIssue(repository, issue.author, issue.number);
  }
  github.hooks.setUrl(service.app.webhookUrl);

  github.openIssue(repository, newIssue.author, newIssue);
  await service.idle();
  expect(await service.counts()).toMatchObject({ failed: 0 });
  const all = [...issues.map(({ number }) => number), newIssue.number].sort((a, b) => a - b);
  expect(vectors(service)).toEqual(all);
  expect(service.comments(newIssue.number)).toHaveLength(1);

  // What they mean is there now: a text of whatever words has something like it.
  github.openIssue(repository, newIssue.author, { ...newIssue, number: 200 });
  await service.idle();
  const body = service.comments(200)[0]?.body;
  expect(body).toMatch(/\*\*Similar issues\*\*\n\n- \[#\d+\]/);
  expect(body).toContain(`[#${newIssue.number}]`);
  expect(vectors(service)).toEqual([...all, 200]);

  github.deleteIssue(repository, owner, 200);
  await service.idle();
  expect(vectors(service)).toEqual(all);
});

/** Numbers of the issues that have one. */
function vectors({ home }: Service): number[] {
  const trackers = join(home, "trackers");
  const [file = ""] = readdirSync(trackers, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(`${name}.tracker`),
  );
  const db = new Database(join(trackers, file), { readonly: true });
  const rows = db.prepare("SELECT issue FROM issue_vector ORDER BY issue").all([]) as { issue: number }[];
  db.close();
  return rows.map(({ issue }) => issue);
}
