import { describe, expect, it } from "vitest";
import { usesFlashAttention } from "../../../src/model/flash-attention.ts";

const processor = { flashAttention: "auto", kvType: "f16", gpu: false } as const;
const [small, large] = [100e6, 4e9];

describe("flash attention", () => {
  it("is for small models on a processor, where it reads faster; large ones repeat to the last bit", () => {
    expect(usesFlashAttention(processor, small)).toBe(true);
    expect(usesFlashAttention(processor, large)).toBe(false);
  });

  it("is what a quantised cache needs, what was asked for, and llama.cpp's choice on a GPU", () => {
    expect(usesFlashAttention({ ...processor, kvType: "q8_0" }, large)).toBe(true);
    expect(usesFlashAttention({ ...processor, flashAttention: false }, small)).toBe(false);
    expect(usesFlashAttention({ ...processor, flashAttention: true }, large)).toBe(true);
    expect(usesFlashAttention({ ...processor, gpu: "auto" }, large)).toBe("auto");
  });
});
