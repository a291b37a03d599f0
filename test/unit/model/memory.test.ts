import { describe, expect, it } from "vitest";
import { checkMemory, estimateMemory, memoryNeed, slotsThatFit } from "../../../src/model/memory.ts";
import type { AssistantError } from "../../../src/shared/errors.ts";
import { limits } from "../../../src/shared/limits.ts";

/** SmolLM2 135M Instruct Q4_1. */
const smol = {
  bytes: 98_362_432,
  header: {
    trainContextTokens: 8_192,
    kvBytesPerToken: 23_040,
    layers: 30,
    embeddingLength: 576,
    feedForwardLength: 1_536,
    heads: 9,
    vocabularyTokens: 49_152,
  },
};

describe("estimateMemory", () => {
  it("counts the cache once a slot, and no more context than the model was trained for", () => {
    const one = estimateMemory(smol, { contextTokens: 4_096 });
    expect(one.cache).toBe(4_096 * 23_040);
    expect(estimateMemory(smol, { contextTokens: 4_096, slots: 4 }).cache).toBe(4 * one.cache);
    expect(estimateMemory(smol, { contextTokens: 100_000 }).cache).toBe(8_192 * 23_040);
    expect(one.total).toBe(one.weights + one.cache + one.compute + limits.modelOverheadBytes);
  });

  it("counts blocks of 32 values with their scale where the cache is quantised", () => {
    const cache = (kvType: "f16" | "q8_0" | "q4_0") => estimateMemory(smol, { kvType }).cache;
    expect(cache("q8_0") / cache("f16")).toBeCloseTo(34 / 64);
    expect(cache("q4_0") / cache("f16")).toBeCloseTo(18 / 64);
  });

  it("counts adapters, and the scores that flash attention does not keep", () => {
    const plain = estimateMemory(smol);
    expect(estimateMemory(smol, { adapterBytes: 5e6 }).total - plain.total).toBe(5e6);
    const scores = estimateMemory(smol, { flashAttention: false }).compute - plain.compute;
    expect(scores).toBe(limits.prefillSliceTokens * 4 * 9 * 4_096);
  });

  it("leaves to the GPU what lies there", () => {
    const all = estimateMemory(smol, { gpuBytes: 10e9 });
    expect(all.gpu).toBeCloseTo(all.weights + all.cache);
    expect(all.total).toBeCloseTo(all.compute + all.overhead);
    const half = estimateMemory(smol, { gpuBytes: 10e9, gpuLayers: 15 });
    expect(half.gpu / all.gpu).toBeCloseTo(15 / 31);
    // What does not fit there stays here.
    const small = estimateMemory(smol, { gpuBytes: 100e6, gpuLayers: "max" });
    expect(small.gpu).toBeGreaterThan(0);
    expect(small.gpu).toBeLessThanOrEqual(90e6);
    expect(estimateMemory(smol, { gpuLayers: "max" }).gpu).toBe(0);
  });

  it("does with the figures of a catalogue", () => {
    expect(memoryNeed(4e9, 100, 1_000)).toBe(4e9 + 100 * 1_000 + limits.modelOverheadBytes);
    expect(memoryNeed(4e9, null, 1_000)).toBe(4e9 + 64 * 1_024 * 1_000 + limits.modelOverheadBytes);
  });
});

describe("slotsThatFit", () => {
  const need = (slots: number) => estimateMemory(smol, { slots }).total;

  it("gives one a core as far as the memory goes, and one at least", () => {
    expect(slotsThatFit(smol, {}, { cores: 4, freeBytes: need(4) })).toBe(4);
    expect(slotsThatFit(smol, {}, { cores: 4, freeBytes: need(4) - 1 })).toBe(3);
    expect(slotsThatFit(smol, {}, { cores: 4, freeBytes: 0 })).toBe(1);
  });
});

describe("checkMemory", () => {
  const refusal = (plan: Parameters<typeof checkMemory>[1], freeBytes: number): AssistantError => {
    try {
      checkMemory(smol, plan, freeBytes);
    } catch (error) {
      return error as AssistantError;
    }
    throw new Error("nothing was refused");
  };
  const need = (plan: Parameters<typeof estimateMemory>[1]) => estimateMemory(smol, plan).total;

  it("lets pass what fits to the last byte", () => {
    expect(() => checkMemory(smol, { slots: 2 }, need({ slots: 2 }))).not.toThrow();
    expect(refusal({ slots: 2 }, need({ slots: 2 }) - 1)).toMatchObject({ code: "not-enough-memory", exitCode: 2 });
  });

  it("names what it needs, what is free and what would fit", () => {
    const three = refusal({ slots: 4 }, need({ slots: 3 }));
    expect(three.message).toBe("the model needs about 771 MB of memory, 670 MB are free");
    expect(three.remedy).toContain("Set models.llama.slots to 3,");

    const less = refusal({ slots: 4 }, need({ slots: 1, contextTokens: 2_048 }));
    expect(less.remedy).toContain("Set models.llama.slots to 1 and models.llama.context_tokens to 2048,");

    expect(refusal(4_096, 380e6).remedy).toContain("(a file of about");
    expect(refusal(4_096, 100e6).remedy).toBe(
      "Close other programs, or choose a smaller model: `assistant models recommend`.",
    );
  });
});
