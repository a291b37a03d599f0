import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

  it.skipIf(!isBuilt)("takes one that came with a release where none was built", () => {
    expect(loadKernel("", `${addonFile}.not-built`, addonFile)).toMatchObject({
      kernel: { name: "native" },
      reason: expect.stringContaining("of this release"),
    });
  });

  it("falls back to JavaScript, and says so, where one that came with a release does not load", () => {
    const folder = mkdtempSync(join(tmpdir(), "released-kernel-"));
    const released = join(folder, "engram_kernel.node");
    writeFileSync(released, "of another kind of machine");

    expect(loadKernel("", `${addonFile}.not-built`, released)).toMatchObject({
      kernel: { name: "js" },
      reason: expect.stringContaining("does not load"),
    });
    rmSync(folder, { recursive: true });
  });
});
