import { expect } from "vitest";
import { demoRepository } from "../../../fixtures/demo/demo-repository.ts";
import { it, type Service, waitFor } from "../../helpers/service.ts";

/** Kills the program while GitHub has the first request that matches: `before` or `after` GitHub has carried it out. */
function killDuring(match: RegExp, drop: "before" | "after") {
  return async (service: Service): Promise<void> => {
    let killed = false;
    const meanwhile = async (): Promise<void> => {
      await service.app.kill();
      killed = true;
    };
    service.github.failNext({ match, drop, meanwhile });
    await service.openPull();
    await waitFor(`a request that matches ${match.source}`, () => killed);
  };
}

/** Kills the program once it has logged a message or a step. */
function killAfter(logged: string) {
  return async (service: Service): Promise<void> => {
    await service.openPull();
    await waitFor(`"${logged}" in the log`, () =>
      service.app.logs.some(({ msg, step }) => [msg, step].includes(logged)),
    );
    await service.app.kill();
  };
}

async function killOnceAnswered(service: Service): Promise<void> {
  await service.openPull();
  await service.github.hooks.settled();
  await service.app.kill();
}

const moments: [moment: string, kill: (service: Service) => Promise<void>][] = [
  ["right after the webhook was answered", killOnceAnswered],
  ["while git fetches", killDuring(/^POST .*\/git-upload-pack$/, "before")],
  ["while the engram is built", killAfter("updating the engram")],
  ["while evidence is gathered", killAfter("gathering evidence")],
  ["before the review is written", killDuring(/^POST .*\/reviews$/, "before")],
  ["after the review was written, before the answer", killDuring(/^POST .*\/reviews$/, "after")],
  ["between review and summary", killDuring(/^GET .*\/issues\/47\/comments/, "before")],
  ["after the summary was written, before the answer", killDuring(/^POST .*\/issues\/47\/comments$/, "after")],
  ["after everything was written", killAfter("published")],
];

it.concurrent.for(moments)("finishes exactly once although it is killed %s", async ([, kill], { start }) => {
  const service = await start();
  await kill(service);
  await service.restart();

  expect(await service.idle()).toEqual({ waiting: 0, running: 0, done: 1, failed: 0 });
  expect(service.findings().map(({ original }) => original.path)).toEqual([
    "src/money/parse.ts",
    "src/orders/list-orders.ts",
    "src/api/routes.ts",
  ]);
  expect(service.repository.reviews).toHaveLength(1);
  expect(service.comments()).toHaveLength(1);
  expect(service.comments()[0]?.body).toContain("3 comments on lines");
});

it.concurrent("answers an issue once although it is killed before GitHub's answer to the comment", async ({
  start,
}) => {
  const service = await start();
  const { newIssue } = demoRepository;
  let killed = false;
  service.github.failNext({
    match: /^POST .*\/issues\/48\/comments$/,
    drop: "after",
    meanwhile: async () => {
      await service.app.kill();
      killed = true;
    },
  });
  service.github.openIssue(service.repository, newIssue.author, newIssue);
  await waitFor("the triage comment", () => killed);
  await service.restart();

  expect(await service.idle()).toMatchObject({ done: 1, failed: 0 });
  expect(service.comments(newIssue.number)).toHaveLength(1);
});
