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

it.concurrent("uses the defaults where the file is not valid, and says so once to whoever asks", async ({ start }) => {
  const service = await start({ config: "mode: preview\nreviews: {}\n" });
  await service.openPull();
  expect(await service.idle()).toMatchObject({ done: 1, failed: 0 });
  expect(service.writes()).toEqual([]);
  expect(service.app.logs).toContainEqual(
    expect.objectContaining({ problem: expect.stringContaining(".github/assistant.yml is not valid") as string }),
  );

  service.github.setPermission(service.repository, "maren-ok", "write");
  for (const body of ["/assistant review", "/assistant review", "/assistant help"]) {
    service.github.comment(service.repository, "maren-ok", pull.number, body);
    await service.idle();
  }
  const [report, summary, help] = service.comments();
  expect(service.comments()).toHaveLength(3);
  expect(report?.body).toContain("line 2: reviews is not a known key; did you mean review?");
  expect(summary?.body).toContain("3 notes below");
  expect(help?.body).not.toContain("is not valid");
});

it.concurrent("says unasked, and once, that a file is not valid that asks for reviews", async ({ start }) => {
  const service = await start({ config: "mode: auto\nreviews: [\n" });
  await service.openPull();
  await service.idle();
  await service.push("push2");
  await service.idle();

  expect(service.comments().map(({ body }) => body)).toEqual([expect.stringMatching(/is not valid.* at line 3/)]);
  const { gitDir } = service.repository;
  await gitText(gitDir, ["update-ref", "refs/heads/again", demoRefs.push1]);
  const again = { ...pull, number: pull.number + 1, title: "Again", head: "again", base: "main" };
  await service.github.openPull(service.repository, pull.author, again);
  await service.idle();
  expect(service.comments(again.number)).toEqual([]);
});

it.concurrent("tells a pull request what its new rules would do, and goes by the old ones", async ({ start }) => {
  const service = await start();
  const text = "mode: auto\nreview:\n  labels: {only: [ready]}\n";
  await openWithConfig(service, text);
  await service.idle();
  expect(service.findings()).toHaveLength(3);
  const [note, summary] = service.comments();
  expect(service.comments()).toHaveLength(2);
  expect(note?.body).toContain('`review.labels.only`: `[]` → `["ready"]`');
  expect(note?.body).toContain("would not be reviewed unasked: none of the labels ready");
  expect(summary?.body).toContain("Review of");

  await commitFile(service.repository.gitDir, pull.branch, configPath, "mode: auto\nreview:\n  draft: true\n");
  await service.github.push(service.repository, pull.author, pull.branch);
  await service.idle();
  expect(note?.body).toContain("line 3: review.draft is not a known key; did you mean review.drafts?");

  await service.push("push2");
  await service.idle();
  expect(note?.body).toContain("does not change `.github/assistant.yml` any more");
  expect(service.comments()).toHaveLength(2);
});

it.concurrent("does not let a pull request change its own rules", async ({ start }) => {
  const service = await start();
  await openWithConfig(service, "mode: preview\nreview:\n  enabled: false\n");
  await service.idle();

  expect(service.findings()).toHaveLength(3);
  expect(service.comments()).toHaveLength(2);
  expect(service.comments()[0]?.body).toContain("`mode`: `auto` → `preview`");
});

it.concurrent("goes by the organisation's file where the repository has none", async ({ start }) => {
  const service = await start();
  const { repository, installation, github } = service;
  await commitFile(repository.gitDir, "main", configPath, null);
  const gitDir = await organisationRepository(service, "mode: auto\nreview:\n  bots: true\n");
  // Public, but the App is not installed there.
  await service.openPull();
  await service.idle();
  expect(service.writes()).toEqual([]);

  installation.repositories.add(`${demoRepository.owner}/.github`);
  await service.app.stop();
  await service.restart();
  await service.push("push2");
  await service.idle();
  expect(service.comments()).toHaveLength(1);
  const asked = github.state.requests.length;

  // Kept for a while: nobody asks again.
  await commitFile(gitDir, "main", configPath, "mode: mention\n");
  await service.push("push1");
  await service.idle();
  expect(service.comments()[0]?.body).toContain("Review of");
  const later = github.state.requests.slice(asked).map(({ path }) => path);
  expect(later.filter((path) => path.includes("/.github/"))).toEqual([]);
});

it.concurrent("does nothing where GitHub refuses to tell the organisation's file", async ({ start }) => {
  const service = await start();
  await commitFile(service.repository.gitDir, "main", configPath, null);
  await organisationRepository(service, "mode: auto\n");
  service.installation.repositories.add(`${demoRepository.owner}/.github`);
  service.github.failNext({ match: /\/\.github\/installation/, status: 403, message: "no", times: 10 });
  await service.openPull();
  expect(await service.idle()).toMatchObject({ failed: 1 });

  expect(service.writes()).toEqual([]);
  const err = expect.objectContaining({ code: "owner-config-refused" }) as unknown;
  expect(service.app.logs).toContainEqual(expect.objectContaining({ err }));
});

const configPath = ".github/assistant.yml";

/** The demo's change, with a file of rules of its own. */
async function openWithConfig(service: Service, text: string): Promise<void> {
  const { gitDir } = service.repository;
  const branch = "refs/heads/own-rules";
  await gitText(gitDir, ["update-ref", branch, demoRefs.push1]);
  await commitFile(gitDir, "own-rules", configPath, text);
  await gitText(gitDir, ["update-ref", demoRefs.push1, branch]);
  await service.openPull();
}

/** `.github`, with a file of defaults; where it is on this machine. */
async function organisationRepository({ github, home }: Service, text: string): Promise<string> {
  const gitDir = join(home, "organisation.git");
  await gitText(home, ["init", "--quiet", "--bare", "--initial-branch=main", gitDir]);
  const first = "commit refs/heads/main\ncommitter Maren <maren@alderwood.example> 1757926800 +0200\ndata 0\n";
  await gitText(gitDir, ["fast-import", "--quiet"], { input: first });
  await commitFile(gitDir, "main", configPath, text);
  github.createRepository({ owner: demoRepository.owner, name: ".github", gitDir });
  return gitDir;
}

function readOutcomes({ home, github }: Service): OutcomeRecord[] {
  const folder = join(home, "outcomes", new URL(github.url).host, demoRepository.owner, demoRepository.name);
  return readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as OutcomeRecord);
}
