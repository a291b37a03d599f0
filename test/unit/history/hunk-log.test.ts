import fc from "fast-check";
import { onTestFinished, describe, expect, it } from "vitest";
import { type LoggedCommit, type LoggedHunk, readHunks } from "../../../src/history/hunk-log.ts";
import { unquotePath } from "../../../src/history/unquote-path.ts";
import { limits } from "../../../src/shared/limits.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";

describe("readHunks", () => {
  it("reads what each commit took out and put in, in the order asked for", async () => {
    const repository = temporaryRepository();
    repository.write("a.txt", "one\ntwo\nthree\n");
    const first = repository.commit("First");
    repository.write("a.txt", "one\n2\nthree\nfour\n");
    const second = repository.commit("Second");

    expect(await read(repository, [second, first])).toEqual([
      {
        commit: second,
        hunks: [
          { path: "a.txt", oldStart: 2, newStart: 2, removed: ["two"], added: ["2"] },
          { path: "a.txt", oldStart: 3, newStart: 4, removed: [], added: ["four"] },
        ],
      },
      {
        commit: first,
        hunks: [{ path: "a.txt", oldStart: 0, newStart: 1, removed: [], added: ["one", "two", "three"] }],
      },
    ]);
  });

  it("takes no line of a file for a header", async () => {
    const repository = temporaryRepository();
    const lines = ["-- a/x", "++ b/y", "@@ -1,1 +1,1 @@", "diff --git a/x b/y", "\x01deadbeef", "\\ No newline"];
    repository.write("old", `${lines.join("\n")}\n`);
    repository.write("other", "here\n");
    repository.commit("Base");
    repository.write("old", `${lines.map((line) => `- ${line}`).join("\n")}\n`);
    repository.write("other", "there\n");
    const commit = repository.commit("Change");

    const [{ hunks }] = (await read(repository, [commit])) as [LoggedCommit];
    expect(hunks.map(({ path, removed, added }) => [path, removed, added])).toEqual([
      ["old", lines, lines.map((line) => `- ${line}`)],
      ["other", ["here"], ["there"]],
    ]);
  });

  it("knows odd names, deleted and renamed files, and lines without an end", async () => {
    const repository = temporaryRepository();
    const odd = ['quo"te', "tab\there", "line\nend", "back\\slash", "umläut 世界", "b/ a/x", "end ", " -> x"];
    for (const path of odd) repository.write(path, "before");
    repository.write("moved.txt", "1\n2\n3\n4\n5\n6\n");
    repository.write("gone.txt", "gone\r\n");
    repository.commit("Base");
    for (const path of odd) repository.write(path, "after");
    repository.remove("moved.txt");
    repository.write("moved-to.txt", "1\n2\n3\nfour\n5\n6\n");
    repository.remove("gone.txt");
    const commit = repository.commit("Change");

    const [{ hunks }] = (await read(repository, [commit])) as [LoggedCommit];
    const found = Object.fromEntries(hunks.map(({ path, removed, added }) => [path, [removed, added]]));
    expect(found).toEqual({
      ...Object.fromEntries(odd.map((path) => [path, [["before"], ["after"]]])),
      "moved-to.txt": [["4"], ["four"]],
      "gone.txt": [["gone"], []],
    });
  });

  it("passes over merges, binary files, and what is too large or too much", async () => {
    const repository = temporaryRepository();
    const spaced = (word: string, places: number): string => `${word}\nsame\n`.repeat(places);
    const [few, many] = [limits.pastHunksPerFile, limits.pastHunksPerFile + 1];
    repository.write("few", spaced("old", few));
    repository.write("many", spaced("old", many));
    repository.write("plain", "old\n");
    const huge = `${"x".repeat(80)}\n`.repeat(limits.indexedFileBytes / 80);
    repository.write("huge", huge);
    repository.commit("Base");
    repository.write("few", spaced("new", few));
    repository.write("many", spaced("new", many));
    repository.write("binary", Buffer.from([0, 1, 2, 3]));
    repository.write("huge", `one line more\n${huge}`);
    repository.write("long-line", `${"y".repeat(limits.pastHunkBytes + 1)}\n`);
    repository.write("long", "line\n".repeat(limits.pastHunkLines + 1));
    repository.write("plain", "new\n");
    const commit = repository.commit("Change");
    repository.git("checkout", "--quiet", "-b", "side", "HEAD~1");
    repository.write("side", "side\n");
    repository.commit("Side");
    repository.git("merge", "--quiet", "--no-ff", "-m", "Merge", "main");
    const merge = repository.git("rev-parse", "HEAD");

    const [changed, merged] = await read(repository, [commit, merge]);
    expect(new Set(changed?.hunks.map(({ path }) => path))).toEqual(new Set(["few", "plain"]));
    expect(changed?.hunks).toHaveLength(few + 1);
    expect(merged).toEqual({ commit: merge, hunks: [] });
  });

  it("reads a line of twenty megabytes without keeping it", async () => {
    const repository = temporaryRepository();
    repository.write("app.min.js", Buffer.alloc(20 * 1024 * 1024, "a;"));
    repository.write("app.js", "small\n");
    const commit = repository.commit("Build");

    const [logged] = await read(repository, [commit]);
    expect(logged?.hunks.map(({ path }) => path)).toEqual(["app.js"]);
  });

  it("leaves out all hunks of a commit that has too many", async () => {
    const repository = temporaryRepository();
    const files = Math.ceil((limits.pastHunksPerCommit + 1) / 50);
    for (const word of ["old", "new"]) {
      for (let file = 0; file < files; file++) repository.write(`${file}`, `${word}\nsame\n`.repeat(50));
      repository.commit(word);
    }
    repository.write("0", "one\n");
    repository.commit("Small");
    const [small, sweep] = repository.git("rev-list", "HEAD").split("\n");

    const logged = await read(repository, [sweep as string, small as string]);
    expect(logged.map(({ hunks }) => hunks.length > 0)).toEqual([false, true]);
  });

  it("reads the same whatever a person's configuration says", async () => {
    const repository = temporaryRepository();
    repository.write("a.txt", "1\n2\n3\n4\n");
    repository.commit("Base");
    repository.write("a.txt", "one\n2\n3\nfour\n");
    repository.write(".gitattributes", "*.txt diff=shout\n");
    const commit = repository.commit("Change");
    const plain = await read(repository, [commit]);

    const settings = [
      ["diff.noprefix", "true"],
      ["diff.mnemonicPrefix", "true"],
      ["diff.interHunkContext", "9"],
      ["diff.external", "false"],
      ["diff.shout.textconv", "tr a-z A-Z <"],
      ["color.ui", "always"],
      ["core.quotePath", "true"],
      ["log.showSignature", "true"],
      ["log.diffMerges", "on"],
    ] as const;
    for (const [name, value] of settings) repository.git("config", name, value);
    expect(plain[0]?.hunks).toHaveLength(3);
    expect(await read(repository, [commit])).toEqual(plain);
  });

  it("gives hunks that make the new text of the old one", async () => {
    const repository = temporaryRepository();
    const line = fc.constantFrom("", "a", "b", "- a", "+ b", "@@ -1 +1 @@", "\t x");
    const text = fc.array(line, { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 2, maxLength: 4 }), async (texts) => {
        const commits = texts.map((lines) => {
          repository.write("file", lines.map((one) => `${one}\n`).join(""));
          return repository.commit("State");
        });
        const logged = await read(repository, commits);
        expect(logged.map(({ commit }) => commit)).toEqual(commits);
        for (const [i, { hunks }] of logged.entries()) {
          if (i > 0) expect(applied(texts[i - 1] as string[], hunks)).toEqual(texts[i]);
        }
      }),
      { numRuns: 15 },
    );
  });

  it("ends at the first commit that cannot be read, without an error", async () => {
    const repository = temporaryRepository();
    const commits = ["a\n", "b\n", "c\n"].map((text) => {
      repository.write("file", text);
      return repository.commit(text);
    });
    const oid = repository.git("rev-parse", `${commits[2]}:file`);
    repository.remove(`.git/objects/${oid.slice(0, 2)}/${oid.slice(2)}`);

    const logged = await read(repository, commits);
    expect(logged.map(({ commit }) => commit)).toEqual(commits.slice(0, 2));
  });

  it("ends with the signal's error", async () => {
    const repository = temporaryRepository();
    repository.write("file", "a\n");
    const commit = repository.commit("First");
    await expect(read(repository, [commit], AbortSignal.abort(new Error("enough")))).rejects.toThrow();
  });
});

describe("unquotePath", () => {
  it("takes back what git does to odd names", () => {
    expect(unquotePath("plain name")).toBe("plain name");
    expect(unquotePath(String.raw`"a/q\"\\\t\n\303\244 x"`)).toBe('a/q"\\\t\nä x');
    expect(unquotePath('"')).toBe('"');
  });
});

async function read(repository: TestRepository, commits: string[], signal?: AbortSignal): Promise<LoggedCommit[]> {
  const logged: LoggedCommit[] = [];
  for await (const commit of readHunks(repository.dir, commits, signal)) logged.push(commit);
  return logged;
}

/** Hunks from the last to the first, so that line numbers hold. */
function applied(lines: readonly string[], hunks: readonly LoggedHunk[]): string[] {
  const text = [...lines];
  for (const { oldStart, removed, added } of hunks.toReversed()) {
    const at = removed.length === 0 ? oldStart : oldStart - 1;
    expect(text.splice(at, removed.length, ...added)).toEqual(removed);
  }
  return text;
}

function temporaryRepository(): TestRepository {
  const repository = createRepository();
  onTestFinished(() => repository.dispose());
  return repository;
}
