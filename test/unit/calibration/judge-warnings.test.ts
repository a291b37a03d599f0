import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { judgementKey } from "../../../src/calibration/judge-pull.ts";
import { judgeWarnings, type JudgedPull } from "../../../src/calibration/judge-warnings.ts";
import type { JudgedWarning, WarningKind } from "../../../src/calibration/judged-warning.ts";
import { loadKernel } from "../../../src/engram/kernel/load-kernel.ts";
import { createMemoryEngramStore } from "../../../src/engram/memory-engram-store.ts";
import { createUnitParser } from "../../../src/engram/units/tree-sitter-parser.ts";
import { createMemoryHistoryStore } from "../../../src/history/memory-history-store.ts";
import { createSqlitePastChangesStore } from "../../../src/history/sqlite-past-changes-store.ts";
import { createSqlitePastPullsStore } from "../../../src/history/sqlite-past-pulls-store.ts";
import { readChange } from "../../../src/workspace/read-change.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";

let repository: TestRepository;
let directory: string;

beforeEach(() => {
  repository = createRepository();
  directory = mkdtempSync(join(tmpdir(), "judged-"));
});

afterEach(() => {
  repository.dispose();
  rmSync(directory, { recursive: true, force: true });
});

function commit(files: Record<string, string>, message = "Work"): string {
  for (const [path, text] of Object.entries(files)) repository.write(path, text);
  return repository.commit(message);
}

/** A pull request of several commits, given as the files that each writes, and never merged. */
function pull(number: number, ...states: (Record<string, string> | (() => void))[]): void {
  repository.git("checkout", "--quiet", "-B", `topic-${number}`, "main");
  for (const state of states) {
    if (typeof state === "function") state();
    else commit(state);
  }
  repository.git("update-ref", `refs/pull/${number}/head`, "HEAD");
  repository.git("checkout", "--quiet", "main");
}

async function judge(known?: Map<string, JudgedWarning[]>): Promise<JudgedPull[]> {
  const gitDir = repository.dir;
  const newest = repository.git("rev-parse", "main");
  const { pulls } = await createSqlitePastPullsStore({ directory }).update("r", gitDir, newest);
  const bases = pulls.pulls.map(({ base }) => base);
  const { index } = await createMemoryHistoryStore().update("r", gitDir, [newest, ...bases]);
  const changes = createSqlitePastChangesStore({ directory, kernel: loadKernel().kernel });
  const commits = index.at(newest).commits.map((one) => one.commit);
  const engrams = createMemoryEngramStore();
  const sources = {
    gitDir,
    readChange,
    engramAt: async (commitId: string) => (await engrams.update("r", gitDir, commitId)).engram,
    historyAt: (commitId: string) => index.at(commitId),
    changes: (await changes.update("r", gitDir, commits)).changes,
    units: createUnitParser(),
  };
  const judged: JudgedPull[] = [];
  for await (const one of judgeWarnings(pulls.pulls, sources, { history: index.at(newest), known })) judged.push(one);
  changes.close();
  return judged;
}

async function warningsOf(kind: WarningKind): Promise<[pull: number, path: string, right: boolean][]> {
  const judged = await judge();
  return judged.flatMap(({ pull: { number }, warnings }) =>
    (warnings ?? []).flatMap((one): [number, string, boolean][] =>
      one.kind === kind ? [[number, one.path, one.right]] : [],
    ),
  );
}

const words = "const total = orders.filter(isOpen).map(priceOf).reduce(sumOf, 0)";
function block(condition: string): string {
  return [
    `  if (${condition}) {`,
    "    const parsed = parseAmount(field.text, settings.currency);",
    "    if (parsed === null) throw new RangeError(`no amount in ${field.name}`);",
    "    totals.set(field.name, (totals.get(field.name) ?? 0) + parsed.cents);",
    "  }",
  ].join("\n");
}
const file = (name: string, condition: string): string =>
  `export function ${name}(field, settings, totals) {\n${block(condition)}\n  return totals;\n}\n`;

describe("judgeWarnings", () => {
  it("takes a companion for right where the final state changed it", async () => {
    commit({ "other.ts": "1\n", "another.ts": "1\n" });
    for (let turn = 0; turn < 10; turn++) commit({ "a.ts": `a ${turn}\n`, "a.sql": `sql ${turn}\n` });
    pull(1, { "a.ts": "first\n" }, { "a.sql": "second\n" });
    pull(2, { "a.ts": "first\n" }, { "a.ts": "second\n" });
    pull(3, { "a.ts": "first\n", "a.sql": "at once\n" }, { "a.ts": "second\n" });
    pull(4, { "a.ts": "only one commit\n" });
    expect(await warningsOf("companion")).toEqual([
      [1, "a.sql", true],
      [2, "a.sql", false],
    ]);
  });

  it("judges a test that goes with code as a kind of its own, and neither a test's test nor its data", async () => {
    const files = ["a.ts", "a.test.ts", "b.test.ts", "fixtures/a.txt"];
    commit({ "other.ts": "1\n", "fixtures/other.txt": "1\n" });
    for (let turn = 0; turn < 10; turn++) commit(Object.fromEntries(files.map((path) => [path, `${path} ${turn}\n`])));
    pull(1, { "a.ts": "first\n", "b.test.ts": "first\n" }, { "a.test.ts": "second\n" });
    pull(2, { "a.test.ts": "first\n", "fixtures/a.txt": "first\n" }, { "b.test.ts": "second\n" });
    expect(await warningsOf("paired-test")).toEqual([[1, "a.test.ts", true]]);
    expect(await warningsOf("companion")).toEqual([
      [1, "fixtures/a.txt", false],
      [2, "a.ts", false],
      [2, "b.test.ts", true],
    ]);
  });

  it("tells weak habits from strong ones", async () => {
    commit({ "other.ts": "1\n" });
    for (let turn = 0; turn < 12; turn++) {
      commit({ "a.ts": `a ${turn}\n`, "a.sql": `sql ${turn}\n`, ...(turn % 2 === 1 && { "a.md": `md ${turn}\n` }) });
    }
    pull(1, { "a.ts": "first\n" }, { "a.md": "second\n" });
    const [judged] = await judge();
    expect(judged?.warnings).toEqual([
      expect.objectContaining({ path: "a.sql", band: "confidence 0.9, support 8", right: false }),
      // 6 of 12, and the newest of them
      expect.objectContaining({ path: "a.md", band: "confidence 0.5, support 4", right: true }),
    ]);
    expect(judged?.warnings?.map(({ chance }) => chance)).toEqual([0, 0]);
  });

  it("learns nothing from what came after the base", async () => {
    commit({ "a.ts": "a\n", "a.sql": "sql\n" });
    pull(1, { "a.ts": "first\n" }, { "a.sql": "second\n" });
    for (let turn = 0; turn < 10; turn++) commit({ "a.ts": `a ${turn}\n`, "a.sql": `sql ${turn}\n` });
    expect(await warningsOf("companion")).toEqual([]);
  });

  it("takes a copy for right where the final state changed its lines", async () => {
    commit({ "one.ts": file("one", "field.isOpen"), "two.ts": file("two", "field.isOpen") });
    const changed = { "one.ts": file("one", "field.isOpen && !field.isEmpty") };
    pull(1, changed, { "two.ts": file("two", "field.isOpen && !field.isEmpty") });
    pull(2, changed, { "two.ts": `// beside it\n${file("two", "field.isOpen")}` });
    pull(3, changed, { "three.ts": words });
    expect(await warningsOf("near-copy")).toEqual([
      [1, "two.ts", true],
      [2, "two.ts", false],
      [3, "two.ts", false],
    ]);
  });

  it("judges neither way a copy that the default branch changed meanwhile, and finds one that moved", async () => {
    const changed = { "one.ts": file("one", "field.isOpen && !field.isEmpty") };
    commit({ "one.ts": file("one", "field.isOpen"), "two.ts": file("two", "field.isOpen") });
    const meanwhile = (text: string) => () => {
      repository.git("branch", "--force", "aside", "main");
      const topic = repository.git("rev-parse", "--abbrev-ref", "HEAD");
      repository.git("checkout", "--quiet", "main");
      commit({ "two.ts": text });
      repository.git("checkout", "--quiet", topic);
      repository.git("merge", "--quiet", "--no-ff", "-m", "Merge main", "main");
    };
    pull(1, changed, meanwhile(`// moved\n// down\n${file("two", "field.isOpen")}`), {
      "two.ts": `// moved\n// down\n${file("two", "field.isOpen && !field.isEmpty")}`,
    });
    pull(2, { "one.ts": file("one", "field.isOpen || field.isNew") }, meanwhile("export {}\n"), { "x.ts": "x\n" });
    expect(await warningsOf("near-copy")).toEqual([[1, "two.ts", true]]);
  });

  it("takes a name for right that the final state uses no more, or defines again", async () => {
    const used = 'import { parseAmount } from "./amount.ts";\nexport const total = parseAmount("1");\n';
    const defined = "export function parseAmount(text) {\n  return Number(text);\n}\n";
    commit({ "amount.ts": `${defined}export const zero = 0;\n`, "use.ts": used });
    const removed = { "amount.ts": "export const zero = 0;\n" };
    pull(1, removed, { "use.ts": "export const total = 1;\n" });
    pull(2, removed, { "amount.ts": `export const zero = 0;\n${defined}` });
    pull(3, removed, { "README.md": "Nothing else.\n" });
    const judged = await warningsOf("dangling-reference");
    expect(judged.map(([number, , right]) => [number, right])).toEqual([
      [1, true],
      [2, true],
      [3, false],
    ]);
  });

  it("takes a fix that is undone for right where the final state keeps it", async () => {
    commit({ "one.ts": file("one", "field.isOpen"), "x.ts": "x\n" });
    const fixed = file("one", "field.isOpen && field.kind !== 'note' && !settings.isFrozen");
    commit({ "one.ts": fixed }, "Fix: notes have no amount (#3)");
    pull(1, { "one.ts": file("one", "field.isOpen") }, { "one.ts": fixed, "x.ts": "y\n" });
    pull(2, { "one.ts": file("one", "field.isOpen") }, { "x.ts": "y\n" });
    expect(await warningsOf("undone")).toEqual([
      [1, "one.ts", true],
      [2, "one.ts", false],
    ]);
  });

  it("gives known judgements again, and passes over what git cannot read", async () => {
    commit({ "a.ts": "a\n" });
    pull(1, { "a.ts": "first\n" }, { "a.ts": "second\n" });
    pull(2, { "a.ts": "lost\n" }, { "a.ts": "third\n" });
    const [first] = await judge();
    const known = new Map<string, JudgedWarning[]>([[judgementKey((first as JudgedPull).pull), []]]);
    const oid = repository.git("rev-parse", "refs/pull/2/head~1:a.ts");
    rmSync(join(repository.dir, ".git/objects", oid.slice(0, 2), oid.slice(2)));
    const again = await judge(known);
    expect(again.map(({ pull: { number }, warnings }) => [number, warnings])).toEqual([
      [1, []],
      [2, null],
    ]);
    expect(again[0]?.warnings).toBe(known.get(again[0]?.key ?? ""));
  });
});
