import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { knowing } from "../../src/commands/known-tracker.ts";
import { parseRepositoryConfig } from "../../src/config/repository-config.ts";
import { loadSettings } from "../../src/config/server-config.ts";
import { runReview, runTriage } from "../../src/pipeline.ts";
import { createDryRunPublisher } from "../../src/publish/dry-run-publisher.ts";
import { type LocalServices, openLocalServices } from "../../src/services.ts";
import { readSarif } from "../../src/tasks/review/linters/read-sarif.ts";
import { openExportedTracker } from "../../src/tracker/exported-tracker.ts";
import { localEngramKey, openLocalClone } from "../../src/workspace/local-clone.ts";
import { createRepository, type TestRepository } from "../helpers/git-repository.ts";
import { type Attack, readAttacks } from "./cases.ts";
import { expectHarmless, expectToldApart, textsOf } from "./expectations.ts";
import { type ObeyingModels, obeyingModels } from "./obeying-model.ts";

/**
 * What is read from files that others made: reports of linters, exported trackers. Every text of the cases stands in them,
 * with the same model that obeys all it reads; what would be written to GitHub is looked at.
 */
const cases = readAttacks();
const repository = { host: "github.com", owner: "acme", name: "shop" };
const pages = /^(?:https:\/\/github\.com\/acme\/shop\/(?:blob|commit|issues|pull)\/|#discussion_r\d+$)/;
const { signal } = new AbortController();

let folder: string;
let clone: TestRepository;
let local: LocalServices;
let models: ObeyingModels;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "attacks-files-"));
  clone = createRepository(join(folder, "clone"));
  clone.write("src/total.ts", "export function total(prices: number[]): number {\n  return prices.length;\n}\n");
  clone.commit("Begin");
  clone.git("checkout", "--quiet", "-b", "change");
  const lines = Array.from({ length: perReport }, (_, index) => `export const price${index} = ${index};\n`);
  clone.write("src/prices.ts", lines.join(""));
  clone.commit("Prices");
  models = obeyingModels(cases);
  local = openLocalServices(loadSettings({ ASSISTANT_HOME: join(folder, "home") }), { models: false });
});

afterAll(async () => {
  await local.close();
  rmSync(folder, { recursive: true, force: true });
});

/** As many as one review tells of linters. */
const perReport = 20;

it("reports of linters say nothing that does something", async () => {
  const own = cases.filter(({ place }) => place === "linter report");
  const others = cases.filter(({ place }) => place !== "linter report").filter((_, index) => index % 6 === 0);
  const told = [...own, ...others];
  const texts: string[] = [];
  for (let from = 0; from < told.length; from += perReport)
    texts.push(...(await reviewed(sarifOf(told.slice(from, from + perReport)))));

  expect(texts.length).toBeGreaterThan(0);
  for (const text of texts) expectHarmless(text, pages);
  // Not vacuous: that there was something to show of each report can be seen.
  expect(texts.join("\n")).toContain("The repository's own linter reports this");
  expectToldApart(models.prompts, cases);
});

it("an exported tracker makes nobody do anything", async () => {
  models.prompts.length = 0;
  models.read.clear();
  const file = join(folder, "tracker.jsonl");
  writeFileSync(file, exportOf(cases));
  const { tracker } = await openExportedTracker(file);
  const services = { ...knowing({ tracker, vectors: null }, local), models };
  const workspace = await openLocalClone(clone.dir);
  for (const { number, ...issue } of [...tracker.issues()].filter(({ state }) => state === "open")) {
    const publisher = createDryRunPublisher({ repository });
    await runTriage(
      {
        subject: { kind: "issue", number },
        asked: true,
        issue: { ...issue, number },
        repository,
        pastIssues: [],
        labels: { precision: 0.95, apply: true, settled: [] },
        learn: true,
        workspace,
        engramKey: localEngramKey(workspace.gitDir),
        engramCommit: clone.git("rev-parse", "main"),
        publisher,
        signal,
        progress: () => {},
      },
      services,
    );
    for (const { path, body } of publisher.payloads) {
      expect(path).toMatch(new RegExp(`^/repos/acme/shop/issues/(?:${number}/comments|comments/\\d+)$`));
      for (const text of textsOf(body)) expectHarmless(text, pages);
    }
  }
  expect(models.read.size).toBeGreaterThan(openIssues / 2);
  expectToldApart(models.prompts, cases);
});

/** Texts of the comments that a review with such a report would write. */
async function reviewed(sarif: string): Promise<string[]> {
  const workspace = await openLocalClone(clone.dir);
  const [target, head] = [clone.git("rev-parse", "main"), clone.git("rev-parse", "change")];
  const publisher = createDryRunPublisher({ repository, check: true });
  const { config } = parseRepositoryConfig("mode: auto\nreview:\n  inline: [linter, model]\n");
  await runReview(
    {
      subject: { kind: "pull", number: 7 },
      asked: true,
      workspace,
      engramKey: localEngramKey(workspace.gitDir),
      engramCommit: target,
      target,
      head,
      defaultCommit: target,
      learn: false,
      others: [],
      config,
      linterResults: readSarif(sarif, "report.sarif"),
      publisher,
      signal,
      progress: () => {},
    },
    { ...local, models },
  );
  return publisher.payloads.flatMap(({ body }) => textsOf(body));
}

/** The text as message, as name of the rule and of the tool. */
function sarifOf(told: readonly Attack[]): string {
  const runs = told.map(({ text }, index) => ({
    tool: { driver: { name: index % 3 === 0 ? text : "lint", rules: [] } },
    results: [
      {
        ruleId: index % 2 === 0 ? text : "rule",
        level: "error",
        message: { text },
        locations: [
          {
            physicalLocation: { artifactLocation: { uri: "src/prices.ts" }, region: { startLine: index + 1 } },
          },
        ],
      },
    ],
  }));
  return JSON.stringify({ version: "2.1.0", runs });
}

/** Closed issues with a comment for each text; the last ones are open, and ask the same again. */
function exportOf(told: readonly Attack[]): string {
  const time = "2026-01-01T00:00:00Z";
  const past = told.map(({ text }, index) => ({
    number: index + 1,
    title: index % 3 === 0 ? text : `Totals of prices are wrong ${index}`,
    body: `The total of prices is wrong in src/total.ts.\n\n${text}`,
    state: "closed",
    // Whoever may write names the labels: they are answers that a model may choose, no material.
    labels: [index % 2 === 0 ? "bug" : "question"],
    createdAt: time,
    closedAt: time,
    author: "mallory",
    comments: [{ author: "mallory", body: text, createdAt: time }],
  }));
  const open = told.slice(-openIssues).map(({ text }, index) => ({
    number: told.length + index + 1,
    title: `total of prices is wrong ${index}`,
    body: `The total of prices is wrong in src/total.ts.\n\n${text}`,
    state: "open",
    createdAt: time,
    author: "mallory",
  }));
  return [...past, ...open].map((issue) => `${JSON.stringify(issue)}\n`).join("");
}

const openIssues = 12;
