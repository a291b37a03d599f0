import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createJsKernel } from "../../src/engram/kernel/js-kernel.ts";
import type { Kernel } from "../../src/engram/kernel/kernel.ts";
import type { HunkLines, PastChanges, PastHunkMatch } from "../../src/history/past-changes.ts";
import { createSqlitePastChangesStore } from "../../src/history/sqlite-past-changes-store.ts";
import { limits } from "../../src/shared/limits.ts";
import { createRepository, type TestRepository } from "../helpers/git-repository.ts";
import { referenceChanges } from "../unit/history/past-changes-reference.ts";

const kernel = createJsKernel();
const key = "github.com/acme/shop";
const everything = { k: 50, among: () => true };

let repository: TestRepository;
/** Newest first. */
let commits: string[];
let queries: HunkLines[];

beforeAll(() => {
  repository = createRepository();
  const words = ["parse", "price", "total", "return", "shipping", "customer", "const", "order"];
  const lineOf = (n: number): string => `${words[n % 8]} ${words[(n * 5) % 7]}(${words[n % 3]}, ${n % 11});`;
  const state = Array.from({ length: 30 }, (_, i) => lineOf(i));
  for (let n = 0; n < 24; n++) {
    state.splice((n * 7) % 20, n % 4, ...Array.from({ length: (n * 3) % 5 }, (_, i) => lineOf(n * 13 + i)));
    repository.write(n % 3 === 0 ? "src/a.ts" : "src/b.ts", state.map((line) => `${line}\n`).join(""));
    repository.commit(`Change ${n}`);
  }
  repository.commit("Nothing");
  commits = repository.git("rev-list", "HEAD").split("\n");
  queries = [0, 3, 8, 14].map((n) => ({
    path: "src/b.ts",
    removed: [lineOf(n * 13), lineOf(n * 13 + 1)].slice(0, n % 3),
    added: [lineOf(n), lineOf(n + 5)],
  }));
});
afterAll(() => repository.dispose());

describe("a store of past changes", () => {
  it("finds what a hunk takes back and what it repeats, with its place", async () => {
    const made = temporaryRepository();
    made.write("lib/tax.ts", "import rate;\nexport const tax = net * rate;\nend\n");
    const base = made.commit("Base");
    made.write("lib/tax.ts", "import rate;\nexport const tax = Math.round(net * rate);\nend\n");
    const fix = made.commit("Fix rounding");
    const { changes } = await openStore().update(key, made.dir, [fix, base]);

    const [removed, added] = [["export const tax = Math.round(net * rate);"], ["export const tax = net * rate;"]];
    const [undone] = changes.takenBack({ path: "lib/tax.ts", removed, added }, everything);
    const place = { commit: fix, path: "lib/tax.ts", oldStart: 2, oldLines: 1, newStart: 2, newLines: 1 };
    expect(undone).toEqual({ ...place, score: expect.closeTo(1, 9) as number });
    const [repeated] = changes.repeated({ path: "lib/tax.ts", removed: added, added: removed }, everything);
    expect(repeated).toEqual({ ...place, score: expect.closeTo(1, 9) as number });
  });

  it("answers of hunks that hold one of the lines as it would of all, whatever the indentation", async () => {
    const made = temporaryRepository();
    const check = "if (order.total < least) return refuse(order);";
    const commitOf = (path: string, ...lines: string[]): string => {
      made.write(path, lines.map((line) => `${line}\n`).join(""));
      return made.commit(`Change ${path}`);
    };
    const all = [
      commitOf("lib/a.ts", `    ${check}`, "  }"),
      commitOf("lib/b.ts", `\t${check}`, "  }"),
      commitOf("lib/c.ts", "const total = order.total;", "  }"),
      commitOf("lib/d.ts", `${check} // once`, "  }"),
    ];
    const { changes } = await openStore().update(key, made.dir, all.toReversed());
    const hunk = { path: "lib/e.ts", removed: [], added: [`  ${check}`, "  }"] };
    const found = changes.repeated(hunk, { ...everything, lines: [`  ${check}`] });
    const spaced = changes.repeated(hunk, everything).filter(({ path }) => path === "lib/a.ts");
    expect(found).toEqual(spaced);
    expect(spaced).toHaveLength(1);
    const tabbed = changes.repeated(hunk, { ...everything, lines: [`\t\t${check}`] });
    expect(tabbed.map(({ path }) => path)).toEqual(["lib/b.ts"]);
    expect(changes.takenBack(hunk, { ...everything, lines: ["no such line"] })).toEqual([]);
    expect(changes.repeated(hunk, everything)).toHaveLength(4);
  });

  it("answers of some hunks as of all, long lists of places and short ones", async () => {
    const { changes } = await openStore().update(key, repository.dir, commits);
    for (const query of queries) {
      const lines = [...query.removed, ...query.added];
      const sharing = changes.repeated(query, { ...everything, k: 1_000, lines });
      const every = changes.repeated(query, { ...everything, k: 1_000 });
      const places = new Set(sharing.map((match) => JSON.stringify({ ...match, score: 0 })));
      expect(sharing).toEqual(every.filter((match) => places.has(JSON.stringify({ ...match, score: 0 }))));
      expect(sharing.length).toBeGreaterThan(0);
    }
  });

  it("answers as one index over all hunks would, however it was written", async () => {
    const reference = await referenceChanges(kernel, repository.dir, commits);
    const store = openStore();
    // Oldest first and in pieces, so that there are several blocks and none is in the order of the answers.
    let changes: PastChanges | null = null;
    for (const oldest of [20, 19, 9, 8, 7, 0]) {
      ({ changes } = await store.update(key, repository.dir, commits.slice(oldest)));
    }
    for (const query of queries) {
      expectEqual(changes?.takenBack(query, everything), reference.takenBack(query, everything));
      expectEqual(changes?.repeated(query, everything), reference.repeated(query, everything));
      expectEqual(
        changes?.repeated(query, { ...everything, k: 3 }),
        reference.repeated(query, { ...everything, k: 3 }),
      );
      for (const [least, k] of [
        [0.1, 50],
        [0.3, 50],
        [0.3, 3],
        [0.6, 1],
      ] as const) {
        const good = { ...everything, least, k };
        const above = (matches: PastHunkMatch[]) => rounded(matches.filter(({ score }) => score >= least));
        expect(changes?.takenBack(query, good)).toEqual(above(reference.takenBack(query, { ...everything, k })));
        expect(changes?.repeated(query, good)).toEqual(above(reference.repeated(query, { ...everything, k })));
      }
    }
  });

  it("answers with the newer of equals first", async () => {
    const made = temporaryRepository();
    const ids = [0, 1, 2, 3].map((n) => {
      made.write(`copy-${n}/same.ts`, "export const copied = everywhere;\n");
      return made.commit(`Copy ${n}`);
    });
    const store = openStore();
    await store.update(key, made.dir, ids.slice(0, 2).toReversed());
    const { changes } = await store.update(key, made.dir, ids.toReversed());
    const hunk = { path: "same.ts", removed: [], added: ["export const copied = everywhere;"] };
    expect(changes.repeated(hunk, everything).map(({ commit }) => commit)).toEqual(ids.toReversed());
    expect(changes.repeated(hunk, { ...everything, k: 1 })[0]?.commit).toBe(ids[3]);
  });

  it("answers with what is among, and with nothing else", async () => {
    const { changes } = await openStore().update(key, repository.dir, commits);
    const past = new Set(commits.slice(12));
    const asked = { k: 50, among: (commit: string) => past.has(commit) };
    for (const query of queries) {
      const wanted = changes.repeated(query, { ...everything, k: 1_000 }).filter(({ commit }) => past.has(commit));
      expect(wanted.length).toBeGreaterThan(0);
      expect(changes.repeated(query, asked)).toEqual(wanted.slice(0, 50));
      expect(changes.repeated(query, { ...asked, k: 2 })).toEqual(wanted.slice(0, 2));
    }
    expect(changes.takenBack(queries[0] as HunkLines, { k: 5, among: () => false })).toEqual([]);
    expect(changes.takenBack(queries[0] as HunkLines, { ...everything, k: 0 })).toEqual([]);
  });

  it("reads what it lacks, and nothing twice", async () => {
    const store = openStore();
    const reads: number[] = [];
    for (const oldest of [10, 10, 4, 0, 3]) {
      reads.push((await store.update(key, repository.dir, commits.slice(oldest))).report.read);
    }
    expect(reads).toEqual([commits.length - 10, 0, 6, 4, 0]);
    expect((await store.update("other", repository.dir, commits)).report.read).toBe(commits.length);
  });

  it("knows after a new start what it knew before, whatever is asked for", async () => {
    const directory = temporaryFolder();
    const before = await openStore(directory).update(key, repository.dir, commits);
    const unasked = await openStore(directory).update(key, repository.dir, []);
    expect(unasked.report.read).toBe(0);
    const found = unasked.changes.repeated(queries[1] as HunkLines, everything).map(({ score }) => score);
    expect(found).toEqual(before.changes.repeated(queries[1] as HunkLines, everything).map(({ score }) => score));
    const after = await openStore(directory).update(key, repository.dir, commits);
    expect(after.report.read).toBe(0);
    expectSameAnswers(after.changes, before.changes);
    expect(existsSync(join(directory, `${key}.changes`))).toBe(true);
  });

  it("has nothing to say of a repository without commits, nor of a hunk without words", async () => {
    const { changes, report } = await openStore().update(key, repository.dir, []);
    expect(report.read).toBe(0);
    expect(changes.takenBack(queries[0] as HunkLines, everything)).toEqual([]);
    const { changes: some } = await openStore().update(key, repository.dir, commits);
    expect(some.repeated({ path: "x", removed: [], added: [""] }, everything)).toEqual([]);
  });

  it("keeps the blocks that were written before it was stopped", async () => {
    const many = repositoryOf(1_100);
    const store = openStore();
    const stop = new AbortController();
    const onProgress = (done: number): void => {
      if (done >= 500) stop.abort(new Error("stopped"));
    };
    const update = store.update(key, many.gitDir, many.commits, { signal: stop.signal, onProgress });
    await expect(update).rejects.toThrow();
    const { report } = await store.update(key, many.gitDir, many.commits);
    expect(report.read).toBeLessThanOrEqual(600);
    expect((await store.update(key, many.gitDir, many.commits)).report.read).toBe(0);
  });

  it("gives two writers at once the same answers, and reads again what the other was faster with", async () => {
    const directory = temporaryFolder();
    const [a, b] = await Promise.all(
      [0, 1].map((first) => openStore(directory).update(key, repository.dir, commits.slice(first))),
    );
    const { changes, report } = await openStore(directory).update(key, repository.dir, commits);
    expect(report.read).toBeLessThanOrEqual(1);
    const reference = await openStore().update(key, repository.dir, commits);
    expectSameAnswers(changes, reference.changes);
    expect(a?.changes.repeated(queries[0] as HunkLines, everything)).toEqual(
      changes.repeated(queries[0] as HunkLines, everything),
    );
    expect(b?.report.read).toBeGreaterThanOrEqual(0);
  });
});

describe("a file of past changes", () => {
  it("is begun afresh where it is damaged, foreign, older or of another kernel", async () => {
    const directory = temporaryFolder();
    const file = join(directory, `${key}.changes`);
    const sound = await openStore(directory).update(key, repository.dir, commits);
    const bytes = readFileSync(file);
    const image = bytes.indexOf("PHNK", 100);
    expect(image).toBeGreaterThan(0);
    const damages = [0, 20, 60, image + 500, image + 4_000, 100, 5_000, bytes.length >> 1, bytes.length - 300].map(
      (at) => {
        const damaged = Buffer.from(bytes);
        for (let i = at; i < at + 20 && i < damaged.length; i++) damaged[i] = (damaged[i] as number) ^ 0x5a;
        return damaged;
      },
    );
    for (const damaged of [
      ...damages,
      Buffer.from("not a database"),
      bytes.subarray(0, bytes.length / 2),
      Buffer.alloc(0),
    ]) {
      const folder = temporaryFolder();
      mkdirSync(join(folder, dirname(key)), { recursive: true });
      writeFileSync(join(folder, `${key}.changes`), damaged);
      const { changes } = await openStore(folder).update(key, repository.dir, commits);
      expectSameAnswers(changes, sound.changes);
      expect((await openStore(folder).update(key, repository.dir, commits)).report.read).toBe(0);
    }
    const other = await openStore(directory, shifted(kernel)).update(key, repository.dir, commits);
    expect(other.report.read).toBe(commits.length);
    const again = await openStore(directory, shifted(kernel)).update(key, repository.dir, commits);
    expect(again.report.read).toBe(0);
  });

  it("keeps no more than twice the limit", { timeout: 120_000 }, async () => {
    const most = limits.changeCommits;
    const many = repositoryOf(2 * most + 700);
    const store = openStore();
    const read = async (newest: number): Promise<number> =>
      (await store.update(key, many.gitDir, many.commits.slice(newest))).report.read;
    expect(await read(most + 700)).toBe(most);
    expect(await read(700)).toBe(most);
    // Both were kept so far; now the oldest go, and would have to be read again.
    expect(await read(most + 700)).toBe(0);
    expect(await read(0)).toBe(700);
    expect(await read(0)).toBe(0);
    expect(await read(most + 700)).toBe(most);
  });

  it("cannot be led out of its folder by a key", async () => {
    await expect(openStore().update("../x", repository.dir, commits)).rejects.toMatchObject({
      code: "bad-history-key",
    });
  });
});

describe("a repository that is not whole", () => {
  it("has no hunks of the oldest commit of a shallow clone", async () => {
    const clone = cloneOf("--depth=3");
    const { changes, report } = await openStore().update(key, clone, commits.slice(0, 3));
    expect(report.read).toBe(2);
    const found = queries.flatMap((query) => changes.repeated(query, everything));
    expect(found.length).toBeGreaterThan(0);
    expect(found.some(({ commit }) => commit === commits[2])).toBe(false);
  });

  it("leaves out commits whose files are not here, fetches none of them, and reads them once they are here", async () => {
    repository.git("config", "uploadpack.allowFilter", "true");
    repository.git("config", "uploadpack.allowAnySHA1InWant", "true");
    const clone = cloneOf("--filter=blob:none");
    const store = openStore();
    const missing = (): number =>
      git(clone, ["rev-list", "--objects", "--all", "--missing=print"]).match(/^\?/gm)?.length ?? 0;
    const before = missing();
    const { report } = await store.update(key, clone, commits);
    // Two commits change nothing, and can be read without a file.
    expect([report.read, missing()]).toEqual([2, before]);
    const blobs = ["a.ts", "b.ts"].flatMap((name) => [1, 2, 3, 4].map((n) => `${commits[n]}:src/${name}`));
    git(clone, ["fetch", "--quiet", "origin", ...blobs.map((name) => git(repository.dir, ["rev-parse", name]).trim())]);
    const half = await store.update(key, clone, commits);
    expect(half.report.read).toBeGreaterThanOrEqual(3);
    expect(half.report.read).toBeLessThan(10);
  });

  it("goes on after a commit that git cannot read", async () => {
    const made = temporaryRepository();
    const all = ["a", "b", "c", "d"].map((word) => {
      made.write("file", `${word} is the word of this line\n`);
      return made.commit(word);
    });
    const oid = made.git("rev-parse", `${all[1]}:file`);
    made.remove(`.git/objects/${oid.slice(0, 2)}/${oid.slice(2)}`);
    const { changes, report } = await openStore().update(key, made.dir, all.toReversed());
    expect(report.read).toBe(2);
    const hunk = { path: "file", removed: ["c is the word of this line"], added: ["d is the word of this line"] };
    expect(changes.repeated(hunk, everything)[0]?.commit).toBe(all[3]);
  });
});

function openStore(directory: string = temporaryFolder(), encoder: Kernel = kernel) {
  const store = createSqlitePastChangesStore({ directory, kernel: encoder });
  onTestFinished(() => store.close());
  return store;
}

/** Scores are sums in another order, the reference's of single precision. */
function expectEqual(found: readonly PastHunkMatch[] | undefined, wanted: readonly PastHunkMatch[]): void {
  expect(wanted.length).toBeGreaterThan(0);
  expect(found).toEqual(rounded(wanted));
}

function rounded(matches: readonly PastHunkMatch[]): PastHunkMatch[] {
  return matches.map((match) => ({ ...match, score: expect.closeTo(match.score, 6) as number }));
}

function expectSameAnswers(found: PastChanges, wanted: PastChanges): void {
  for (const query of queries) expectEqual(found.repeated(query, everything), wanted.repeated(query, everything));
}

/** A kernel that makes other tokens. */
function shifted(plain: Kernel): Kernel {
  return { ...plain, encodeText: (utf8, windows, seed, most) => plain.encodeText(utf8, windows, seed + 1, most) };
}

/** A repository of many small commits, newest first. */
function repositoryOf(count: number): { gitDir: string; commits: string[] } {
  const folder = temporaryFolder();
  const gitDir = join(folder, "many.git");
  git(folder, ["init", "--quiet", "--bare", gitDir]);
  const stream = Array.from({ length: count }, (_, n) => {
    const text = `line ${n} of this file\n`;
    const head = `commit refs/heads/main\ncommitter A <a@b> ${1_700_000_000 + n} +0000\ndata 1\nx\n`;
    return `${head}M 100644 inline file\ndata ${text.length}\n${text}`;
  });
  git(gitDir, ["fast-import", "--quiet"], stream.join("\n"));
  return { gitDir, commits: git(gitDir, ["rev-list", "main"]).trim().split("\n") };
}

function cloneOf(...options: string[]): string {
  const dir = join(temporaryFolder(), "clone.git");
  git(repository.dir, ["clone", "--quiet", "--bare", ...options, `file://${repository.dir}`, dir]);
  return dir;
}

function git(dir: string, args: string[], input = ""): string {
  const { status, stdout, stderr } = spawnSync("git", ["-C", dir, ...args], { input, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

function temporaryRepository(): TestRepository {
  const made = createRepository();
  onTestFinished(() => made.dispose());
  return made;
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "changes-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
