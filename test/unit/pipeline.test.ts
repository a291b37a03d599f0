import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { repositoryConfigSchema } from "../../src/config/repository-config.ts";
import { createMemoryEngramStore } from "../../src/engram/memory-engram-store.ts";
import type { ModelProvider } from "../../src/model/model.ts";
import { fakeModel } from "../helpers/fake-model.ts";
import { runReview } from "../../src/pipeline.ts";
import type { ReviewOutcome } from "../../src/publish/outcome.ts";
import type { Publisher } from "../../src/publish/publisher.ts";
import { openLocalClone } from "../../src/workspace/local-clone.ts";
import { createRepository, type TestRepository } from "../helpers/git-repository.ts";
import { plainUnits } from "../helpers/plain-units.ts";
import { createPastStores } from "../helpers/past-stores.ts";

let repository: TestRepository;
let past: ReturnType<typeof createPastStores>;
/** What happened, in order. */
let log: string[];
let published: ReviewOutcome[];

beforeEach(() => {
  log = [];
  published = [];
  repository = createRepository();
  past = createPastStores();
  repository.write("a.ts", "export const a = 1;\n");
  repository.commit("One");
  repository.git("switch", "-q", "-c", "feature");
  repository.write("a.ts", "export const a = 2;\n");
  repository.commit("Two");
});
afterEach(() => {
  repository.dispose();
  past.dispose();
});

const publisher: Publisher = {
  publish: async (outcome) => {
    log.push("publish");
    published.push(outcome as ReviewOutcome);
    return { posted: 0, addressed: 0, standing: 0, summary: log.includes("generate") ? "updated" : "created" };
  },
};

const model = fakeModel(() => {
  log.push("generate");
  return JSON.stringify({ verdict: "no problem", remarks: [] });
});

async function review(found: Awaited<ReturnType<ModelProvider["modelFor"]>>) {
  const models: ModelProvider = {
    modelFor: async () => found,
    qualified: () => ({ allowed: false, reason: "not qualified" }),
    close: async () => {},
  };
  const workspace = await openLocalClone(repository.dir);
  const [target, head] = [repository.git("rev-parse", "main"), repository.git("rev-parse", "feature")];
  const signal = new AbortController().signal;
  return runReview(
    {
      subject: null,
      asked: true,
      workspace,
      engramKey: "k",
      engramCommit: target,
      target,
      head,
      defaultCommit: target,
      learn: true,
      others: [],
      publisher,
      signal,
      config: repositoryConfigSchema.parse({}),
      progress: () => {},
    },
    { engrams: createMemoryEngramStore(), past, units: plainUnits(), models },
  );
}

describe("runReview", () => {
  it("publishes what code found before a model begins to read, and updates it after", async () => {
    const { outcome, receipt } = await review({ model, reason: null });

    expect(log).toEqual(["publish", "generate", "publish"]);
    expect(published.map(({ model: { name, note } }) => [name, note])).toEqual([
      [null, expect.stringMatching(/^fake is reading the change: 1 part, about \d+ tokens, at most 5 minutes$/)],
      ["fake", expect.stringMatching(/^read 1 of 1 part/)],
    ]);
    expect(published[1]).toBe(outcome);
    expect(receipt.summary).toBe("created");
  });

  it("publishes once, with the reason, where there is no model", async () => {
    await review({ model: null, reason: "no model is installed" });

    expect(log).toEqual(["publish"]);
    expect(published[0]?.model).toMatchObject({ name: null, note: "no model is installed" });
  });
});
