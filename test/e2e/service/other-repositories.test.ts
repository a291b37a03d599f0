import { cpSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { demoRefs, demoRepository } from "../../../fixtures/demo/demo-repository.ts";
import { git, gitText } from "../../../src/shared/git.ts";
import type { Repository } from "../../helpers/github-server/github-server.ts";
import { it, type Service } from "../../helpers/service.ts";

const { owner, name, defaultBranch } = demoRepository;
const other = "ledger";
const homeFiles = {
  "config.yml": `evidence:\n  repositories:\n    - subject: ${owner}/${name}\n      from: [${owner}/${other}]\n`,
};

it.concurrent("cites a repository that the operator lists, where everybody who reads the one may read the other", async ({
  start,
}) => {
  const service = await start({ homeFiles, config: "mode: auto\nreview: {inline: [near-copy]}\n" });
  await addOther(service);
  await service.openPull();
  await service.idle();

  const commit = await gitText(service.repository.gitDir, ["rev-parse", demoRefs.main]);
  expect(written(service)).toContain(`/${owner}/${other}/blob/${commit.trim()}/src/`);
});

it.concurrent("says nothing of it where one person may not read it, and nothing to whom it is not listed for", async ({
  start,
}) => {
  const service = await start({ homeFiles, config: "mode: auto\nreview: {inline: [near-copy]}\n" });
  const ledger = await addOther(service);
  service.github.setPermission(service.repository, "guest", "read");
  await service.openPull();
  await service.idle();

  expect(service.comments()).not.toEqual([]);
  expect(written(service)).not.toContain(other);
  expect(service.app.logs).toContainEqual(
    expect.objectContaining({ reason: "not everybody who reads the subject may read it", msg: "not cited" }),
  );

  service.github.setPermission(ledger, "guest", "read");
  await service.push("push2");
  await service.idle();
  expect(written(service)).toContain(`/${owner}/${other}/blob/`);
});

it.concurrent("leaves it out of a comment on a push where somebody gained the right to read that comment meanwhile", async ({
  start,
}) => {
  const config = "mode: auto\nreview: {inline: [near-copy], push: comment}\n";
  const service = await start({ homeFiles, config });
  await addOther(service);
  const { github, repository } = service;
  const readers = new RegExp(`^GET /repos/${owner}/${other}/collaborators`);
  const invite = (): void => github.setPermission(repository, "guest", "read");
  // Asked before the work, and when all is found; the comment comes last.
  github.failNext({ match: readers });
  github.failNext({ match: readers, meanwhile: invite });
  await service.push("push1");
  await service.idle();

  const [comment] = repository.commitComments;
  expect(repository.commitComments).toHaveLength(1);
  expect(comment?.body).not.toContain(other);
  expect(repository.roles.get("guest")).toBe("read");
});

/** A private repository of the same owner, with the same code and the same people, which this server has read. */
async function addOther(service: Service): Promise<Repository> {
  const gitDir = join(service.home, "..", `${other}.git`);
  cpSync(service.repository.gitDir, gitDir, { recursive: true });
  await git(gitDir, ["update-ref", `refs/heads/${defaultBranch}`, `${demoRefs.main}~1`]);
  const repository = service.github.createRepository({ owner, name: other, gitDir });
  service.installation.repositories.add(`${owner}/${other}`);
  await service.github.push(repository, "maren-ok", defaultBranch, demoRefs.main);
  await service.idle();
  return repository;
}

function written(service: Service): string {
  const comments = [...service.repository.comments, ...service.repository.reviewComments];
  return JSON.stringify([comments, service.repository.reviews]);
}
