import { expect } from "vitest";
import { demoRefs, demoRepository } from "../../../fixtures/demo/demo-repository.ts";
import { gitText } from "../../../src/shared/git.ts";
import { it, type Service } from "../../helpers/service.ts";

const { owner, name } = demoRepository;
const config = "mode: auto\nreview:\n  check: true\n";

it.concurrent("shows a check run for each head, and runs it again on request", async ({ start }) => {
  const service = await start({ config });
  service.github.setPermission(service.repository, "maren-ok", "write");
  await service.openPull();
  await service.idle();
  expect(runs(service)).toEqual([{ head: await commit(service, "push1"), conclusion: "neutral" }]);
  const [first] = service.repository.checkRuns;
  expect(first?.title).toBe("3 findings");

  await service.push("push2");
  await service.idle();
  const head = await commit(service, "push2");
  expect(runs(service).slice(1)).toEqual([{ head, conclusion: "neutral" }]);

  await press(service, "stranger");
  expect(runs(service)).toHaveLength(2);
  await press(service, "maren-ok");
  expect(runs(service).slice(2)).toEqual([{ head, conclusion: "neutral" }]);
});

it.concurrent("ends the check run of a review that broke off before a newer push", async ({ start }) => {
  const service = await start({ config });
  const killed = new Promise<void>((resolve) => {
    const meanwhile = async (): Promise<void> => {
      await service.app.kill();
      resolve();
    };
    service.github.failNext({ match: /^POST .*\/issues\/\d+\/comments/, meanwhile, drop: "before" });
  });
  await service.openPull();
  await killed;
  expect(service.repository.checkRuns.map(({ status }) => status)).toEqual(["in_progress"]);

  service.github.hooks.setUrl(null);
  await service.push("push2");
  await service.restart();
  await service.idle();
  expect(runs(service)).toEqual([
    { head: await commit(service, "push1"), conclusion: "cancelled" },
    { head: await commit(service, "push2"), conclusion: "neutral" },
  ]);
});

it.concurrent("reviews all the same where check runs are not permitted", async ({ start }) => {
  const permissions = { contents: "read", issues: "write", pull_requests: "write" } as const;
  const service = await start({ config, permissions });
  await service.openPull();
  expect(await service.idle()).toMatchObject({ done: 1, failed: 0 });

  expect(service.comments()).toHaveLength(1);
  expect(service.app.logs).toContainEqual(expect.objectContaining({ msg: "the check run cannot be written" }));
});

function runs({ repository }: Service): { head: string; conclusion: string | null }[] {
  return repository.checkRuns.map(({ headSha, conclusion }) => ({ head: headSha, conclusion }));
}

async function commit({ repository }: Service, ref: keyof typeof demoRefs): Promise<string> {
  return gitText(repository.gitDir, ["rev-parse", demoRefs[ref]]);
}

/** GitHub's button beside the newest run. */
async function press(service: Service, login: string): Promise<void> {
  const { github, repository, installation } = service;
  const run = repository.checkRuns.at(-1);
  github.hooks.emit("check_run", {
    action: "rerequested",
    check_run: { id: run?.id, head_sha: run?.headSha, external_id: run?.externalId },
    repository: { name, owner: { login: owner } },
    installation: { id: installation.id },
    sender: { login, type: "User" },
  });
  await service.idle();
}
