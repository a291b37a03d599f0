import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeOutcome } from "../../../src/publish/outcome-file.ts";
import type { AnswerOutcome } from "../../../src/publish/outcome.ts";
import { limits } from "../../../src/shared/limits.ts";

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "outcomes-"))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const answer = (commentId: number): AnswerOutcome => ({
  kind: "answer",
  subject: { kind: "issue", number: 1 },
  commentId,
  body: "b",
});

it("keeps an outcome as JSON and replaces it by a newer one of the same subject", async () => {
  const record = { outcome: answer(7), receipt: null, at: "2026-01-01T00:00:00Z" };
  const path = await writeOutcome(dir, record);
  await writeOutcome(dir, { ...record, at: "2026-01-02T00:00:00Z" });
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({ ...record, at: "2026-01-02T00:00:00Z" });
  expect(readdirSync(dir)).toHaveLength(1);
});

it("removes the oldest when there are too many", async () => {
  for (let id = 0; id < limits.outcomesKept + 3; id++)
    await writeOutcome(dir, { outcome: answer(id), receipt: null, at: "" });
  expect(readdirSync(dir)).toHaveLength(limits.outcomesKept);
  expect(readdirSync(dir)).toContain(`issue-1-comment-${limits.outcomesKept + 2}.json`);
});
