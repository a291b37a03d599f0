import { describe, expect, it } from "vitest";
import type { ModelProvider } from "../../../src/model/model.ts";
import { promptTooLong } from "../../../src/model/request.ts";
import { limits } from "../../../src/shared/limits.ts";
import { decide } from "../../../src/model/decide.ts";
import type { JudgeTools } from "../../../src/tasks/review/judge-remarks.ts";
import { readTiles, type Reading } from "../../../src/tasks/review/read-tiles.ts";
import { cutTiles } from "../../../src/tasks/review/tiles.ts";
import type { Change, DiffLine, FileDiff } from "../../../src/workspace/diff.ts";
import { fakeModel, promptText } from "../../helpers/fake-model.ts";

const models: ModelProvider = {
  modelFor: async () => ({ model: null, reason: "" }),
  qualified: () => ({ allowed: false, reason: "not qualified" }),
  close: async () => {},
};

const tools: JudgeTools = {
  decide,
  text: () => null,
  findSyntaxErrors: async () => null,
  keepResolving: async (evidence) => evidence,
};

function lineOf(kind: "+" | "-", line: number, text: string): DiffLine {
  return { kind, oldLine: kind === "-" ? line : null, newLine: kind === "+" ? line : null, text };
}

/** One hunk a file, of added lines; a name that begins with "gone" has removed ones. */
function changeOf(files: Record<string, string[]>): Change {
  const diffs = Object.entries(files).map(([path, texts]): FileDiff => {
    const lines = texts.map((text, index) => lineOf(path.startsWith("gone") ? "-" : "+", 10 + index, text));
    const hunk = { oldStart: 10, oldLines: 0, newStart: 10, newLines: lines.length, lines };
    return { path, oldPath: path, status: "modified", binary: false, oldBlob: "a", newBlob: "b", hunks: [hunk] };
  });
  return { base: "b", head: "h", files: diffs, unread: [] };
}

async function read(change: Change, write: (prompt: string) => string, deadline = Infinity): Promise<Reading> {
  const model = fakeModel((request) => write(promptText(request)));
  return readTiles(cutTiles(change), {
    model,
    models,
    head: "h",
    findings: [],
    evidenceFor: () => [],
    tools,
    deadline,
    priority: "background",
  });
}

const noProblem = JSON.stringify({ verdict: "no problem", remarks: [] });

describe("readTiles", () => {
  it("names each part that no model read, and why", async () => {
    const { report, unread, withheld } = await read(
      changeOf({ "fine.ts": ["a"], "gone.ts": ["b", "c"], "long.ts": ["too long", "d", "e"], "odd.ts": ["nonsense"] }),
      (prompt) => {
        if (prompt.includes("too long")) throw promptTooLong(9_000, 4_096);
        return prompt.includes("nonsense") ? "{}" : noProblem;
      },
    );
    expect(unread).toEqual([
      { path: "long.ts", startLine: 10, endLine: 12, reason: "too long for the model" },
      { path: "gone.ts", startLine: 10, endLine: 11, reason: "it only removes lines" },
      { path: "odd.ts", startLine: 10, endLine: 10, reason: "no usable answer" },
    ]);
    expect(report.note).toBe(
      "read 1 of 4 parts of the change; its words are not shown: not qualified; not read by the model: " +
        "long.ts 10-12 (too long for the model); gone.ts 10-11 (it only removes lines); odd.ts 10 (no usable answer)",
    );
    expect(withheld.map(({ about }) => about)).toEqual(["long.ts:10", "odd.ts:10"]);
  });

  it("names what is left at the deadline, and counts what is not named", async () => {
    const files = Array.from({ length: limits.unreadNamed + 3 }, (_, i): [string, string[]] => [`${i + 10}.ts`, ["a"]]);
    const { report, unread } = await read(changeOf(Object.fromEntries(files)), () => noProblem, Date.now() - 1);
    expect(unread).toHaveLength(limits.unreadNamed + 3);
    expect(report).toMatchObject({ prompts: 0, note: expect.stringContaining("read 0 of 23 parts") });
    expect(report.note).toMatch(
      /not read by the model: 10\.ts 10, 11\.ts 10, .*29\.ts 10 \(no time was left\); and 3 more$/,
    );
  });

  it("says that of a line too long for any prompt only the beginning was read, and keeps the prompt short", async () => {
    let longest = 0;
    const { report, unread } = await read(changeOf({ "data.ts": ["x".repeat(100_000)] }), (prompt) => {
      longest = Math.max(longest, prompt.length);
      return noProblem;
    });
    expect(longest).toBeLessThan(limits.tileCharacters + 1_000);
    expect(unread).toEqual([
      { path: "data.ts", startLine: 10, endLine: 10, reason: "only its beginning: the line is too long" },
    ]);
    expect(report.note).toContain("read 1 of 1 part");
  });

  it("says nothing of what is missing where nothing is", async () => {
    const { report, unread } = await read(changeOf({ "a.ts": ["a"] }), () => noProblem);
    expect(unread).toEqual([]);
    expect(report.note).toBe("read 1 of 1 part of the change; its words are not shown: not qualified");
  });
});
