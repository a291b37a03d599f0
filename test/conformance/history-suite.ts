import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { History, HistoryStore } from "../../src/history/history.ts";
import { messageText } from "../../src/history/past-commit.ts";
import { searchWords } from "../../src/shared/search-words.ts";
import { createRepository, type TestRepository } from "../helpers/git-repository.ts";
import { createRandom, randomHistory } from "./history-random.ts";
import { readPlainly, searchPlainly } from "./history-reference.ts";

const SEEDS = Array.from({ length: Number(process.env["HISTORY_SEEDS"] ?? 8) }, (_, index) => index + 1);

/** What every store of histories does. `open` gives a new, empty one; `limit` as its option. */
export function historyStoreSuite(open: (limit?: number) => HistoryStore): void {
  describe("after random pushes", () => {
    it.each(SEEDS)("every past is what a plain reading of git says (seed %i)", async (seed) => {
      const repository = temporaryRepository();
      const tips = randomHistory(repository, seed, 40);
      const random = createRandom(seed + 1_000);
      const store = open();

      // Forced pushes: the tips descend from each other or not.
      for (let from = 0; from < tips.length; from += 1 + random(8)) {
        const pushed = tips.slice(from, from + 1 + random(3));
        const { index } = await store.update("key", repository.dir, pushed);
        for (const tip of pushed) expectPlain(index.at(tip), repository);
      }

      const kept = await store.update("key", repository.dir, tips);
      const fresh = await open().update("key", repository.dir, tips);
      for (const tip of tips) expect(asData(kept.index.at(tip))).toEqual(asData(fresh.index.at(tip)));
      expect((await store.update("key", repository.dir, tips)).report.read).toBe(0);
    });

    it.each(SEEDS.slice(0, 3))("a limit leaves the newest that git takes (seed %i)", async (seed) => {
      const repository = temporaryRepository();
      const tips = randomHistory(repository, seed, 60);
      const store = open(12);

      for (const tip of [59, 30, 45, 50, 58].map((at) => tips[at] ?? "")) {
        const { index } = await store.update("key", repository.dir, [tip]);
        const wanted = repository.git("rev-list", "--max-count=12", tip).split("\n");
        const all = repository.git("rev-list", tip).split("\n");
        const { commits, truncated } = index.at(tip);
        expect(commits.map(({ commit }) => commit).sort()).toEqual(wanted.sort());
        expect(truncated).toBe(all.length > 12);
        expectChildrenFirst(index.at(tip));
      }
    });

    it.each(SEEDS.slice(0, 3))("messages are found by exact BM25 of that past alone (seed %i)", async (seed) => {
      const repository = temporaryRepository();
      const tips = randomHistory(repository, seed, 40);
      const { index } = await open().update("key", repository.dir, tips);
      const words = ["parser", "parsebody", "parse", "cache", "words", "nowhere", "cache", "ada"];

      for (const tip of [tips.at(-1), tips[20], tips[3], tips.at(-1)]) {
        const history = index.at(tip ?? "");
        const messages = history.commits.map((commit) => searchWords(messageText(commit).replace(/^Signed.*$/m, "")));
        const expected = searchPlainly(messages, words, 7);
        const found = history.searchMessages(words, 7);
        expect(found.map(({ position }) => position)).toEqual(expected.map(({ position }) => position));
        for (const [i, { score }] of found.entries()) expect(score).toBeCloseTo(expected[i]?.score ?? 0, 9);
      }
    });
  });

  describe("a past", () => {
    it("knows nothing newer, whatever else was read", async () => {
      const repository = temporaryRepository();
      const first = commitFile(repository, "old.ts", "1\n", "First thing");
      repository.git("mv", "old.ts", "new.ts");
      const second = repository.commit("Second thing");
      const { index } = await open().update("key", repository.dir, [second]);

      const past = index.at(first);

      expect(past.commits.map(({ files }) => files)).toEqual([["old.ts"]]);
      expect([past.positionOf(second), past.commitsOf("new.ts")]).toEqual([null, []]);
      expect(past.searchMessages(["second"], 5)).toEqual([]);
      expect(index.at(second).commits.map(({ files }) => files)).toEqual([["new.ts"], ["new.ts"]]);
      expect(index.at(second).commitsOf("new.ts")).toEqual([0, 1]);
      expect(index.at(second).positionOf(first)).toBe(1);
    });

    it("does not tell of commits that were read after it was opened", async () => {
      const repository = temporaryRepository();
      const store = open();
      const first = repository.commit("Cache one");
      const past = (await store.update("key", repository.dir, [first])).index.at(first);
      const second = repository.commit("Cache two");
      await store.update("key", repository.dir, [second]);

      expect(past.positionOf(second)).toBeNull();
      expect(past.searchMessages(["cache"], 5).map(({ position }) => position)).toEqual([0]);
    });

    it("follows a file that was renamed back, and tells a name that is used again from what had it before", async () => {
      const repository = temporaryRepository();
      commitFile(repository, "a.ts", "one\n", "Create a");
      repository.git("mv", "a.ts", "b.ts");
      repository.commit("To b");
      commitFile(repository, "a.ts", "another\n", "Another a");
      repository.git("mv", "b.ts", "c.ts");
      repository.commit("To c");
      const before = await headPast(open(), repository);
      repository.remove("a.ts");
      repository.commit("Drop the other");
      repository.git("mv", "c.ts", "a.ts");
      repository.commit("Back to a");

      expect(before.commits.map(({ files }) => files)).toEqual([["c.ts"], ["a.ts"], ["c.ts"], ["c.ts"]]);
      const files = (await headPast(open(), repository)).commits.map((commit) => commit.files);
      expect(files).toEqual([["a.ts"], ["a.ts"], ["a.ts"], ["a.ts"], ["a.ts"], ["a.ts"]]);
    });
  });

  describe("what git lacks", () => {
    it("is said of a shallow clone, and nothing is made up for it", async () => {
      const repository = temporaryRepository();
      for (const name of ["one", "two", "three", "four"]) commitFile(repository, `${name}.ts`, name, name);
      const clone = cloneOf(repository, "--depth=2");
      const head = clone.git("rev-parse", "HEAD");
      const store = open();

      const shallow = (await store.update("key", clone.dir, [head])).index.at(head);
      expect(shallow.commits.map(({ subject, files, parents }) => [subject, files, parents.length])).toEqual([
        ["four", ["four.ts"], 1],
        ["three", [], 0],
      ]);
      expect([shallow.shallow, shallow.truncated]).toEqual([true, false]);

      clone.git("fetch", "--quiet", "--deepen=1");
      const deeper = (await store.update("key", clone.dir, [head])).index.at(head);
      expect(deeper.commits.map(({ files }) => files)).toEqual([["four.ts"], ["three.ts"], []]);
      expect(deeper.shallow).toBe(true);

      clone.git("fetch", "--quiet", "--unshallow");
      const whole = (await store.update("key", clone.dir, [head])).index.at(head);
      expectPlain(whole, repository);
      expect(whole.shallow).toBe(false);
      expect((await store.update("key", clone.dir, [head])).report.read).toBe(0);
    });

    it("is not asked for: a clone without files will do", async () => {
      const repository = temporaryRepository();
      commitFile(repository, ".mailmap", "Eve <eve@example.com> <ada@example.com>\n", "Names");
      commitFile(repository, "a.ts", "one\ntwo\n", "One");
      repository.git("mv", "a.ts", "b.ts");
      repository.write("b.ts", "one\nthree\n");
      const head = repository.commit("Moved and changed");
      const clone = cloneOf(repository, "--no-checkout", "--filter=blob:none");
      clone.git("config", "remote.origin.url", "file:///nowhere");

      const past = (await open().update("key", clone.dir, [head])).index.at(head);

      expect(past.commits.map(({ files }) => files)).toEqual([["a.ts", "b.ts"], ["a.ts"], [".mailmap"]]);
      expect(past.commits[0]?.author.name).toBe("Ada Tester");
    });

    it("is an error: no such commit, no full id, or one that was never read", async () => {
      const repository = temporaryRepository();
      const head = repository.commit("One");
      const store = open();
      const { index } = await store.update("key", repository.dir, [head]);

      await expect(store.update("key", repository.dir, ["0".repeat(40)])).rejects.toThrow(/git has no commit 0000/);
      await expect(store.update("key", repository.dir, ["--all"])).rejects.toThrow(/no full commit id/);
      expect(() => index.at("0".repeat(40))).toThrow(/was not read/);
      expect(index.at(head).commits).toHaveLength(1);
    });
  });

  it("reads what commits say, not what a clone puts in their place or how it is configured", async () => {
    const repository = temporaryRepository();
    const first = commitFile(repository, "a.ts", "1\n", "True");
    commitFile(repository, "a.ts", "2\n", "Öther");
    const head = commitFile(repository, "b.ts", "2\n", "Head");
    const other = repository.git("commit-tree", `${first}^{tree}`, "-m", "False");
    repository.git("replace", first, other);
    for (const setting of ["diff.renames=copies", "log.showRoot=false", "diff.noprefix=true", "log.date=relative"]) {
      repository.git("config", ...setting.split("="));
    }
    repository.git("config", "i18n.logOutputEncoding", "ISO-8859-1");

    const past = (await open().update("key", repository.dir, [head])).index.at(head);

    expect(past.commits.map(({ subject, files }) => [subject, files])).toEqual([
      ["Head", ["b.ts"]],
      ["Öther", ["a.ts"]],
      ["True", ["a.ts"]],
    ]);
  });

  it("does not mind that a forced push took away what it knows", async () => {
    const repository = temporaryRepository();
    const store = open();
    const first = commitFile(repository, "a.ts", "1\n", "First");
    const gone = commitFile(repository, "a.ts", "2\n", "Gone");
    await store.update("key", repository.dir, [gone]);
    repository.git("reset", "--quiet", "--hard", first);
    const head = commitFile(repository, "a.ts", "3\n", "Instead");
    repository.git("reflog", "expire", "--expire=now", "--all");
    repository.git("gc", "--quiet", "--prune=now");

    const { index, report } = await store.update("key", repository.dir, [head]);

    expect(report.read).toBe(1);
    expectPlain(index.at(head), repository);
  });

  it("goes on where it was stopped", async () => {
    const repository = temporaryRepository();
    const tips = randomHistory(repository, 99, 30);
    const store = open();
    const stop = new AbortController();
    stop.abort(new Error("stopped"));
    const tip = tips.at(-1) ?? "";

    await expect(store.update("key", repository.dir, [tip], { signal: stop.signal })).rejects.toThrow();
    const progress: [number, number][] = [];
    const [one, two] = await Promise.all([
      store.update("key", repository.dir, [tip], { onProgress: (done, total) => progress.push([done, total]) }),
      store.update("key", repository.dir, [tips[10] ?? ""]),
    ]);

    expectPlain(one.index.at(tip), repository);
    expectPlain(two.index.at(tips[10] ?? ""), repository);
    expect(progress.at(-1)).toEqual([one.report.read, one.report.read]);
  });

  it("keeps repositories apart", async () => {
    const [one, two] = [temporaryRepository(), temporaryRepository()];
    const head = one.commit("One");
    const store = open();
    await store.update("one", one.dir, [head]);
    const { index } = await store.update("two", two.dir, [two.commit("Two")]);

    expect(() => index.at(head)).toThrow();
  });
}

export function temporaryRepository(): TestRepository {
  const repository = createRepository();
  onTestFinished(() => repository.dispose());
  return repository;
}

export function expectPlain(history: History, repository: TestRepository): void {
  const expected = readPlainly(repository.dir, history.at);
  expect(history.commits).toEqual(expected);
  expect(history.truncated).toBe(false);
  for (const [position, { commit, files }] of expected.entries()) {
    expect(history.positionOf(commit)).toBe(position);
    for (const path of files) {
      const positions = expected.flatMap((other, at) => (other.files.includes(path) ? [at] : []));
      expect(history.commitsOf(path)).toEqual(positions);
    }
  }
  expect(history.commitsOf("no such file")).toEqual([]);
}

function expectChildrenFirst(history: History): void {
  for (const [position, { parents }] of history.commits.entries()) {
    for (const parent of parents) expect(history.positionOf(parent) ?? Infinity).toBeGreaterThan(position);
  }
}

function asData({ at, commits, truncated, shallow }: History): object {
  return { at, commits, truncated, shallow };
}

async function headPast(store: HistoryStore, repository: TestRepository): Promise<History> {
  const head = repository.git("rev-parse", "HEAD");
  return (await store.update("key", repository.dir, [head])).index.at(head);
}

function commitFile(repository: TestRepository, path: string, text: string, message: string): string {
  writeFileSync(join(repository.dir, path), text);
  return repository.commit(message);
}

function cloneOf(repository: TestRepository, ...options: string[]): TestRepository {
  repository.git("config", "uploadpack.allowFilter", "true");
  const clone = temporaryRepository();
  const dir = join(clone.dir, "clone");
  clone.git("clone", "--quiet", ...options, `file://${repository.dir}`, dir);
  return createRepository(dir);
}
