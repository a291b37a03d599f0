import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { triageBatch } from "../../../src/commands/triage-batch.ts";
import type { Encoder } from "../../../src/model/encoder.ts";
import { embedIssues, openIssueMeanings } from "../../../src/retrieval/issue-meanings.ts";
import { openExportedTracker } from "../../../src/tracker/exported-tracker.ts";
import { createMemoryIssueVectors } from "../../../src/tracker/memory-issue-vectors.ts";

const folder = mkdtempSync(join(tmpdir(), "batch-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

interface Answer {
  number: number;
  ranked: number[];
  scores: number[];
}

async function exportAt(name: string, ...lines: object[]) {
  const file = join(folder, name);
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join("\n"));
  return { file, exported: await openExportedTracker(file) };
}

async function answers(run: () => Promise<void>): Promise<Answer[]> {
  const written: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
  await run();
  vi.restoreAllMocks();
  return written
    .join("")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Answer);
}

const at = (day: number) => `2026-01-0${day}T00:00:00Z`;
const lines = [
  { number: 1, title: "Cart total wrong after refund", createdAt: at(1) },
  { number: 2, title: "Login page freezes", createdAt: at(2) },
  { number: 3, title: "Sign-in hangs", createdAt: at(3) },
  { number: 4, title: "Refund leaves cart total wrong", createdAt: at(4) },
];
const signal = new AbortController().signal;

/** Two words mean the same to it: logging in, and standing still. */
const encoder: Encoder = {
  identity: { name: "two-words", sha256: "0".repeat(64) } as Encoder["identity"],
  dimensions: 2,
  encode: async (texts) => texts.map((text) => Float32Array.from(/login|sign-in/i.test(text) ? [1, 0] : [0, 1])),
  close: async () => {},
};

test("ranks, for each issue of a tracker, those before it by their words", async () => {
  const { exported } = await exportAt("tracker.jsonl", ...lines);
  const given = await answers(() => triageBatch(undefined, exported, null, signal));
  expect(given.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
  expect(given[0]).toEqual({ number: 1, ranked: [], scores: [] });
  expect(given[2]?.ranked).toEqual([]);
  expect(given[3]?.ranked[0]).toBe(1);
  expect(given[3]?.scores[0]).toBeGreaterThan(0.5);
});

test("asks the issues of a file, also ones that the tracker does not have", async () => {
  const { exported } = await exportAt("tracker.jsonl", ...lines);
  const { file } = await exportAt("asked.jsonl", { number: 99, title: "Total of the cart is wrong", createdAt: at(3) });
  const given = await answers(() => triageBatch(file, exported, null, signal));
  expect(given).toHaveLength(1);
  expect(given[0]).toMatchObject({ number: 99, ranked: [1] });
});

test("finds by meaning what shares no word", async () => {
  const { exported } = await exportAt("tracker.jsonl", ...lines);
  const vectors = createMemoryIssueVectors();
  await embedIssues(exported.tracker, vectors, encoder);
  const meanings = openIssueMeanings(exported.tracker, vectors, encoder);
  const given = await answers(() => triageBatch(undefined, exported, meanings, signal));
  expect(given[2]?.ranked[0]).toBe(2);
  const { file } = await exportAt("asked.jsonl", { number: 99, title: "Cannot sign-in", createdAt: at(5) });
  const asked = await answers(() => triageBatch(file, exported, meanings, signal));
  expect(asked[0]?.ranked.slice(0, 2).toSorted()).toEqual([2, 3]);
});
