import { existsSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { addonFile, loadKernel } from "../../../src/engram/kernel/load-kernel.ts";

const isBuilt = existsSync(addonFile);

describe("loadKernel", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it("takes the JavaScript kernel when it is asked for", () => {
    vi.stubEnv("ASSISTANT_KERNEL", "js");

    expect(loadKernel()).toMatchObject({ kernel: { name: "js" }, reason: expect.stringContaining("ASSISTANT_KERNEL") });
  });

  it("refuses a name that is no kernel", () => {
    vi.stubEnv("ASSISTANT_KERNEL", "fast");

    expect(() => loadKernel()).toThrow(expect.objectContaining({ code: "bad-kernel" }));
  });

  it.skipIf(!isBuilt)("takes the native kernel where it is built", () => {
    expect(loadKernel("").kernel.name).toBe("native");
    expect(loadKernel("native").kernel.name).toBe("native");
  });

  it("falls back to JavaScript where it is not, unless native is asked for", () => {
    const nowhere = `${addonFile}.not-built`;
    expect(loadKernel("", nowhere)).toMatchObject({
      kernel: { name: "js" },
      reason: expect.stringContaining("not built"),
    });
    expect(() => loadKernel("native", nowhere)).toThrow(expect.objectContaining({ code: "no-native-kernel" }));
  });
});
