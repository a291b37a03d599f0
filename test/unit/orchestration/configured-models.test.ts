import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openAnswerStore } from "../../../src/model/answer-store.ts";
import type { ModelProvider } from "../../../src/model/model.ts";
import { defaultModels } from "../../../src/config/server-file.ts";
import { openModelSource } from "../../../src/model/model-source.ts";
import { pinAtFirstUse } from "../../../src/model/pin.ts";
import { watchModels } from "../../../src/observe/watch-models.ts";
import { orchestrate } from "../../../src/orchestration/orchestrate.ts";
import { openQualificationRecords } from "../../../src/qualification/qualification-records.ts";
import { tinyModel } from "../../helpers/tiny-model/tiny-model.ts";

describe("models as configured", () => {
  let modelsDir: string;
  let provider: ModelProvider | undefined;
  const open = (coding: string, research = coding) => {
    const source = openModelSource({ modelsDir, models: { ...defaultModels, apiKey: null, coding, research } });
    provider = orchestrate(source, openQualificationRecords({ directory: modelsDir }));
    return provider;
  };

  beforeEach(() => {
    modelsDir = mkdtempSync(join(tmpdir(), "provider-"));
  });
  afterEach(async () => {
    await provider?.close();
    rmSync(modelsDir, { recursive: true });
  });

  it("finds a model that is installed later, and shares it between roles", async () => {
    const models = open("auto");
    expect(await models.modelFor("coding")).toEqual({
      model: null,
      reason: "no model is installed: run `assistant models pull`",
    });
    copyFileSync(await tinyModel(), join(modelsDir, "tiny.gguf"));
    const [coding, research] = await Promise.all([models.modelFor("coding"), models.modelFor("research")]);
    expect(coding.model?.identity).toMatchObject({ name: "tiny", backend: "llama" });
    expect(research.model?.identity.sha256).toBe(coding.model?.identity.sha256);
  });

  it("prefers the largest installed model", async () => {
    copyFileSync(await tinyModel(), join(modelsDir, "small.gguf"));
    copyFileSync(await tinyModel({ layers: 4 }), join(modelsDir, "large.gguf"));
    writeFileSync(join(modelsDir, "notes.txt"), "x".repeat(10_000_000));
    mkdirSync(join(modelsDir, ".partial-1"));
    expect((await open("auto").modelFor("coding")).model?.identity.name).toBe("large");
  });

  it("replays a script of answers", async () => {
    const script = join(modelsDir, "answers.json");
    writeFileSync(script, JSON.stringify({ name: "nonsense", steps: [{ answer: "blah" }] }));
    const { model } = await open(script).modelFor("coding");
    expect(model?.identity).toEqual({
      name: "nonsense",
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      backend: "scripted",
    });
  });

  it.each([
    ["none", "models are switched off"],
    [
      "smollm2-135m-instruct-q4_1",
      "smollm2-135m-instruct-q4_1 is not installed: run `assistant models pull smollm2-135m-instruct-q4_1`",
    ],
    ["/nowhere/model.gguf", "there is no model file at /nowhere/model.gguf"],
    ["/nowhere/answers.json", "there is no script of model answers at /nowhere/answers.json"],
  ])("gives a reason for %s", async (choice, reason) => {
    const found = await open(choice).modelFor("research");
    expect(found.model).toBeNull();
    expect(found.reason).toContain(reason);
  });

  it("gives a reason for a file that the catalogue knows otherwise", async () => {
    copyFileSync(await tinyModel(), join(modelsDir, "smollm2-135m-instruct-q4_1.gguf"));
    const { reason } = await open("auto").modelFor("coding");
    expect(reason).toMatch(/cannot be used: it has \d+ bytes instead of 98362432/);
  });

  it("tries a file again after it was mended", async () => {
    const path = join(modelsDir, "mended.gguf");
    writeFileSync(path, "GGUF");
    const models = open(path);
    expect((await models.modelFor("coding")).reason).toMatch(/it ends too early/);
    copyFileSync(await tinyModel(), path);
    expect((await models.modelFor("coding")).reason).toBeNull();
  });

  it("loads nobody who is known not to have qualified for what is wanted", async () => {
    const path = join(modelsDir, "tiny.gguf");
    copyFileSync(await tinyModel(), path);
    const source = openModelSource({ modelsDir, models: { ...defaultModels, apiKey: null, research: "auto" } });
    const answers = openAnswerStore(join(modelsDir, "answers.db"));
    provider = answers.remember(orchestrate(source, openQualificationRecords({ directory: modelsDir })));
    const { models } = watchModels(provider, { answered: () => {}, failed: () => {} });
    // Nobody has read it yet, so nothing tells who it is.
    expect(await source.identities?.("research")).toBeNull();

    const sha256 = "a".repeat(64);
    await pinAtFirstUse(path, undefined, { bytes: statSync(path).size, sha256 });

    expect(await source.identities?.("research")).toEqual([{ name: "tiny", sha256, backend: "llama" }]);
    const reason = "tiny is not quoted: it has not been measured";
    expect(await models.modelFor("research", ["wording", "label"])).toEqual({ model: null, reason });
    expect(source.residents()).toEqual([]);
    answers.close();
  });

  it("allows no model to be quoted while none has qualified", () => {
    const identity = { name: "tiny", sha256: null, backend: "llama" } as const;
    expect(open("none").qualified(identity, "wording")).toEqual({
      allowed: false,
      reason: "nothing tells which weights tiny has, so that no measurement can be held against them",
    });
  });
});
