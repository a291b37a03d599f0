import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { isEarlier, rankEarlier, trackerUntil } from "../../../src/commands/earlier-issues.ts";
import { openIssueIndex } from "../../../src/retrieval/issue-index.ts";
import { type ExportedTracker, openExportedTracker } from "../../../src/tracker/exported-tracker.ts";
import type { TrackedIssue } from "../../../src/tracker/tracker.ts";

const folder = mkdtempSync(join(tmpdir(), "earlier-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function exportOf(...lines: object[]): Promise<ExportedTracker> {
  const file = join(folder, "tracker.jsonl");
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join("\n"));
  return openExportedTracker(file);
}

const title = "Totals of the cart are wrong after a refund";
const at = (day: number) => `2026-01-0${day}T00:00:00Z`;
/** Numbers against the order of time, as an import from elsewhere has them. */
const lines = [
  { number: 9, title, createdAt: at(1), comments: [{ body: "first" }] },
  { number: 2, title, createdAt: at(3), comments: [{ body: "later" }] },
  { number: 5, title: `${title} again`, createdAt: at(2) },
  { number: 4, title, createdAt: at(2) },
  { number: 6, title, createdAt: at(2) },
];

test("candidates are the issues created earlier, whatever their numbers; at the same moment the smaller number", async () => {
  const { tracker } = await exportOf(...lines);
  const asked = tracker.issue(5) as TrackedIssue;
  const ranked = rankEarlier(asked, openIssueIndex(tracker.issues()), 10);
  expect(ranked.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual([4, 9]);
  expect(ranked[0]?.score).toBeGreaterThan(0.5);
});

test("without times the numbers decide", async () => {
  const { tracker } = await exportOf(...[1, 2, 3].map((number) => ({ number, title })));
  const ranked = rankEarlier(tracker.issue(2) as TrackedIssue, openIssueIndex(tracker.issues()), 10);
  expect(ranked.map(({ number }) => number)).toEqual([1]);
  expect(isEarlier({ number: 1, createdAt: "" }, { number: 2, createdAt: at(1) })).toBe(true);
});

test("a tracker until an issue knows it and what was before it, and nothing of later ones", async () => {
  const exported = await exportOf(...lines);
  const until = trackerUntil(exported, exported.tracker.issue(5) as TrackedIssue);
  expect(Array.from(until.issues(), ({ number }) => number)).toEqual([4, 5, 9]);
  expect(until.issue(2)).toBeNull();
  expect(until.comments(2)).toEqual([]);
  expect(until.comments(9)).toHaveLength(1);
});
