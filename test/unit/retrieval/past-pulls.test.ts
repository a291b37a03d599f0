import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { History } from "../../../src/history/history.ts";
import { createMemoryHistoryStore } from "../../../src/history/memory-history-store.ts";
import type { PastPulls } from "../../../src/history/past-pulls.ts";
import { createSqlitePastPullsStore } from "../../../src/history/sqlite-past-pulls-store.ts";
import type { Evidence } from "../../../src/retrieval/evidence.ts";
import { findPastPulls, type ShapedLines } from "../../../src/retrieval/past-pulls.ts";
import { readChange } from "../../../src/workspace/read-change.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";

let repository: TestRepository;
let directory: string;

beforeEach(() => {
  repository = createRepository();
  directory = mkdtempSync(join(tmpdir(), "past-pulls-"));
  for (const name of ["a", "b", "c", "d", "e", "f"]) repository.write(`${name}.ts`, lines());
  repository.commit("Begin");
});

afterEach(() => {
  repository.dispose();
  rmSync(directory, { recursive: true, force: true });
});

function lines(changed: Record<number, string> = {}): string {
  return Array.from({ length: 12 }, (_, index) => `${changed[index + 1] ?? `line ${index + 1}`}\n`).join("");
}

function commit(files: Record<string, string>, message: string): string {
  for (const [path, text] of Object.entries(files)) repository.write(path, text);
  return repository.commit(message);
}

/** A branch with one commit, as GitHub keeps it; the work tree is on main again afterwards. */
function pull(number: number, files: Record<string, string>, message = `Pull ${number}`): string {
  repository.git("checkout", "--quiet", "-B", `topic-${number}`, "main");
  const head = commit(files, message);
  repository.git("update-ref", `refs/pull/${number}/head`, head);
  repository.git("checkout", "--quiet", "main");
  return head;
}

function squash(number: number, files: Record<string, string>): string {
  pull(number, files);
  return commit(files, `Squashed (#${number})`);
}

/** What is found for a change that sets out from `base`. */
async function find(
  files: Record<string, string>,
  { base = "main", shaped = [] as ShapedLines[], head = "", open = [] as number[], except = 0 } = {},
): Promise<Evidence[]> {
  const from = repository.git("rev-parse", base);
  repository.git("checkout", "--quiet", "-B", "change", from);
  const to = head === "" ? commit(files, "Change") : head;
  repository.git("checkout", "--quiet", "main");
  const change = await readChange(repository.dir, from, to);
  const isOpen = (number: number): boolean => open.includes(number);
  return findPastPulls(change, await readPulls(), { history: await historyAt(from), shaped, isOpen, except });
}

async function readPulls(): Promise<PastPulls> {
  const store = createSqlitePastPullsStore({ directory });
  const { pulls } = await store.update("r", repository.dir, repository.git("rev-parse", "main"));
  store.close();
  return pulls;
}

async function historyAt(commitId: string): Promise<History> {
  return (await createMemoryHistoryStore().update("r", repository.dir, [commitId])).index.at(commitId);
}

function numbers(found: Evidence[]): number[] {
  return found.flatMap(({ citation }) => (citation.kind === "pull" ? [citation.number] : []));
}

describe("findPastPulls", () => {
  it("names the pull request that last wrote the lines, by the commit that brought it in", async () => {
    const merged = squash(4, { "a.ts": lines({ 5: "five" }) });
    repository.git("checkout", "--quiet", "main");
    const found = await find({ "a.ts": lines({ 5: "5", 6: "6" }) }, { shaped: [{ commit: merged, lines: 1 }] });
    expect(found).toEqual([
      {
        kind: "past-pull",
        citation: { kind: "pull", number: 4, title: "Squashed (#4)" },
        score: 0.5,
        why: `last wrote 1 of the 2 lines under this change; merged as ${merged.slice(0, 12)}`,
        text: "Squashed (#4)",
      },
    ]);
  });

  it("names it by an own commit of it as well, and by what a rebased commit says", async () => {
    const own = pull(5, { "a.ts": lines({ 5: "five" }) });
    repository.git("merge", "--quiet", "--no-ff", "-m", "Merge pull request #5 from x/y", own);
    pull(6, { "b.ts": lines({ 5: "five" }) });
    const rebased = commit({ "b.ts": lines({ 5: "five" }) }, "Five");
    pull(7, { "c.ts": lines({ 5: "five" }) });
    const named = commit({ "c.ts": lines({ 5: "five" }) }, "Five (#7)");
    const shaped = [own, rebased, named].map((one) => ({ commit: one, lines: 1 }));
    expect(numbers(await find({ "a.ts": lines() }, { shaped }))).toEqual([7, 5]);
  });

  it("sees nothing newer than the base: neither what was merged later nor what is younger", async () => {
    const before = repository.git("rev-parse", "main");
    pull(3, { "a.ts": lines({ 5: "young" }) });
    const merged = squash(1, { "a.ts": lines({ 5: "five" }) });
    pull(2, { "a.ts": lines({ 5: "six" }) });
    const shaped = [{ commit: merged, lines: 1 }];
    expect(await find({ "a.ts": lines({ 5: "5" }) }, { base: before, shaped })).toEqual([]);
    commit({ "README.md": "later\n" }, "Later");
    expect(numbers(await find({ "a.ts": lines({ 5: "5" }) }, { shaped }))).toEqual([2, 1]);
  });

  it("compares line numbers only in files that nobody changed since", async () => {
    pull(1, { "a.ts": lines({ 2: "two" }) });
    pull(2, { "a.ts": lines({ 9: "nine" }) });
    pull(3, { "b.ts": lines({ 2: "two" }) });
    commit({ "b.ts": `new\n${lines()}` }, "Lines move");
    const found = await find({ "a.ts": lines({ 1: "one", 2: "zwei" }), "b.ts": `new\n${lines({ 2: "zwei" })}` });
    expect(numbers(found)).toEqual([1]);
    expect(found[0]?.why).toBe("touches 1 of the 3 lines under this change; not merged");
  });

  it("names an open one on the same lines first, however young, and never the one that is read", async () => {
    const merged = squash(4, { "a.ts": lines({ 2: "two", 3: "three", 4: "four" }) });
    const now = { 2: "two", 3: "three", 4: "four" };
    pull(5, { "a.ts": lines({ ...now, 2: "zwei" }) });
    pull(6, { "a.ts": lines({ ...now, 9: "nine" }) });
    pull(7, { "a.ts": lines({ ...now, 3: "drei" }) });
    const mine = { "a.ts": lines({ 2: "2", 3: "3", 4: "4" }) };
    const shaped = [{ commit: merged, lines: 3 }];
    // Merged in the meantime, which git alone does not tell of a squash: GitHub's word decides.
    const found = await find(mine, { shaped, open: [5, 6, 7], except: 7 });
    expect(numbers(found)).toEqual([5, 4]);
    expect(found[0]?.why).toBe("open, touches 1 of the 3 lines under this change; not merged yet");
    expect(numbers(await find(mine, { shaped, open: [] }))).toEqual([4]);
    expect(numbers(await find(mine, { open: [5, 7], except: 7 }))).toEqual([5]);
  });

  it("takes the lines beside it for where something is put in", async () => {
    pull(1, { "a.ts": lines({ 7: "seven" }) });
    commit({ "README.md": "later\n" }, "Later");
    expect(numbers(await find({ "a.ts": lines({ 7: "line 7\nmore" }) }))).toEqual([1]);
    expect(numbers(await find({ "a.ts": lines({ 9: "line 9\nmore" }) }))).toEqual([]);
  });

  it("finds those with about the same files, rare ones weighing more", async () => {
    squash(1, { "a.ts": lines({ 1: "1" }), "b.ts": lines({ 1: "1" }) });
    squash(2, { "a.ts": lines({ 1: "2" }), "c.ts": lines({ 1: "2" }) });
    squash(3, { "a.ts": lines({ 1: "3" }) });
    squash(4, { "a.ts": lines({ 1: "4" }), "b.ts": lines({ 1: "4" }), "d.ts": "", "e.ts": "" });
    const found = await find({ "a.ts": lines({ 12: "x" }), "b.ts": lines({ 12: "x" }) });
    expect(numbers(found)).toEqual([1, 4]);
    expect(found.map(({ why }) => why.split(";")[0])).toEqual([
      "changed 2 of the 2 files of this change and no other",
      "changed 2 of the 2 files of this change and 2 other",
    ]);
    expect(found[0]?.score).toBeCloseTo(0.5);
  });

  it("does not cite the pull request that is being read, and looks past lock files", async () => {
    const head = pull(9, { "a.ts": lines({ 5: "five" }), "package-lock.json": "{}\n", "CHANGELOG.md": "x\n" });
    squash(8, { "package-lock.json": "{ }\n", "CHANGELOG.md": "y\n" });
    commit({ "README.md": "later\n" }, "Later");
    repository.git("checkout", "--quiet", "-B", "rebased", "main");
    expect(await find({}, { base: "main", head })).toEqual([]);
  });

  it("gives the best only", async () => {
    for (let number = 1; number <= 7; number++) squash(number, { "a.ts": `${number}`, "b.ts": `${number}` });
    const found = await find({ "a.ts": "x\n", "b.ts": "x\n" });
    expect(numbers(found)).toEqual([7, 6, 5, 4, 3]);
  });
});
