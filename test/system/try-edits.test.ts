import { describe, expect, it } from "vitest";
import { openTryEdits } from "../../src/handlers/try-edits.ts";
import type { TryEdits } from "../../src/qualification/answer.ts";
import { qualificationCases } from "../../src/qualification/cases/all-cases.ts";
import { defaultSandboxSettings, findSandbox } from "../../src/sandbox/find-sandbox.ts";

const found = await findSandbox();
const reason = found.description === null ? ` (no sandbox here: ${found.reason})` : "";

describe.skipIf(found.description === null)(`edits that are tried${reason}`, () => {
  const given = qualificationCases.find(({ id }) => id === "edit-javascript-clamp");
  if (given?.ability !== "edit") throw new Error("no such case");
  const { path, code, solution, beside, command, symbol } = given;
  const files = { ...beside, [path]: code };
  const written = (text: string): Parameters<TryEdits>[0] => ({
    files,
    edits: [{ kind: "symbol", path, symbol, text }],
    command,
  });

  it("pass with the test of the case, and fail it, run or do not apply", async () => {
    const tryEdits = await openTryEdits(defaultSandboxSettings);
    if (tryEdits === null) throw new Error("no sandbox");
    expect(await tryEdits({ files, edits: [], command })).toMatch(/^its test fails \(1\): /);
    expect(await tryEdits(written(solution))).toBeNull();
    expect(await tryEdits(written("export function clamp(value) {\n  return value;\n}\n"))).toMatch(/^its test fails/);
    expect(await tryEdits(written("export function clamp(value) {\n"))).toContain("does not parse");
    expect(await tryEdits(written("export function other() {}\n"))).toContain("does not define clamp");
  });
});
