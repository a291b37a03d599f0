import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { modelsQualifyCommand } from "../../../src/commands/models-qualify.ts";
import { recordSchema } from "../../../src/qualification/record.ts";
import { ExitCode } from "../../../src/shared/errors.ts";
import { fakeModel } from "../../helpers/fake-model.ts";
import { serveModels } from "../../helpers/model-server.ts";
import { tinyModel } from "../../helpers/tiny-model/tiny-model.ts";

let home: string;
let written: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "qualify-command-"));
  vi.stubEnv("ASSISTANT_HOME", home);
  written = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    written += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
});

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  rmSync(home, { recursive: true, force: true });
});

async function qualify(...args: string[]): Promise<number | string | undefined | null> {
  await modelsQualifyCommand().parseAsync(["node", "qualify", ...args]);
  const code = process.exitCode;
  process.exitCode = undefined;
  return code;
}

const kept = (): string[] => (existsSync(join(home, "qualification")) ? readdirSync(join(home, "qualification")) : []);

describe("assistant models qualify", () => {
  it("measures a file, keeps the record by its digest, and says no where it may say nothing", async () => {
    const path = await tinyModel();
    expect(await qualify(path, "--quick", "--ability", "label", "edit", "--json")).toBe(ExitCode.no);
    const record = recordSchema.parse(JSON.parse(written));
    expect(record.abilities.map(({ ability, allowed }) => [ability, allowed])).toEqual([
      ["label", false],
      ["edit", false],
    ]);
    expect(record.memoryBytes).toBeGreaterThan(0);
    expect(kept()).toEqual([`${record.sha256}.json`]);
    const file = readFileSync(join(home, "qualification", `${record.sha256}.json`), "utf8");
    expect(recordSchema.parse(JSON.parse(file))).toEqual(record);
  });

  it("leaves no record where it is stopped, and goes on where it was", async () => {
    const path = await tinyModel();
    let lines = 0;
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      if (/ {2}label-/.test(String(text)) && ++lines === 3) process.emit("SIGINT", "SIGINT");
      return true;
    });
    const args = [path, "--quick", "--ability", "label", "--verbose"];
    await expect(qualify(...args)).rejects.toThrow("stopped by the user");
    expect(kept()).toMatchObject([expect.stringMatching(/^[0-9a-f]{64}\.answers$/)]);
    const before = lines;
    await qualify(...args);
    expect(lines - before).toBeLessThanOrEqual(9);
    expect(kept()).toMatchObject([expect.stringMatching(/^[0-9a-f]{64}\.json$/)]);
    expect(written).toContain("It may not choose labels");
  });

  it("shows what a model without a digest can do, and does not keep it", async () => {
    const server = await serveModels([fakeModel(() => "A")]);
    onTestFinished(() => server.close());
    expect(await qualify(`${server.url}/v1`, "--quick", "--ability", "edit")).toBe(ExitCode.no);
    expect(written).toContain("may not be quoted for anything");
    expect(written).toContain("Not recorded");
    expect(kept()).toEqual([]);
  });

  it("says what is wrong with a name", async () => {
    await expect(qualify("no-such-model")).rejects.toMatchObject({ code: "model-unknown" });
    await expect(qualify()).rejects.toMatchObject({ code: "model-missing" });
  });
});
