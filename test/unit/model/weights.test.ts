import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkWeights, sha256Of } from "../../../src/model/weights.ts";
import { tinyModel } from "../../helpers/tiny-model/tiny-model.ts";

const folder = mkdtempSync(join(tmpdir(), "weights-"));
const file = (name: string) => join(folder, name);
let tiny: string;

beforeAll(async () => {
  tiny = await tinyModel();
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("checkWeights", () => {
  it("describes a sound file", async () => {
    const weights = await checkWeights(tiny, { sha256: await sha256Of(tiny) });
    expect(weights).toMatchObject({
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      header: { architecture: "llama" },
    });
  });

  it("says that a file is missing", async () => {
    await expect(checkWeights(file("none.gguf"))).rejects.toMatchObject({ code: "model-missing" });
  });

  it.each([
    ["a folder", () => folder, {}, "it is not a file"],
    ["another kind of file", () => written("page.gguf", "<html>"), {}, "it is not a GGUF file"],
    ["an empty file", () => written("empty.gguf", ""), {}, "it ends too early"],
    ["another size", () => tiny, { bytes: 5 }, "bytes instead of 5"],
    ["another SHA-256", () => tiny, { sha256: "0".repeat(64) }, "its SHA-256 is"],
  ])("refuses %s", async (_name, path, expected, why) => {
    await expect(checkWeights(path(), expected)).rejects.toMatchObject({
      code: "model-corrupt",
      message: expect.stringContaining(why),
    });
  });

  function written(name: string, content: string): string {
    writeFileSync(file(name), content);
    return file(name);
  }
});
