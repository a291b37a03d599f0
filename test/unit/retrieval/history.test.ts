import { describe, expect, it } from "vitest";
import { pullNumberOf, readHistory } from "../../../src/retrieval/history.ts";
import { temporaryRepository } from "./scenario.ts";

describe("readHistory", () => {
  it("reads commits of both parents, newest first, with messages and files", async () => {
    const repository = temporaryRepository();
    repository.write("a.ts", "1\n");
    const first = repository.commit("First\n\nBody\nof two lines");
    repository.git("checkout", "--quiet", "-b", "side");
    repository.write("dir/ü b.ts", "1\n");
    const side = repository.commit("Side");
    repository.git("checkout", "--quiet", "main");
    repository.write("a.ts", "2\n");
    const second = repository.commit("Second");
    repository.git("merge", "--quiet", "--no-ff", "-m", "Merge pull request #7 from x/side", "side");

    const { commits, truncated } = await readHistory(repository.dir, repository.git("rev-parse", "HEAD"));

    expect(truncated).toBe(false);
    expect(commits.map(({ subject, files }) => [subject, files])).toEqual([
      ["Merge pull request #7 from x/side", []],
      ["Second", ["a.ts"]],
      ["Side", ["dir/ü b.ts"]],
      ["First", ["a.ts"]],
    ]);
    expect(commits.slice(1).map(({ commit }) => commit)).toEqual([second, side, first]);
    expect(commits.at(-1)).toMatchObject({ body: "Body\nof two lines", time: Date.parse("2024-01-01") / 1000 });
  });

  it("knows files by their newest names, and a name used again as itself", async () => {
    const repository = temporaryRepository();
    repository.write("old.ts", "export const a = 1;\n");
    repository.commit("Create");
    repository.git("mv", "old.ts", "new.ts");
    repository.commit("Rename");
    repository.git("mv", "new.ts", "newest.ts");
    repository.commit("Rename again");
    repository.write("old.ts", "another\n");
    const head = repository.commit("Reuse");

    const { commits } = await readHistory(repository.dir, head);

    expect(commits.map(({ files }) => files)).toEqual([["old.ts"], ["newest.ts"], ["newest.ts"], ["newest.ts"]]);
  });

  it("stops at the limit and says so", async () => {
    const repository = temporaryRepository();
    for (const name of ["one", "two", "three"]) repository.commit(name);
    const head = repository.git("rev-parse", "HEAD");

    const cut = await readHistory(repository.dir, head, { limit: 2 });
    const whole = await readHistory(repository.dir, head, { limit: 3 });

    expect(cut.commits.map(({ subject }) => subject)).toEqual(["three", "two"]);
    expect([cut.truncated, whole.truncated]).toEqual([true, false]);
  });

  it("compares no contents, so that a mirror without blobs will do", async () => {
    const repository = temporaryRepository();
    repository.write("a.ts", "one\ntwo\nthree\n");
    repository.commit("One");
    repository.git("mv", "a.ts", "b.ts");
    repository.write("b.ts", "one\ntwo\nfour\n");
    repository.commit("Two");
    repository.git("config", "uploadpack.allowFilter", "true");
    const mirror = temporaryRepository();
    mirror.git("fetch", "--quiet", "--filter=blob:none", `file://${repository.dir}`, "main:fetched");
    mirror.git("config", "remote.origin.url", "file:///nowhere");

    const { commits } = await readHistory(mirror.dir, "fetched");

    expect(commits.map(({ files }) => files)).toEqual([["a.ts", "b.ts"], ["a.ts"]]);
  });
});

describe("pullNumberOf", () => {
  it.each([
    ["Fix it (#12)", 12],
    ["Merge pull request #34 from a/b", 34],
    ["Mention #12 only", null],
    ["Fix (#12) and more", null],
  ])("%s", (subject, expected) => {
    expect(pullNumberOf(subject)).toBe(expected);
  });
});
