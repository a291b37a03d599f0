import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createJsKernel } from "../../src/engram/kernel/js-kernel.ts";
import type { Kernel } from "../../src/engram/kernel/kernel.ts";
import { loadKernel } from "../../src/engram/kernel/load-kernel.ts";
import { AssistantError } from "../../src/shared/errors.ts";
import { seeds, trees, windowedTexts } from "./kernel-arbitraries.ts";
import { kernelSuite } from "./kernel-suite.ts";

const js = createJsKernel();
const native = nativeOrReason();

describe("kernel js", () => kernelSuite(js));

if (typeof native === "string") {
  describe.skip(`kernel native (skipped: ${native})`, () => it("is not there", () => {}));
} else {
  describe("kernel native", () => kernelSuite(native));
  describe("both kernels", () => comparing(native));
}

function nativeOrReason(): Kernel | string {
  try {
    return loadKernel("native").kernel;
  } catch (error) {
    if (error instanceof AssistantError) return error.message;
    throw error;
  }
}

function comparing(native: Kernel): void {
  it("encode the same columns", () => {
    fc.assert(
      fc.property(windowedTexts, seeds, fc.integer({ min: 0, max: 20 }), ({ text, windows }, seed, most) => {
        const [utf8, lines] = [Buffer.from(text), Uint32Array.from(windows)];

        expect(native.encodeText(utf8, lines, seed, most)).toEqual(js.encodeText(utf8, lines, seed, most));
      }),
      { numRuns: 500 },
    );
  });

  it("build the same bytes", () => {
    fc.assert(
      fc.property(trees, (files) => {
        expect(Buffer.from(native.buildSegment(files)).equals(Buffer.from(js.buildSegment(files)))).toBe(true);
      }),
    );
  });
}
