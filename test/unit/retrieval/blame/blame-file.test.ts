import { spawnSync } from "node:child_process";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMemoryHistoryStore } from "../../../../src/history/memory-history-store.ts";
import type { PastChanges } from "../../../../src/history/past-changes.ts";
import { blameFile } from "../../../../src/retrieval/blame/blame-file.ts";
import { closeObjectReaders } from "../../../../src/shared/git-object-reader.ts";
import { createRepository, type TestRepository } from "../../../helpers/git-repository.ts";
import { createPastStores } from "../../../helpers/past-stores.ts";

const stores = createPastStores();
let repository: TestRepository;
let key = 0;

beforeEach(() => {
  repository = createRepository();
  key++;
});
afterEach(() => {
  closeObjectReaders();
  repository.dispose();
});
afterAll(() => stores.dispose());

/** Lines by commit, as git tells it. */
function byGit(path: string, lines: readonly number[], commit = "HEAD"): Record<string, number> {
  const ranges = lines.flatMap((line) => ["-L", `${line},${line}`]);
  const run = spawnSync("git", ["-C", repository.dir, "blame", "-w", "--porcelain", ...ranges, commit, "--", path]);
  const found: Record<string, number> = {};
  for (const [, id = ""] of run.stdout.toString().matchAll(/^([0-9a-f]{40}) \d+ \d+/gm))
    found[id] = (found[id] ?? 0) + 1;
  return found;
}

async function pastOfHead(): Promise<{ commit: string; changes: PastChanges }> {
  const commit = repository.git("rev-parse", "HEAD");
  const listed = repository.git("rev-list", "--no-merges", "HEAD").split("\n");
  const { changes } = await stores.changes.update(`blame-${key}`, repository.dir, listed);
  return { commit, changes };
}

async function blame(path: string, lines: readonly number[], given: { changes?: PastChanges | undefined } = {}) {
  const { commit, changes } = await pastOfHead();
  const { index } = await createMemoryHistoryStore().update("test", repository.dir, [commit]);
  const known = { changes, ...given };
  return blameFile({ gitDir: repository.dir, history: index.at(commit), commit, path, lines, ...known });
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

describe("blameFile", () => {
  it.each([1, 2, 3, 4, 5, 6])(
    "tells what git tells of a random history with branches and renames (%i)",
    async (seed) => {
      const path = growHistory(repository, seed);
      const count = repository.git("show", `HEAD:${path}`).split("\n").length;
      const wanted = byGit(path, numbers(count));
      for (const given of [{}, { changes: undefined }]) {
        const { told, rest } = await blame(path, numbers(count), given);
        expect(rest).toEqual([]);
        expect(Object.fromEntries(told)).toEqual(wanted);
      }
    },
  );

  it("does not take white space for a change, nor a move to another file name", async () => {
    repository.write("a/one.ts", "alpha one\nbeta two\ngamma three\ndelta four\n");
    const first = repository.commit("first");
    repository.write("a/one.ts", "alpha one\n    beta two\ngamma three\ndelta four\n");
    repository.commit("indent");
    repository.git("mv", "a/one.ts", "two.ts");
    repository.commit("move");
    repository.remove("two.ts");
    repository.write("b/two.ts", "alpha one\n    beta two\ngamma other\ndelta four\n");
    repository.write("b/unlike.ts", "nothing\n");
    const moved = repository.commit("move and change");
    const { told } = await blame("b/two.ts", [1, 2, 3, 4]);
    expect(Object.fromEntries(told)).toEqual({ [first]: 3, [moved]: 1 });
    expect(Object.fromEntries(told)).toEqual(byGit("b/two.ts", [1, 2, 3, 4]));
  });

  it("tells what a merge wrote itself, and takes its parents' word for the rest", async () => {
    repository.write("a.ts", "one\ntwo\nthree\n");
    const base = repository.commit("base");
    repository.git("switch", "-q", "-c", "side");
    repository.write("a.ts", "one\ntwo side\nthree\n");
    repository.commit("side");
    repository.git("switch", "-q", "main");
    repository.write("a.ts", "one\ntwo main\nthree\n");
    repository.commit("main");
    spawnSync("git", ["-C", repository.dir, "merge", "side"]);
    repository.write("a.ts", "one\ntwo both\nthree\n");
    const merge = repository.commit("merge");
    const { told } = await blame("a.ts", [1, 2, 3]);
    expect(Object.fromEntries(told)).toEqual({ [base]: 2, [merge]: 1 });
  });

  it("hands on to git what the history does not reach, with the lines' numbers of then", async () => {
    repository.write(
      "a.ts",
      numbers(20)
        .map((n) => `line ${n}\n`)
        .join(""),
    );
    repository.commit("old");
    repository.write("a.ts", ["new 1\n", "new 2\n", ...numbers(20).map((n) => `line ${n}\n`)].join(""));
    const second = repository.commit("second");
    const { commit, changes } = await pastOfHead();
    const { index } = await createMemoryHistoryStore().update("test", repository.dir, [commit]);
    const whole = index.at(commit);
    const short = {
      ...whole,
      commits: whole.commits.slice(0, 1),
      truncated: true,
      positionOf: (id: string) => (id === second ? 0 : null),
      parentsOf: () => [-1],
      commitsOf: () => [0],
    };
    const question = { gitDir: repository.dir, changes, commit, path: "a.ts", lines: [1, 7, 8] };
    const { told, rest } = await blameFile({ ...question, history: short });
    expect(told.size).toBe(0);
    expect(rest).toEqual([{ commit: second, path: "a.ts", lines: [1, 7, 8] }]);
  });

  it("is not misled by hunks that are missing", async () => {
    repository.write(
      "a.ts",
      numbers(9)
        .map((n) => `line ${n}\n`)
        .join(""),
    );
    const first = repository.commit("first");
    repository.write(
      "a.ts",
      numbers(9)
        .map((n) => (n === 5 ? "other 5\n" : `line ${n}\n`))
        .join(""),
    );
    const second = repository.commit("second");
    repository.write("a.ts", ["top\n", ...numbers(9).map((n) => (n === 5 ? "other 5\n" : `line ${n}\n`))].join(""));
    repository.commit("third");
    const { changes } = await pastOfHead();
    const place = { commit: second, path: "a.ts", oldStart: 9, oldLines: 1, newStart: 9, newLines: 1 };
    const lying: PastChanges = {
      ...changes,
      hunksOf: (path) => new Map([...(changes.hunksOf?.(path) ?? []), [second, [place]]]),
    };
    const { told } = await blame("a.ts", [6, 7], { changes: lying });
    expect(Object.fromEntries(told)).toEqual({ [second]: 1, [first]: 1 });
  });

  it("says nothing of a file that is not there, and leaves it to git", async () => {
    repository.write("a.ts", "one\n");
    const commit = repository.commit("first");
    expect(await blame("none.ts", [1])).toEqual({ told: new Map(), rest: [{ commit, path: "none.ts", lines: [1] }] });
  });
});

/** Every line is unlike every other, so that there is one right answer. Returns the file's last name. */
function growHistory(made: TestRepository, seed: number): string {
  let state = seed * 7_919;
  const random = (below: number): number => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
  let line = 0;
  const fresh = (count: number): string[] => Array.from({ length: count }, () => `line number ${line++} of ${seed}`);
  const text = (lines: readonly string[]): string => lines.map((one) => `${one}\n`).join("");
  // git takes white space for a difference where it looks for renames; we do not.
  const edit = (lines: readonly string[], from: number, to: number, mayIndent = true): string[] => {
    const [start, take] = [from + random(Math.max(1, to - from)), random(4)];
    const rest = lines.slice(Math.min(start + take, to));
    const indent =
      random(4) === 0 && mayIndent ? rest.map((one) => (one.startsWith(" ") ? one.trim() : `  ${one}`)) : rest;
    return [...lines.slice(0, start), ...fresh(1 + random(4)), ...indent];
  };
  let path = "src/start.ts";
  let lines = fresh(40);
  made.write(path, text(lines));
  made.commit("start");
  for (let n = 0; n < 14; n++) {
    made.write(`other/${n}.ts`, text(fresh(3)));
    if (n % 5 === 4) {
      made.remove(path);
      path = n % 2 === 0 ? `src/name-${n}.ts` : `lib/deep/name-${n}.ts`;
    }
    if (n % 4 === 3) {
      made.commit("before the branch");
      const half = lines.length >> 1;
      made.git("switch", "-q", "-c", `side-${n}`);
      made.write(path, text([...lines.slice(0, half), ...edit(lines, half + 5, lines.length).slice(half)]));
      made.commit("side");
      made.git("switch", "-q", "main");
      lines = [...fresh(2), ...lines];
      made.write(path, text(lines));
      made.commit("main");
      made.git("merge", "-q", "--no-edit", `side-${n}`);
      lines = made.git("show", `HEAD:${path}`).split("\n");
      continue;
    }
    lines = edit(lines, 0, lines.length, n % 5 !== 4);
    made.write(path, text(lines));
    made.commit(`change ${n}`);
  }
  return path;
}
