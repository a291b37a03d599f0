import { expect } from "vitest";
import { demoRefs, demoRepository } from "../../../fixtures/demo/demo-repository.ts";
import { git } from "../../../src/shared/git.ts";
import { userNamed } from "../../helpers/github-server/state.ts";
import { commitFile, it, type Service } from "../../helpers/service.ts";

const { pull, planted } = demoRepository;
const remark = "Please clamp the page here: page 0 asked for a negative slice and the export lost its first rows.";

/** The demo's change once more and a bit, on another branch and under another number. */
async function openAgain({ github, repository }: Service): Promise<number> {
  await git(repository.gitDir, ["update-ref", "refs/heads/again", demoRefs.push1]);
  await commitFile(repository.gitDir, "again", "notes.txt", "Once more.\n");
  const title = "The same once more";
  const { number } = await github.openPull(repository, pull.author, {
    title,
    body: "",
    labels: [],
    head: "again",
    base: "main",
  });
  return number;
}

async function pushToMain(service: Service): Promise<void> {
  await service.github.push(service.repository, "maren-ok", "main", demoRefs.mainAfter);
  expect(await service.idle()).toMatchObject({ failed: 0 });
}

it.concurrent("remembers what people said on similar lines", async ({ start }) => {
  const service = await start();
  await service.openPull();
  await service.idle();
  const said = await service.github.reviewComment(service.repository, "maren-ok", pull.number, {
    path: planted.nearCopy.changed,
    line: 34,
    side: "RIGHT",
    body: remark,
  });
  await pushToMain(service);

  const number = await openAgain(service);
  await service.idle();

  const [summary] = service.comments(number);
  expect(summary?.body).toContain("**Said about similar code**");
  expect(summary?.body).toContain(`/pull/${pull.number}#discussion_r${said.id})`);
  expect(summary?.body).toContain("**Who knows this code**");
});

it.concurrent("does not take a program's word for a person's", async ({ start }) => {
  const service = await start();
  userNamed(service.github.state, "linter[bot]", "Bot");
  await service.openPull();
  await service.idle();
  await service.github.reviewComment(service.repository, "linter[bot]", pull.number, {
    path: planted.nearCopy.changed,
    line: 34,
    side: "RIGHT",
    body: remark,
  });
  await pushToMain(service);

  const number = await openAgain(service);
  await service.idle();

  expect(service.comments(number)[0]?.body).not.toContain("Said about similar code");
});
