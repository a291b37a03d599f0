import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createExactIndexes } from "../../../bench/retrieval/exact-index.ts";
import { followTree } from "../../../bench/retrieval/file-index.ts";
import { isRecorded, readPastTasks } from "../../../bench/retrieval/past-tasks.ts";
import { createFts5Index, createMiniSearchIndex } from "../../../bench/retrieval/peer-indexes.ts";
import { bootstrapInterval, scoreOf } from "../../../bench/retrieval/scores.ts";
import { fileNamesOf, stripFileNames } from "../../../bench/retrieval/strip-names.ts";
import { walkTasks } from "../../../bench/retrieval/walk.ts";
import { loadKernel } from "../../../src/engram/kernel/load-kernel.ts";
import { createMemoryEngramStore } from "../../../src/engram/memory-engram-store.ts";
import { encoderOf } from "../../../src/engram/sqlite-engram-store.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";

let repository: TestRepository;
const commits: string[] = [];

beforeAll(() => {
  repository = createRepository();
  const commit = (message: string, files: Record<string, string>, author?: string) => {
    for (const [path, text] of Object.entries(files)) repository.write(path, text);
    commits.push(repository.commit(message, author === undefined ? {} : { author }));
  };
  const parser = "export function parseHeader(line) {\n  return line.split(':');\n}\n";
  commit("First version of everything", {
    "src/parser.ts": parser,
    "src/writer.ts": "export function writeHeader(name, value) {\n  return `${name}: ${value}`;\n}\n",
    "test/parser.test.ts": 'import { parseHeader } from "../src/parser.ts";\n',
    "CHANGELOG.md": "# 1\n",
  });
  commit("Headers without a colon are an error", {
    "src/parser.ts": parser.replace("return", "check(line);\n  return"),
    "test/parser.test.ts": 'import { parseHeader } from "../src/parser.ts";\nit("checks");\n',
    "CHANGELOG.md": "# 2\n",
  });
  commit("Bump version to 2.0.0", { "src/writer.ts": "// 2\n" });
  commit("Update the writer now", { "src/writer.ts": "// 3\n" }, "renovate[bot] <bot@example.com>");
  commit("Writer knows folding\n\nSigned-off-by: Ada <ada@example.com>", {
    "src/writer.ts": "// fold\n",
    "src/new.ts": "1;\n",
  });
});

afterAll(() => repository.dispose());

describe("past tasks", () => {
  it("are commits of people that say something, oldest first, without what nobody writes by hand", async () => {
    const tasks = await readPastTasks(repository.dir, 10);
    expect(tasks.map(({ commit }) => commit)).toEqual([commits[1], commits[4]]);
    expect(tasks[0]?.parent).toBe(commits[0]);
    expect(tasks[0]?.diffs.map(({ path }) => path)).toEqual(["src/parser.ts", "test/parser.test.ts"]);
    expect(tasks[0]?.diffs[0]?.added).toEqual(["  check(line);"]);
    expect(tasks[0]?.diffs[0]?.context).toContain("export function parseHeader(line) {");
    expect(tasks[1]?.message).toBe("Writer knows folding");
  });
});

describe("scores", () => {
  it("count relevant files among the first, the query's own left out", () => {
    const ranked = ["own", "a", "x", "b", "y", "z", "c"];
    expect(scoreOf(ranked, ["a", "b", "c", "d"], "own")).toEqual({ r5: 0.5, r10: 0.75, mrr: 1 });
    expect(scoreOf(ranked, ["z"], null)).toEqual({ r5: 0, r10: 1, mrr: 1 / 6 });
    expect(scoreOf([], ["z"], null)).toEqual({ r5: 0, r10: 0, mrr: 0 });
  });

  it("draw commits, not queries, for an interval", () => {
    const one = Array.from({ length: 50 }, () => ({ commit: "a", value: 1 }));
    const other = [{ commit: "b", value: 0 }];
    // Whole commits are drawn: both twice, or one of each.
    expect(bootstrapInterval([[...one, ...other]])).toEqual([0, 1]);
    expect(bootstrapInterval([one])).toEqual([1, 1]);
    // Two repositories count alike, however many queries each has.
    expect(bootstrapInterval([one, other])).toEqual([0.5, 0.5]);
  });
});

describe("names of files in a message", () => {
  it("are taken out as paths, ends of paths, base names and stems, and nothing else", () => {
    const names = fileNamesOf(["src/query/runner.ts", "README.md"]);
    const text = "Fix src/query/runner.ts, query/runner.ts, runner.ts and Runner, see README. Runners run.";
    expect(stripFileNames(text, names).replace(/\s+/g, " ")).toBe("Fix , , and , see Runners run.");
  });
});

describe("indexes that follow a tree", () => {
  it("rank as the engram does, and as if they were built anew", async () => {
    const { kernel } = loadKernel();
    const store = createMemoryEngramStore({ kernel });
    const follower = followTree((path) => !isRecorded(path));
    const moved = createExactIndexes(encoderOf({ kernel }));
    const peers = [createMiniSearchIndex(), createFts5Index()];
    const queries = ["parse header line", "writer header", "fold", "test of parser"];
    for (const commit of commits) {
      const { engram } = await store.update("bench", repository.dir, commit);
      const changed = follower.changesTo(engram);
      moved.update(changed, engram);
      for (const peer of peers) peer.update(changed, engram);
      const fresh = createExactIndexes(encoderOf({ kernel }));
      const anew = [createMiniSearchIndex(), createFts5Index()];
      const all = followTree((path) => !isRecorded(path)).changesTo(engram);
      for (const index of [fresh, ...anew]) index.update(all, engram);
      for (const query of queries) {
        expect(moved.bm25.search(query)).toEqual(fresh.bm25.search(query));
        expect(moved.tfidf.search(query)).toEqual(fresh.tfidf.search(query));
        for (const [i, peer] of peers.entries()) {
          expect(peer.search(query).toSorted()).toEqual(anew[i]?.search(query).toSorted());
        }
      }
    }
    const { engram } = await store.update("whole", repository.dir, commits[0] ?? "");
    const exact = createExactIndexes(encoderOf({ kernel }));
    exact.update(followTree(() => true).changesTo(engram), engram);
    for (const query of queries.filter((each) => each !== "fold")) {
      const ours = [...new Set(engram.search(query, { k: 100 }).map(({ path }) => path))];
      expect(exact.bm25.search(query)).toEqual(ours);
    }
  });
});

describe("the walk", () => {
  it("asks messages and changes in the parent's tree alone", async () => {
    const tasks = await readPastTasks(repository.dir, 10);
    const { answers, tasks: asked } = await walkTasks(repository.dir, tasks);
    expect(asked).toBe(2);
    const kinds = answers.map(({ commit, kind }) => `${commits.indexOf(commit)} ${kind}`);
    // The last commit's second file is new: it is no answer, so there is nothing to ask its other file for.
    expect(kinds).toEqual(["1 msg", "1 msg_no_names", "1 hunk", "1 hunk", "4 msg", "4 msg_no_names", "4 hunk"]);
    for (const { scores } of answers) for (const { r10 } of Object.values(scores)) expect(r10).toBeLessThanOrEqual(1);
    expect(answers[2]?.scores.ours.r5).toBe(1);
  });
});
