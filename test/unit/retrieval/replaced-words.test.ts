import { describe, expect, it } from "vitest";
import { findNearCopies } from "../../../src/retrieval/near-copies.ts";
import { createScenario, type Files } from "./scenario.ts";

/** What is told of words that a change replaces on line after line, as `OLD → NEW on LINES lines, left at PATH:LINE`. */
async function replaced(before: Files, after: Files): Promise<string[]> {
  const { change, view, citeCommit } = await createScenario(before, after);
  return findNearCopies(change, view, { citeCommit }).found.flatMap(({ repeated, renaming, copies }) => {
    if (renaming === undefined) return [];
    const left = copies.map(({ evidence: { citation } }) =>
      citation.kind === "code" ? `${citation.path}:${citation.startLine}` : "",
    );
    return `${renaming.old} → ${renaming.now} on ${repeated} lines, left at ${left.join(", ")}`;
  });
}

const users = (name: string): Files => ({
  "src/a.py": `def first(path):\n    raise ${name}(path)\n\n\ndef second(count):\n    total = wrap(count, ${name})\n`,
  "src/b.py": `def third(rows):\n    for row in rows:\n        check(row, otherwise=${name})\n`,
});
const left = { "src/c.py": "def fourth(error):\n    print(error)\n    return isinstance(error, FileProblem)\n" };

describe("words that a change replaces on line after line", () => {
  it("are told where they still stand", async () => {
    const before = { ...users("FileProblem"), ...left };
    expect(await replaced(before, users("StorageError"))).toEqual([
      "FileProblem → StorageError on 3 lines, left at src/c.py:3",
    ]);
  });

  it("may be several, and one longer than the other", async () => {
    const lines = (read: string): string =>
      ["alpha", "beta", "gamma"].map((name) => `  const ${name} = ${read}("${name}", options)\n`).join("");
    const before = { "src/a.js": lines("options.registry.lookup"), "src/b.js": 'use(options.registry.lookup("d"))\n' };
    expect(await replaced(before, { "src/a.js": lines("find") })).toEqual([
      "options.registry.lookup → find on 3 lines, left at src/b.js:1",
    ]);
  });

  it("are meant together where each alone stands everywhere", async () => {
    const lines = (call: string) => `a = ${call}(first)[0]\nb = [${call}(second)]\nlog(x, ${call}(third))\n`;
    const others = "Random.seed()\nRandom.seed()\nmake.sha1()\nmake.sha1()\nmake.sha1()\nRandom.seed()\n";
    const before = { "src/a.py": lines("Random.sha1"), "src/b.py": `${others}c = Random.sha1(fourth)\n` };
    expect(await replaced(before, { "src/a.py": lines("self.hash") })).toEqual([
      "Random.sha1 → self.hash on 3 lines, left at src/b.py:7",
    ]);
  });

  it.each<[string, Files, Files]>([
    ["nothing is left", users("FileProblem"), users("StorageError")],
    [
      "two lines were replaced",
      { ...users("FileProblem"), ...left, "src/b.py": null },
      { "src/a.py": users("StorageError")["src/a.py"] ?? "" },
    ],
    [
      "as much is left as was replaced",
      { ...users("FileProblem"), ...left, "src/d.py": "print(FileProblem)\nlog(FileProblem)\n" },
      users("StorageError"),
    ],
    [
      "the change writes the old words itself",
      { ...users("FileProblem"), ...left },
      { ...users("StorageError"), "src/old.py": "FileProblem = StorageError\n" },
    ],
    [
      "several things were put for them",
      { ...users("FileProblem"), ...left },
      { ...users("StorageError"), "src/b.py": users("RowError")["src/b.py"] ?? "" },
    ],
    [
      "what is left is where they are defined",
      { ...users("FileProblem"), "src/c.py": "class FileProblem(Exception):\n    pass\n" },
      users("StorageError"),
    ],
    ["what is left is a test", { ...users("FileProblem"), "tests/test_c.py": left["src/c.py"] }, users("StorageError")],
    ["it is a short name", { ...users("Err"), "src/c.py": "print(Err)\n" }, users("Problem")],
  ])("are no matter where %s", async (_, before, after) => {
    const had = Object.fromEntries(Object.entries(before).filter(([, text]) => text !== null));
    expect(await replaced(had, after)).toEqual([]);
  });
});
