import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { loadScriptedModel, type Script, ScriptedModel } from "../../../src/model/scripted-model.ts";

const folder = mkdtempSync(join(tmpdir(), "script-"));
afterAll(() => rmSync(folder, { recursive: true }));

const request = (content: string) => ({ messages: [{ role: "user" as const, content }], maxTokens: 100 });
const steps = (...list: Script["steps"]) => new ScriptedModel({ steps: list });

describe("ScriptedModel", () => {
  it("uses the first matching step, as often as it says", async () => {
    const model = steps(
      { when: "fruit", answer: "apple" },
      { when: "fruit", answer: "pear", times: 2 },
      { answer: "?" },
    );
    const prompts = ["fruit", "fruit", "other", "fruit", "fruit"];
    const answers: string[] = [];
    for (const prompt of prompts) answers.push((await model.generate(request(prompt))).text);
    expect(answers).toEqual(["apple", "pear", "?", "pear", ""]);
  });

  it("fails as told, and writes nonsense as told", async () => {
    const schema = z.object({ a: z.boolean() });
    const model = steps(
      { error: "the model fell over" },
      { answer: "blah" },
      { answer: { a: "yes" } },
      { answer: { a: true } },
    );
    await expect(model.generate(request(""))).rejects.toThrow("the model fell over");
    await expect(model.generate({ ...request(""), schema })).rejects.toMatchObject({ code: "answer-invalid" });
    await expect(model.generate({ ...request(""), schema })).rejects.toMatchObject({ code: "answer-invalid" });
    expect((await model.generate({ ...request(""), schema })).value).toEqual({ a: true });
  });

  it.each([["{"], ['{"steps": [{"answr": "x"}]}']])("says that a script is not valid: %s", async (content) => {
    const path = join(folder, "script.json");
    writeFileSync(path, content);
    await expect(loadScriptedModel(path)).rejects.toMatchObject({ code: "script-invalid" });
  });
});
