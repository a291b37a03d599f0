import { appendFileSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ModelSettings } from "../../../src/config/server-config.ts";
import { defaultModels } from "../../../src/config/server-file.ts";
import { type MachineFacts, machineFacts } from "../../../src/model/machine.ts";
import { estimateMemory } from "../../../src/model/memory.ts";
import type { Model, ModelRole } from "../../../src/model/model.ts";
import { type LocalModelSource, openModelSource } from "../../../src/model/model-source.ts";
import { sizeAndHeader } from "../../../src/model/local-file.ts";
import { tinyModel, type TinyModelOptions } from "../../helpers/tiny-model/tiny-model.ts";

const ask = { messages: [{ role: "user" as const, content: "Go on." }], maxTokens: 4 };

let modelsDir: string;
let source: LocalModelSource | undefined;
/** Memory of the machine that the tests pretend to have, for models alone. */
let roomBytes: number;

beforeEach(() => {
  modelsDir = mkdtempSync(join(tmpdir(), "source-"));
  roomBytes = Infinity;
});
afterEach(async () => {
  await source?.close();
  rmSync(modelsDir, { recursive: true });
});

type Choice = Partial<Omit<ModelSettings, "llama">> & { llama?: Partial<ModelSettings["llama"]> };

/** A machine whose memory is what the tests say, less what the source holds of it. */
function open(choice: Choice): LocalModelSource {
  const llama = { ...defaultModels.llama, slots: 1, ...choice.llama };
  const models: ModelSettings = { ...defaultModels, apiKey: null, ...choice, llama };
  const machine = async (): Promise<MachineFacts> => {
    const taken = opened.residents().reduce((sum, { bytes }) => sum + bytes, 0);
    return { ...(await machineFacts()), freeBytes: roomBytes - taken };
  };
  const opened = openModelSource({ modelsDir, models, machine });
  source = opened;
  return opened;
}

/** Puts a real model where installed ones lie; different layers are different files. */
async function install(name: string, options: TinyModelOptions = {}): Promise<string> {
  const path = join(modelsDir, `${name}.gguf`);
  copyFileSync(await tinyModel(options), path);
  return path;
}

async function needOf(path: string): Promise<number> {
  return estimateMemory(await sizeAndHeader(path), { slots: 1 }).total;
}

async function first(role: ModelRole): Promise<Model> {
  const { groups, missing } = await (source as LocalModelSource).candidates(role);
  const [model] = (await groups[0]?.open()) ?? [];
  if (model === undefined) throw new Error(missing.join("; "));
  return model;
}

const resident = () => source?.residents().map(({ name }) => name);

describe("choices in order", () => {
  it("says why the first ones are not there, and opens the first that is", async () => {
    await install("small");
    open({ coding: ["not-there", join(modelsDir, "gone.gguf"), "small", "none"] });
    const { groups, missing } = await (source as LocalModelSource).candidates("coding");
    expect(missing).toEqual([
      `there is no model named not-there: neither in the catalogue nor at ${join(modelsDir, "not-there.gguf")}`,
      `there is no model file at ${join(modelsDir, "gone.gguf")}`,
    ]);
    expect(groups.map(({ name }) => name)).toEqual(["small"]);
    expect((await (await first("coding")).generate(ask)).model.name).toBe("small");
  });

  it("opens later groups on demand only", async () => {
    await install("one");
    await install("two", { layers: 2 });
    open({ coding: ["one", "two"] });
    const { groups } = await (source as LocalModelSource).candidates("coding");
    expect(resident()).toEqual(["one"]);
    await groups[1]?.open();
    expect(resident()).toEqual(["one", "two"]);
  });

  it("gives those peers that open, and tries the others again", async () => {
    const [early, later] = [join(modelsDir, "a.json"), join(modelsDir, "b.json")];
    writeFileSync(early, JSON.stringify({ name: "a", steps: [] }));
    open({ coding: [[early, later]] });
    const { groups } = await (source as LocalModelSource).candidates("coding");
    expect(await groups[0]?.open()).toHaveLength(1);
    writeFileSync(later, JSON.stringify({ name: "b", steps: [] }));
    const models = await groups[0]?.open();
    expect(models?.map(({ identity }) => identity.name)).toEqual(["a", "b"]);
    await source?.close();
    expect((await source?.candidates("coding"))?.missing).toEqual([`the model ${early} is closed`]);
  });

  it("has nothing after none, and says so where it stands alone", async () => {
    open({ coding: "none", research: ["nowhere", "none"] });
    expect(await (source as LocalModelSource).candidates("coding")).toEqual({
      groups: [],
      missing: ["models are switched off"],
    });
    expect((await (source as LocalModelSource).candidates("research")).missing).toHaveLength(1);
  });

  it("names the adapter that is not there", async () => {
    await install("a");
    open({ coding: "a", llama: { lora: [{ model: "a", path: "/nowhere/a.gguf", scale: 1 }] } });
    expect((await (source as LocalModelSource).candidates("coding")).missing).toEqual([
      "there is no adapter at /nowhere/a.gguf",
    ]);
  });

  it("loads a file once, however many ask; after closing nothing more", async () => {
    await install("a");
    // An adapter of another model is none of its business.
    const lora = [{ model: "b", path: "/nowhere/a.gguf", scale: 1 }];
    open({ coding: "a", research: join(modelsDir, "a.gguf"), llama: { lora } });
    const models = await Promise.all([first("coding"), first("research"), first("coding")]);
    expect(new Set(models).size).toBe(1);
    expect(resident()).toEqual(["a"]);
    await source?.close();
    expect((await source?.candidates("coding"))?.missing).toEqual(["the model a is closed"]);
    await expect(models[0].generate(ask)).rejects.toMatchObject({ code: "model-closed" });
    expect(models[0].identity.name).toBe("a");
  });

  it("remembers what an installed file was, and refuses another one in its place", async () => {
    const path = await install("a");
    open({ coding: "a" });
    await first("coding");
    await source?.close();
    appendFileSync(path, Buffer.alloc(32));
    open({ coding: "a" });
    expect((await (source as LocalModelSource).candidates("coding")).missing[0]).toMatch(/bytes instead of/);
  });
});

describe("auto", () => {
  it("falls back to the next where the best fails to load", async () => {
    await install("small");
    const broken = await install("broken", { layers: 12 });
    const { bytes } = await sizeAndHeader(broken);
    const other = { source: "", bytes: bytes + 1, sha256: "0".repeat(64), at: "", acceptedLicence: null };
    writeFileSync(`${broken}.json`, JSON.stringify(other));
    open({});
    expect((await first("coding")).identity.name).toBe("small");
  });
});

describe("a model that is asked for by name", () => {
  const named = async (role: ModelRole, name: string) => {
    const { groups, missing } = await (source as LocalModelSource).candidates(role, name);
    const models = await Promise.all(groups.map(async (group) => (await group.open())[0]?.identity.name));
    return { models, missing };
  };

  it("is the only one of the configured ones that is opened", async () => {
    await install("a");
    await install("b", { layers: 2 });
    open({ coding: ["a", "b"], research: "a" });
    expect(await named("coding", "b")).toEqual({ models: ["b"], missing: [] });
    expect(resident()).toEqual(["b"]);
    expect((await (source as LocalModelSource).identities?.("coding", "b"))?.map(({ name }) => name)).toEqual(["b"]);
  });

  it("is none where it is installed but not configured for the role: the server chooses what may be asked for", async () => {
    await install("a");
    const path = await install("b", { layers: 2 });
    open({ coding: "a", research: path });
    const refused = (name: string) => `${name} is not among the models that this server has for coding`;
    expect(await named("coding", "b")).toEqual({ models: [], missing: [refused("b")] });
    expect(await named("coding", path)).toEqual({ models: [], missing: [refused(path)] });
    expect(await named("research", "b")).toEqual({ models: ["b"], missing: [] });
    expect(resident()).toEqual(["b"]);
  });

  it("may be any installed one where the server says auto", async () => {
    await install("small");
    await install("large", { layers: 4 });
    open({ coding: "auto" });
    expect((await named("coding", "small")).models).toEqual(["small"]);
    expect(await named("coding", "huge")).toEqual({
      models: [],
      missing: ["huge is not among the models that this server has for coding"],
    });
    expect((await (source as LocalModelSource).identities?.("coding", "small"))?.[0]?.name).toBe("small");
  });

  it("is off where the server has models switched off", async () => {
    await install("a");
    open({ coding: "none" });
    expect((await named("coding", "a")).models).toEqual([]);
  });
});

describe("models that do not fit together", () => {
  it("are loaded in turns, and whoever holds one does not notice", async () => {
    const [a, b] = [await install("a", { layers: 2 }), await install("b", { layers: 3 })];
    roomBytes = Math.max(await needOf(a), await needOf(b)) * 1.5;
    open({ coding: "a", research: "b" });
    const [coding, research] = [await first("coding"), await first("research")];
    expect(resident()).toEqual(["b"]);
    // The coding model is asked while the research model works.
    const answers = await Promise.all([research.generate(ask), coding.generate(ask)]);
    expect(answers.map(({ model }) => model.name)).toEqual(["b", "a"]);
    expect(resident()).toEqual(["a"]);
    expect(research.identity).toMatchObject({ name: "b", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it("are refused by name where one would not fit alone", async () => {
    await install("a");
    roomBytes = 100e6;
    open({ coding: "a" });
    const { missing } = await (source as LocalModelSource).candidates("coding");
    expect(missing[0]).toMatch(/^a: the model needs about \d+ MB of memory, 100 MB are free$/);
  });
});
