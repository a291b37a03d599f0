import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defaultModels } from "../../../src/config/server-file.ts";
import { type AutoModel, rankForRole } from "../../../src/model/auto-model.ts";
import { type AutoMemory, chooseAuto } from "../../../src/model/choose-auto.ts";
import { writeGguf } from "../../../src/model/gguf-writer.ts";
import { sizeAndHeader } from "../../../src/model/local-file.ts";
import { machineFacts } from "../../../src/model/machine.ts";
import { estimateMemory } from "../../../src/model/memory.ts";
import type { ModelRole } from "../../../src/model/model.ts";
import { tinyModel, type TinyModelOptions } from "../../helpers/tiny-model/tiny-model.ts";

describe("rankForRole", () => {
  const model = (name: string, size: number, more: Partial<AutoModel> = {}): AutoModel => {
    const bytes = { bytes: size, leastBytes: size, mostBytes: size + 10 };
    return { path: name, name, roles: null, chat: true, ...bytes, ...more };
  };
  const small = model("small", 10);
  const large = model("large", 50);
  const coder = model("coder", 40, { roles: ["coding"] });
  const reader = model("reader", 30, { roles: ["research"] });
  const rank = (role: ModelRole, models: AutoModel[], room: number, other: AutoModel | null = null) =>
    rankForRole(role, models, room, other).map(({ name }) => name);

  it("prefers the largest that fits", () => {
    expect(rank("coding", [small, large], 100)).toEqual(["large", "small"]);
    expect(rank("coding", [small, large], 49)).toEqual(["small"]);
    expect(rank("coding", [small, large], 9)).toEqual([]);
  });

  it("prefers what was made for the role, and does with the other where there is none", () => {
    expect(rank("research", [small, coder, reader], 100)).toEqual(["reader", "small", "coder"]);
    expect(rank("research", [coder], 100)).toEqual(["coder"]);
  });

  it("leaves room for the other role's model with all its slots, and shares it where nothing fits beside it", () => {
    expect(rank("research", [reader, coder], 80, coder)).toEqual(["reader", "coder"]);
    expect(rank("research", [reader, coder], 79, coder)).toEqual(["coder"]);
    expect(rank("research", [small, large], 59, large)).toEqual(["large"]);
  });

  it("passes over what cannot be asked", () => {
    expect(rank("coding", [small, model("base", 60, { chat: false })], 100)).toEqual(["small"]);
  });
});

describe("chooseAuto", () => {
  let modelsDir: string;
  let freeBytes: number;
  let memory: AutoMemory;
  beforeEach(() => {
    modelsDir = mkdtempSync(join(tmpdir(), "auto-"));
    freeBytes = Infinity;
    memory = new Map();
  });
  afterEach(() => rmSync(modelsDir, { recursive: true }));

  async function install(name: string, options: TinyModelOptions = {}): Promise<number> {
    const path = join(modelsDir, `${name}.gguf`);
    copyFileSync(await tinyModel(options), path);
    return estimateMemory(await sizeAndHeader(path)).total;
  }

  async function choose(role: ModelRole, coding = "auto", research = "auto"): Promise<string[]> {
    const llama = { ...defaultModels.llama, slots: 1 };
    const models = { ...defaultModels, apiKey: null, coding, research, llama };
    const machine = async () => ({ ...(await machineFacts()), freeBytes });
    const files = await chooseAuto(role, { models, modelsDir, machine, loaded: [], memory });
    return files.map(({ name }) => name);
  }

  it("weighs real files by their heads", async () => {
    const small = await install("small");
    await install("large", { layers: 12 });
    expect(await choose("coding")).toEqual(["large", "small"]);
    memory.clear();
    freeBytes = small;
    expect(await choose("coding")).toEqual(["small"]);
    expect(await choose("research")).toEqual(["small"]);
  });

  it("counts memory that models hold already as theirs", async () => {
    const small = await install("small");
    const loaded = [{ key: "", name: "", bytes: small, slots: 1, running: 0, waiting: 0 }];
    const models = { ...defaultModels, apiKey: null };
    const machine = async () => ({ ...(await machineFacts()), freeBytes: 0 });
    expect(await chooseAuto("coding", { models, modelsDir, machine, loaded, memory })).toHaveLength(1);
  });

  it("shares what the other role names where nothing fits beside it, whoever asks first", async () => {
    const own = await install("own", { layers: 2 });
    const large = await install("large", { layers: 12 });
    freeBytes = own * 1.5;
    expect(await choose("research", "own")).toEqual(["own"]);
    memory.clear();
    freeBytes = own + large;
    expect(await choose("research", "own")).toEqual(["large", "own"]);
  });

  it("stays with its choice until something else is installed", async () => {
    await install("small");
    expect(await choose("coding")).toEqual(["small"]);
    freeBytes = 0;
    expect(await choose("coding")).toEqual(["small"]);
    await install("other", { layers: 2 });
    await expect(choose("coding")).rejects.toMatchObject({ code: "not-enough-memory" });
  });

  it("says why there is none", async () => {
    await expect(choose("coding")).rejects.toThrow("no model is installed: run `assistant models pull`");
    mkdirSync(join(modelsDir, "folder.gguf"));
    await install("small");
    freeBytes = 100e6;
    await expect(choose("coding")).rejects.toThrow(
      /^no installed model fits .* small, the smallest, needs about \d+ MB, 100 MB are free$/,
    );
  });

  it("takes no model that cannot be asked", async () => {
    await writeGguf(join(modelsDir, "base.gguf"), { "general.architecture": { type: "string", value: "llama" } }, []);
    await expect(choose("coding")).rejects.toMatchObject({ code: "no-chat-template" });
  });

  it("takes a file that cannot be read only where there is no other: loading it says why", async () => {
    writeFileSync(join(modelsDir, "damaged.gguf"), "GGUF");
    expect(await choose("coding")).toEqual(["damaged"]);
    await install("small");
    expect(await choose("coding")).toEqual(["small"]);
  });
});
