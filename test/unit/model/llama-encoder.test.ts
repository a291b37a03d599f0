import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeBertGguf } from "../../../src/model/bert-gguf.ts";
import { encoderName } from "../../../src/model/catalogue.ts";
import { createCoreBudget, openSeats } from "../../../src/model/core-budget.ts";
import { openEncoderProvider } from "../../../src/model/encoder-provider.ts";
import { type LlamaEncoder, loadLlamaEncoder } from "../../../src/model/llama-encoder.ts";
import { openSafetensors } from "../../../src/model/safetensors.ts";
import { plainVector } from "../../helpers/tiny-bert/plain-bert.ts";
import { safetensors, tinyEncoder, tinyWeights, writeTinyBert } from "../../helpers/tiny-bert/tiny-bert.ts";
import { tinyModel } from "../../helpers/tiny-model/tiny-model.ts";

const folder = mkdtempSync(join(tmpdir(), "encoder-"));
const budget = createCoreBudget(2);
afterAll(() => rmSync(folder, { recursive: true }));

function product(one: ArrayLike<number>, other: ArrayLike<number>): number {
  return Array.from(one).reduce((sum, value, at) => sum + value * (other[at] as number), 0);
}

describe("an encoder in llama.cpp", () => {
  let encoder: LlamaEncoder;
  beforeAll(async () => {
    encoder = await loadLlamaEncoder({ path: await tinyEncoder(), budget });
  });
  afterAll(() => encoder.close());

  it("gives the vectors of the published weights", async () => {
    const texts = ["login fails", "Token expired!", "the crash on export 42: a token", "dark modes", "x"];
    const vectors = await encoder.encode(texts);

    const weights = tinyWeights();
    for (const [at, text] of texts.entries()) {
      const vector = vectors[at] as Float32Array;
      expect(vector).toHaveLength(encoder.dimensions);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
      // Matrices have 16 bits.
      expect(product(vector, plainVector(text.toLowerCase(), weights))).toBeGreaterThan(0.9999);
    }
    expect(product(vectors[0] as Float32Array, plainVector("dark mode", weights))).toBeLessThan(0.99);
  });

  it("cuts what is too long after the tokens that count, and has nothing to say of no words", async () => {
    const [long, longer, empty, blank] = await encoder.encode(["a ".repeat(200), "a ".repeat(9_000), "", " \n\t "]);

    expect(product(long as Float32Array, longer as Float32Array)).toBeCloseTo(1, 5);
    const most = plainVector("a ".repeat(62), tinyWeights());
    expect(product(long as Float32Array, most)).toBeGreaterThan(0.9999);
    for (const vector of [empty, blank]) expect(vector).toEqual(new Float32Array(encoder.dimensions));
  });

  it("stands any text", async () => {
    const texts = ["\ud800 lone", "\0 nul", "日本語 🙂 naïve", "[CLS] [SEP] [PAD] <|im_start|>", "!".repeat(70_000)];
    for (const vector of await encoder.encode(texts)) {
      expect(vector.every((value) => Number.isFinite(value))).toBe(true);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 4);
    }
  });

  it("serves many at once, a person before the rest of a long list, and answers who gives up", async () => {
    const order: string[] = [];
    const long = encoder.encode(Array<string>(40).fill("the crash on export")).then(() => order.push("long"));
    const person = encoder.encode(["login fails"], { priority: "person" }).then(() => order.push("person"));
    const left = new AbortController();
    const given = encoder.encode(["token expired"], { signal: left.signal });
    left.abort(new Error("gone"));

    await expect(given).rejects.toThrow("gone");
    await Promise.all([long, person]);
    expect(order).toEqual(["person", "long"]);
  });

  it("waits for a core while others hold all of them", async () => {
    const range = budget.take(1);
    const seat = openSeats(range)[0]!;
    seat.begin("person");
    await seat.acquire(2, 2, new AbortController().signal);
    let done = false;
    const waiting = encoder.encode(["login fails"]).then(() => (done = true));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(done).toBe(false);
    seat.end();
    await waiting;
    budget.give(range);
  });
});

it("closes when what runs is done, and refuses what comes", async () => {
  const encoder = await loadLlamaEncoder({ path: await tinyEncoder(), budget });
  const running = encoder.encode(["login fails"]);
  const closing = encoder.close();
  await expect(encoder.encode(["token"])).rejects.toMatchObject({ code: "model-closed" });
  await closing;
  expect(await running).toHaveLength(1);
  await encoder.close();
});

describe("files", () => {
  it("refuses what is no encoder, or no model", async () => {
    await expect(loadLlamaEncoder({ path: await tinyModel(), budget })).rejects.toThrow("no sentence encoder");
    await expect(loadLlamaEncoder({ path: join(folder, "none.gguf"), budget })).rejects.toMatchObject({
      code: "model-missing",
    });
    const cut = join(folder, "cut.gguf");
    const whole = readFileSync(await tinyEncoder());
    writeFileSync(cut, whole.subarray(0, whole.length - 5_000));
    await expect(loadLlamaEncoder({ path: cut, budget })).rejects.toMatchObject({ code: "model-corrupt" });
  });

  it("makes the same file of the same weights, whatever their names begin with", async () => {
    const named = new Map(Array.from(tinyWeights(), ([name, tensor]) => [`bert.${name}`, tensor]));
    const other = join(folder, "other.gguf");
    await writeBertGguf(other, "tiny-encoder", writeTinyBert(join(folder, "named"), named));
    expect(readFileSync(other).equals(readFileSync(await tinyEncoder()))).toBe(true);
  });

  it("names what is missing in published files, and leaves nothing half-written", async () => {
    const place = join(folder, "bad");
    const without = new Map(Array.from(tinyWeights()).filter(([name]) => !name.includes("layer.1.output.dense.bias")));
    const write = (change: (files: ReturnType<typeof writeTinyBert>) => void, tensors = tinyWeights()) => {
      const files = writeTinyBert(place, tensors);
      change(files);
      return writeBertGguf(join(folder, "bad.gguf"), "bad", files);
    };
    await expect(write(() => {}, without)).rejects.toThrow(/no encoder.layer.1.output.dense.bias/);
    await expect(write(({ vocabulary }) => writeFileSync(vocabulary, "a\nb\n"))).rejects.toThrow(/2 tokens|no \[CLS\]/);
    await expect(write(({ config }) => writeFileSync(config, "{}"))).rejects.toThrow();
    await expect(write(({ weights }) => writeFileSync(weights, "<html>"))).rejects.toThrow(/safetensors/);
    const whole = safetensors(tinyWeights());
    await expect(write(({ weights }) => writeFileSync(weights, whole.subarray(0, -8)))).rejects.toThrow(/within|early/);
    expect(readdirSync(folder).filter((name) => name.startsWith("bad.gguf"))).toEqual([]);
  });

  it("reads tensors at any place of a safetensors file", () => {
    const file = join(folder, "odd.safetensors");
    for (const name of ["a", "ab", "abc", "abcd"]) {
      writeFileSync(file, safetensors(new Map([[name, { shape: [1, 3], data: Float32Array.of(1, -2, 0.5) }]])));
      const opened = openSafetensors(file);
      expect([...(opened.tensors.get(name)?.read() ?? [])]).toEqual([1, -2, 0.5]);
      opened.close();
    }
  });
});

describe("the encoder of a machine", () => {
  it("says that none is installed, finds one that comes, and loads it once", async () => {
    const modelsDir = join(folder, "models");
    mkdirSync(modelsDir);
    const provider = openEncoderProvider({ modelsDir, budget: async () => budget });
    expect((await provider.encoder()).reason).toContain("assistant models pull");

    copyFileSync(await tinyEncoder(), join(modelsDir, `${encoderName}.gguf`));
    const [one, other] = await Promise.all([provider.encoder(), provider.encoder()]);
    expect(one.encoder).not.toBeNull();
    expect(one.encoder).toBe(other.encoder);
    expect(one.encoder?.identity.name).toBe(encoderName);
    // What was loaded is what is held to.
    expect(JSON.parse(readFileSync(join(modelsDir, `${encoderName}.gguf.json`), "utf8")).sha256).toBe(
      one.encoder?.identity.sha256,
    );
    await provider.close();
    expect(await provider.encoder()).toEqual({ encoder: null, reason: "the models are closed" });
  });
});
