import { expect, it } from "vitest";
import { askedModels } from "../../../src/model/asked-models.ts";
import type { ModelProvider } from "../../../src/model/model.ts";

/** Tells what it is asked. */
function asking(): { provider: ModelProvider; asked: unknown[][] } {
  const asked: unknown[][] = [];
  const provider: ModelProvider = {
    async modelFor(...question) {
      asked.push(question);
      return { model: null, reason: "there is none" };
    },
    qualified: () => ({ allowed: true, reason: "measured" }),
    close: async () => {},
  };
  return { provider, asked };
}

it("asks nobody where a repository wants no model, and says whose wish that is", async () => {
  const { provider, asked } = asking();
  const models = askedModels(provider, { coding: "none" });
  expect(await models.modelFor("coding", ["review"])).toEqual({
    model: null,
    reason: "the repository's configuration asks for none",
  });
  expect(asked).toEqual([]);
});

it("asks for the model that a repository names for a role, and leaves the other role to the server", async () => {
  const { provider, asked } = asking();
  const models = askedModels(provider, { coding: "small-7b" });
  await models.modelFor("coding", ["review"]);
  await models.modelFor("research", ["wording"]);
  expect(asked).toEqual([
    ["coding", ["review"], "small-7b"],
    ["research", ["wording"], undefined],
  ]);
});
