import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defaultModels } from "../../../src/config/server-file.ts";
import { type DoctorRow, gpuRow, modelDoctor, numaRow, oldGit, roleRows } from "../../../src/model/doctor.ts";
import { machineFacts } from "../../../src/model/machine.ts";
import { tinyModel } from "../../helpers/tiny-model/tiny-model.ts";

const models = { ...defaultModels, apiKey: null };

describe("which model each role gets", () => {
  let modelsDir: string;
  beforeEach(async () => {
    modelsDir = mkdtempSync(join(tmpdir(), "doctor-"));
    copyFileSync(await tinyModel({ layers: 2 }), join(modelsDir, "a.gguf"));
    copyFileSync(await tinyModel({ layers: 3 }), join(modelsDir, "b.gguf"));
  });
  afterEach(() => rmSync(modelsDir, { recursive: true }));

  async function rows(choice: Partial<typeof models>, freeBytes = 10e9): Promise<DoctorRow[]> {
    const machine = { ...(await machineFacts()), freeBytes, cores: 2, gpus: [] };
    return roleRows({ models: { ...models, ...choice }, modelsDir, machine });
  }

  it("names it with what it will take", async () => {
    const [coding, research, more] = await rows({ coding: "a" });
    expect(coding).toMatchObject({ name: "coding model", state: "ok", remedy: null });
    expect(coding?.value).toMatch(/^a: 2 at once with 4096 tokens each in about \d+ MB$/);
    expect(research?.value).toMatch(/^b: /);
    expect(more).toBeUndefined();
  });

  it("says what stands before it and is not there", async () => {
    const [coding, research] = await rows({ coding: ["nothing", "a"], research: "/nowhere/x.gguf" });
    expect(coding).toMatchObject({ state: "note", remedy: expect.stringContaining("assistant models list") });
    expect(coding?.value).toMatch(/^a: .* \(before it: there is no model named nothing/);
    expect(research).toMatchObject({ state: "missing", value: "there is no model file at /nowhere/x.gguf" });
  });

  it("says what would fit", async () => {
    const [coding] = await rows({ coding: "a", llama: { ...models.llama, slots: 4, context_tokens: 4_096 } }, 273.5e6);
    expect(coding).toMatchObject({ state: "missing", value: expect.stringContaining("MB are free") });
    expect(coding?.remedy).toMatch(/^Set models.llama.slots to [1-3],/);
  });

  it("says that two do not fit together", async () => {
    const two = await rows({ coding: "a", research: "b" }, 400e6);
    expect(two.map(({ name }) => name)).toEqual(["coding model", "research model", "model memory"]);
    expect(two[2]?.value).toContain("they are loaded in turns");
    expect(await rows({ coding: "a", research: "a" }, 400e6)).toHaveLength(2);
  });

  it("needs no model, and says so", async () => {
    const [coding, research] = await rows({ coding: "none", research: "auto" }, 1e6);
    expect(coding).toMatchObject({ state: "ok", value: "none: what code found is published alone" });
    expect(research).toMatchObject({ state: "note", value: expect.stringContaining("no installed model fits") });
  });

  it("reads a script, and asks a server", async () => {
    const script = join(modelsDir, "answers.json");
    writeFileSync(script, JSON.stringify({ steps: [] }));
    const [coding, research] = await rows({ coding: script, research: "http://127.0.0.1:9/v1" });
    expect(coding).toMatchObject({ state: "ok", value: `answers from ${script}` });
    expect(research?.state).toBe("missing");
    expect(research?.remedy).not.toBeNull();
  });

  it("stands among the other rows", async () => {
    const all = await modelDoctor(modelsDir, { ...models, coding: "none", research: "none" });
    expect(all.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["machine", "models", "coding model", "research model", "GPU"]),
    );
  });
});

describe("the machine's rows", () => {
  const card = { name: "NVIDIA L4", totalBytes: 24e9, freeBytes: 20e9 };

  it("say whether a GPU can be used, and how it could", () => {
    expect(gpuRow({ gpu: "nvidia", gpus: [card] }, [])).toMatchObject({
      state: "note",
      value: "NVIDIA L4 (20.0 of 24.0 GB free); its binaries are left out of the installation",
      remedy: expect.stringContaining("-cuda@"),
    });
    expect(gpuRow({ gpu: "nvidia", gpus: [card, card] }, ["cuda"])).toMatchObject({
      state: "ok",
      value: expect.stringContaining("GB free); cuda"),
      remedy: null,
    });
    expect(gpuRow({ gpu: null, gpus: [] })).toMatchObject({ state: "ok", remedy: null });
    expect(gpuRow({ gpu: "apple", gpus: [] })).toMatchObject({ state: "ok" });
  });

  it("speak of NUMA only where there are several nodes", () => {
    expect(numaRow({ numaNodes: 1 }, models)).toEqual([]);
    expect(numaRow({ numaNodes: 2 }, models)).toMatchObject([
      { state: "note", remedy: expect.stringContaining("models.llama.numa") },
    ]);
    const llama = { ...models.llama, numa: "distribute" as const };
    expect(numaRow({ numaNodes: 2 }, { ...models, llama })).toMatchObject([{ state: "ok", remedy: null }]);
  });
});

it("a git that is too old is missing", () => {
  const row = (value: string): DoctorRow => ({ name: "git", state: "ok", value, remedy: null });
  const states = ["git version 2.33.8", "git version 1.90.0", "git version 2.34.1", "git version 3.0.0", "gitoxide"];
  expect(states.map((value) => oldGit(row(value)).state)).toEqual(["missing", "missing", "ok", "ok", "ok"]);
});
