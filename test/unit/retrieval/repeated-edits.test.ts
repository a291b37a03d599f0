import { describe, expect, it } from "vitest";
import { findNearCopies } from "../../../src/retrieval/near-copies.ts";
import { createScenario, type Files } from "./scenario.ts";

/** What is told of lines that a change replaces alike, as `OLD in PLACES places, left at PATH:LINE`. */
async function repeated(before: Files, after: Files): Promise<string[]> {
  const { change, view, citeCommit } = await createScenario(before, after);
  return findNearCopies(change, view, { citeCommit }).found.flatMap(({ repeated: places, removed, copies }) => {
    if (places === undefined) return [];
    const left = copies.map(({ evidence: { citation } }) =>
      citation.kind === "code" ? `${citation.path}:${citation.startLine}` : "",
    );
    return `${removed.join()} in ${places} places, left at ${left.join(", ")}`;
  });
}

const check = "if (read(arg) !== wanted) return";
const grown = "if (late(arg) ||\n    read(arg) !== wanted) return";
const mended = "if (!matches(read(arg))) return";
const around = (name: string, line: string) => `export function ${name}(arg) {\n  ${line}\n  use${name}(arg)\n}\n`;
const files = (line: string): Files => ({
  "src/a.ts": around("One", line) + around("Two", line),
  "src/b.ts": around("Three", line),
  "src/c.ts": around("Four", check),
});

describe("a line that a change replaces alike again and again", () => {
  it("is told where it is left as it was", async () => {
    expect(await repeated(files(check), files(mended))).toEqual([`${check} in 3 places, left at src/c.ts:2`]);
  });

  it("is told with the lines that several became", async () => {
    const more = "const found = read(arg)\n  if (found !== wanted) return";
    const lines = (line: string) => around("One", line) + around("Two", line) + around("Three", check);
    expect(await repeated({ "src/a.ts": lines(check) }, { "src/a.ts": lines(more) })).toEqual([
      `${check} in 2 places, left at src/a.ts:12`,
    ]);
  });

  it("may be several lines, which must all be there", async () => {
    const two = "open(arg)\n  close(arg, now)";
    const before = (name: string) => around(name, two);
    const half = around("Five", "open(arg)\n  close(arg, later)");
    const had = { "src/a.ts": before("One") + before("Two"), "src/b.ts": before("Three") + before("Four") + half };
    const has = {
      "src/a.ts": around("One", "touch(arg)") + around("Two", "touch(arg)"),
      "src/b.ts": around("Three", "touch(arg)") + before("Four") + half,
    };
    expect(await repeated(had, has)).toEqual(["open(arg),close(arg, now) in 3 places, left at src/b.ts:6"]);
  });

  it.each<[string, Files, Files]>([
    [
      "all was in another file",
      { ...files(check), "src/b.ts": "" },
      { "src/a.ts": around("One", mended) + around("Two", mended) },
    ],
    ["one place was changed", files(check), { "src/b.ts": around("Three", mended) }],
    [
      "it is left in more places than it was changed",
      files(check),
      { "src/a.ts": around("One", mended) + around("Two", check) },
    ],
    [
      "it became something else each time",
      files(check),
      { "src/a.ts": around("One", mended) + around("Two", "return"), "src/b.ts": around("Three", `// ${mended}`) },
    ],
    [
      "it grew in some files, and is left in another one",
      files(check),
      {
        "src/a.ts": around("One", grown) + around("Two", grown),
        "src/b.ts": around("Three", grown),
      },
    ],
    [
      "it is the head of a function",
      { "a.py": "class A:\n    def get(self, path, request):\n        pass\n".repeat(3) },
      {
        "a.py":
          "class A:\n    def get(self, path: str, request):\n        pass\n".repeat(2) +
          "class A:\n    def get(self, path, request):\n        pass\n",
      },
    ],
    ["it is short", { "a.ts": "go();\nx();\ngo();\ny();\ngo();\n" }, { "a.ts": "run();\nx();\nrun();\ny();\ngo();\n" }],
    [
      "the change put it there itself",
      { "src/a.ts": around("One", check) + around("Two", check) },
      { "src/a.ts": around("One", mended) + around("Two", mended), "src/new.ts": around("Four", check) },
    ],
    [
      "what is left is prose",
      { ...files(check), "src/c.ts": null, "c.md": `${check}\n` },
      { "src/a.ts": around("One", mended) + around("Two", mended), "src/b.ts": around("Three", mended) },
    ],
  ])("is no matter where %s", async (_, before, after) => {
    const had = Object.fromEntries(Object.entries(before).filter(([, text]) => text !== null));
    expect(await repeated(had, after)).toEqual([]);
  });
});
