import { describe, expect, it } from "vitest";
import { keepResolving } from "../../../src/retrieval/citation.ts";
import { findFixingCommits } from "../../../src/retrieval/fixing-commits.ts";
import { readHistory } from "../../../src/retrieval/history.ts";
import { temporaryRepository } from "./scenario.ts";

describe("findFixingCommits", () => {
  it("puts those that say so first, and cites the lines that they wrote", async () => {
    const repository = temporaryRepository();
    repository.write("a.ts", "one\ntwo\nthree\n");
    repository.commit("Create");
    repository.write("a.ts", "one\n++ b/x\n@@ -1 +1 @@\nthree\nfour");
    repository.write("package-lock.json", "{}\n");
    const fix = repository.commit("Count better (#31)\n\nFixes #30");
    repository.write("a.ts", "one\nthree\nfour\n");
    repository.commit("Note on #30, not on #301 or x/y#30");
    repository.commit("Fixes #301 and x/y#30");
    const history = await readHistory(repository.dir, "HEAD");

    const found = await findFixingCommits(repository.dir, history, 30, { k: 5 });

    expect(found.map(({ subject, pull, closes }) => [subject, pull, closes])).toEqual([
      ["Count better (#31)", 31, true],
      ["Note on #30, not on #301 or x/y#30", null, false],
    ]);
    const code = found[0]?.evidence.filter(({ citation }) => citation.kind === "code");
    expect(code?.map(({ citation, text }) => [citation, text])).toEqual([
      [{ kind: "code", path: "a.ts", startLine: 2, endLine: 3, commit: fix }, "++ b/x\n@@ -1 +1 @@"],
      [{ kind: "code", path: "a.ts", startLine: 5, endLine: 5, commit: fix }, "four"],
    ]);
    const evidence = found.flatMap((commit) => commit.evidence);
    expect(await keepResolving(repository.dir, evidence)).toEqual(evidence);
  });

  it("shows what a merge brought", async () => {
    const repository = temporaryRepository();
    repository.write("a.ts", "one\n");
    repository.commit("Create");
    repository.git("checkout", "--quiet", "-b", "side");
    repository.write("b.ts", "two\n");
    repository.commit("Work");
    repository.git("checkout", "--quiet", "main");
    repository.git("merge", "--quiet", "--no-ff", "-m", "Merge pull request #5 from x/side\n\nCloses: #4", "side");
    const history = await readHistory(repository.dir, "HEAD");

    const [found] = await findFixingCommits(repository.dir, history, 4);

    expect(found).toMatchObject({ pull: 5, closes: true });
    expect(found?.evidence.map(({ text }) => text)).toEqual(["Merge pull request #5 from x/side", "two"]);
  });
});
