import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findHome } from "../../src/config/home.ts";
import { catalogueEntry, defaultModelName, expectedWeights } from "../../src/model/catalogue.ts";
import { decide } from "../../src/model/decide.ts";
import { installModel } from "../../src/model/install.ts";
import { type LlamaModel, loadLlamaModel } from "../../src/model/llama-model.ts";
import { qualificationCases } from "../../src/qualification/cases/all-cases.ts";
import { quickSample } from "../../src/qualification/halves.ts";
import { qualifyModel } from "../../src/qualification/qualify-model.ts";

/** The default model: what it is worth is known, whatever MODEL_PATH names. */
async function load(): Promise<LlamaModel> {
  const path = await installModel(defaultModelName, { modelsDir: findHome(process.env).models });
  return loadLlamaModel({ path, name: defaultModelName, expected: expectedWeights(catalogueEntry(defaultModelName)) });
}

/** Some twenty answers, on a machine that may be busy. */
const timeout = 20 * 60_000;

describe("qualification of the default model", { timeout }, () => {
  let model: LlamaModel;
  beforeAll(async () => {
    model = await load();
  });
  afterAll(() => model.close());

  it("finds, in a few cases of each ability, that it may be quoted for nothing", async () => {
    const few = new Map<string, number>();
    const cases = quickSample(qualificationCases).filter(({ ability }) => {
      few.set(ability, (few.get(ability) ?? 0) + 1);
      return (few.get(ability) ?? 0) <= 3;
    });
    const { abilities, sha256, tokensPerSecond } = await qualifyModel(model, { decide, product: "test", cases });
    expect(sha256).toBe(catalogueEntry(defaultModelName).sha256);
    expect(tokensPerSecond).toBeGreaterThan(0);
    expect(abilities.map(({ ability, allowed }) => [ability, allowed])).toEqual([
      ["review", false],
      ["confirm", false],
      ["label", false],
      ["wording", false],
      ["edit", false],
    ]);
  });
});
