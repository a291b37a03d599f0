import { chmodSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { findMergeBase, readChange } from "../../../src/workspace/read-change.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";

let repository: TestRepository;
afterEach(() => repository.dispose());

describe("readChange", () => {
  it("shows what the branch did, not what the target gained meanwhile", async () => {
    repository = createRepository();
    repository.write("a.txt", "one\ntwo\nthree\n");
    repository.commit("first");
    repository.git("switch", "-q", "-c", "feature");
    repository.write("a.txt", "one\n2\nthree\n");
    const head = repository.commit("change two");
    repository.git("switch", "-q", "main");
    repository.write("b.txt", "elsewhere\n");
    const target = repository.commit("target moves on");

    const base = await findMergeBase(repository.dir, target, head);
    const change = await readChange(repository.dir, base, head);

    expect(change.files.map((file) => [file.path, file.status])).toEqual([["a.txt", "modified"]]);
    expect(change.files[0]?.hunks[0]?.lines).toEqual([
      { kind: " ", oldLine: 1, newLine: 1, text: "one" },
      { kind: "-", oldLine: 2, newLine: null, text: "two" },
      { kind: "+", oldLine: null, newLine: 2, text: "2" },
      { kind: " ", oldLine: 3, newLine: 3, text: "three" },
    ]);
  });

  it("tells additions, deletions, renames, mode changes, binary files, links and odd names apart", async () => {
    repository = createRepository();
    const long = Array.from({ length: 30 }, (_, i) => `line ${i}`).join("\n");
    repository.write("gone.txt", "bye\n");
    repository.write("old name.ts", `${long}\n`);
    repository.write("run.sh", "echo\n");
    repository.write("kind", "a file\n");
    const base = repository.commit("first");
    repository.remove("gone.txt");
    repository.git("mv", "old name.ts", "nêw name.ts");
    chmodSync(join(repository.dir, "run.sh"), 0o755);
    repository.write("pixel.png", "\u0000\u0001\u0002");
    repository.write('qu"ote.txt', "no end of line");
    const head = repository.commit("everything");

    const { files } = await readChange(repository.dir, base, head);
    const seen = Object.fromEntries(files.map((file) => [file.path, [file.status, file.binary, file.hunks.length]]));

    expect(seen).toEqual({
      "gone.txt": ["deleted", false, 1],
      "nêw name.ts": ["renamed", false, 0],
      "pixel.png": ["added", true, 0],
      'qu"ote.txt': ["added", false, 1],
      "run.sh": ["mode-changed", false, 0],
    });
    expect(files.find((file) => file.path === "nêw name.ts")?.oldPath).toBe("old name.ts");
  });

  it("keeps lines that look like patch syntax, and carriage returns", async () => {
    repository = createRepository();
    repository.write("a.md", "-- x\r\n++ y\r\n");
    const base = repository.commit("first");
    repository.write("a.md", "-- x\r\n@@ -1 +1 @@\r\ndiff --git a/b b/b\r\n++ y\r\n");
    const head = repository.commit("second");

    const { files } = await readChange(repository.dir, base, head);

    expect(files).toHaveLength(1);
    expect(files[0]?.hunks[0]?.lines.filter((line) => line.kind === "+").map((line) => line.text)).toEqual([
      "@@ -1 +1 @@\r",
      "diff --git a/b b/b\r",
    ]);
  });

  it("says what to do when there is no common commit", async () => {
    repository = createRepository();
    repository.write("a", "1\n");
    const base = repository.commit("first");
    repository.git("switch", "-q", "--orphan", "other");
    repository.write("b", "2\n");
    const head = repository.commit("unrelated");

    await expect(findMergeBase(repository.dir, base, head)).rejects.toMatchObject({ code: "no-merge-base" });
  });
});
