import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createIssueRanker } from "../../../bench/peers/issue-rankers.ts";
import { followCitations } from "../../../bench/triage/comments.ts";
import { rankDuplicates } from "../../../bench/triage/duplicates.ts";
import { suggestLabels } from "../../../bench/triage/labels.ts";
import { localiseFixes } from "../../../bench/triage/localisation.ts";
import { hitScore, recallScore } from "../../../bench/triage/scores.ts";
import { type ExportedTracker, openExportedTracker } from "../../../src/tracker/exported-tracker.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";

const folder = mkdtempSync(join(tmpdir(), "triage-bench-"));
const shop = { host: "github.com", owner: "acme", name: "shop" };
let repository: TestRepository;
beforeAll(() => {
  repository = createRepository();
  repository.write("src/cart.ts", "export function refundTotal(cart) {\n  return cart.total;\n}\n");
  repository.write("src/login.ts", "export function openSession(user) {\n  return user.name;\n}\n");
  repository.write("test/cart.test.ts", "refundTotal({ total: 1 });\n");
  repository.commit("First version of everything");
  repository.write("src/cart.ts", "export function refundTotal(cart) {\n  return cart.total - cart.refunded;\n}\n");
  repository.write("test/cart.test.ts", "refundTotal({ total: 1, refunded: 1 });\n");
  repository.commit("Refunds count\n\nFixes #1");
  repository.write("src/login.ts", "export function openSession(user) {\n  return user.login;\n}\n");
  repository.commit("Sessions know the login (#3)");
  repository.write("src/login.ts", "export function openSession(user) {\n  return user.name;\n}\n");
  repository.commit('Revert "Sessions know the login (#3)"\n\nFixes #2');
});
afterAll(() => {
  repository.dispose();
  rmSync(folder, { recursive: true, force: true });
});

async function trackerOf(lines: object[]): Promise<ExportedTracker> {
  const file = join(folder, "tracker.jsonl");
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join("\n"));
  return openExportedTracker(file);
}

const reports = [
  { number: 1, title: "refundTotal is wrong after a refund" },
  { number: 2, title: "Login page freezes" },
  { number: 3, title: "openSession of login forgets the user" },
  { number: 4, title: "Total is wrong after every refund", duplicates: [1] },
  { number: 5, title: "Wrong total after a refund, again", duplicates: [4, 77] },
];

describe("scores", () => {
  it("ask for one answer among the first, and for all files", () => {
    expect(hitScore([9, 8, 1, 2], new Set([1, 2]))).toEqual({ r1: 0, r5: 1, r10: 1, mrr: 1 / 3 });
    expect(hitScore([9], new Set([1]))).toEqual({ r1: 0, r5: 0, r10: 0, mrr: 0 });
    expect(recallScore(["a", "x", "b"], new Set(["a", "b"]))).toEqual({ r1: 0.5, r3: 1, r5: 1, r10: 1 });
  });
});

describe("the peers", () => {
  it("rank what was added by now, by cosine and by BM25, a rare word before a common one", () => {
    const ranker = createIssueRanker();
    for (const [index, title] of ["upload fails", "upload stops", "uploads crash on 404"].entries())
      ranker.add({ number: index + 1, title, body: "" });
    for (const method of ["tfidf", "bm25"] as const) {
      expect(ranker.rank(method, { title: "upload crash", body: "" }, 2)[0]).toBe(3);
      expect(ranker.rank(method, { title: "nothing shared", body: "" }, 2)).toEqual([]);
    }
  });
});

describe("duplicates", () => {
  it("are asked of whoever has one before it, also by a chain, with none that is later", async () => {
    const { queries, scores, each } = await rankDuplicates(await trackerOf(reports), { most: 10, meanings: null });
    expect(queries).toBe(2);
    expect(each.map(({ number }) => number)).toEqual([4, 5]);
    for (const method of ["tfidf", "bm25", "ours"] as const) expect(scores?.[method].r5).toBe(1);
  });

  it("are nothing where the tracker names none", async () => {
    const report = await rankDuplicates(await trackerOf(reports.slice(0, 3)), { most: 10, meanings: null });
    expect(report).toMatchObject({ queries: 0, scores: null });
  });
});

describe("localisation", () => {
  it("asks for the files that fixes changed, in the tree before them; tests are none, reverts fix nothing", async () => {
    const { tracker } = await trackerOf(reports);
    const { each, scores } = await localiseFixes(repository.dir, tracker, { repository: shop, most: 10 });
    expect(each.map(({ number }) => number)).toEqual([1, 3]);
    expect(scores).toEqual({ bm25: { r1: 1, r3: 1, r5: 1, r10: 1 }, ours: { r1: 1, r3: 1, r5: 1, r10: 1 } });
  });
});

describe("labels", () => {
  it("are learnt of older issues and held against what people gave to newer ones", async () => {
    const lines = Array.from({ length: 120 }, (_, index) => ({
      number: index + 1,
      title: index % 2 ? `Crash ${index} in the renderer of tables` : `Typo ${index} in the manual of widgets`,
      labels: [index % 2 ? "bug" : "docs"],
    }));
    const report = await suggestLabels(await trackerOf(lines), 100);
    expect(report).toMatchObject({ asked: 36, learnt: 2, given: 36 });
    expect(report.right).toBe(report.suggested);
    expect(report.right).toBeGreaterThan(30);
  });
});

describe("comments", () => {
  it("have links that are followed, each to what is there", async () => {
    const report = await followCitations(repository.dir, await trackerOf(reports), {
      repository: shop,
      most: 10,
      meanings: null,
    });
    expect(report).toMatchObject({ comments: 3, broken: [] });
    expect(report.citations).toBeGreaterThan(3);
  });
});
