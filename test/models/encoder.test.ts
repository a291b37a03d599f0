import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { findHome } from "../../src/config/home.ts";
import { encoderName } from "../../src/model/catalogue.ts";
import { createCoreBudget } from "../../src/model/core-budget.ts";
import { installModel } from "../../src/model/install.ts";
import { type LlamaEncoder, loadLlamaEncoder } from "../../src/model/llama-encoder.ts";

/** Computed without any code of ours: see make-reference.py beside it. */
const reference = z
  .array(z.object({ text: z.string(), vector: z.array(z.number()) }))
  .parse(JSON.parse(readFileSync(new URL("../../fixtures/encoder/reference-vectors.json", import.meta.url), "utf8")));

function product(one: ArrayLike<number>, other: ArrayLike<number>): number {
  return Array.from(one).reduce((sum, value, at) => sum + value * (other[at] as number), 0);
}

describe("the encoder of the catalogue", () => {
  let encoder: LlamaEncoder;
  beforeAll(async () => {
    // Made of its published weights where it is not installed: 84 MB to download.
    const path = await installModel(encoderName, { modelsDir: findHome(process.env).models });
    encoder = await loadLlamaEncoder({ path, budget: createCoreBudget(2) });
  });
  afterAll(() => encoder.close());

  it("gives the vectors that its published weights define", async () => {
    const vectors = await encoder.encode(reference.map(({ text }) => text));
    for (const [at, { vector, text }] of reference.entries()) {
      const cosine = product(vectors[at] as Float32Array, vector) / Math.hypot(...vector);
      expect(cosine, text.slice(0, 40)).toBeGreaterThan(0.9999);
    }
  });

  it("finds what is meant in other words", async () => {
    const [crash, meant, other] = (await encoder.encode([
      "App crashes when I upload a large picture",
      "Segmentation fault on importing big images",
      "Add a dark theme to the settings page",
    ])) as [Float32Array, Float32Array, Float32Array];
    expect(product(crash, meant)).toBeGreaterThan(product(crash, other) + 0.3);
  });
});
