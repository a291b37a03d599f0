import { describe, expect, it } from "vitest";
import { createUnitParser } from "../../../src/engram/units/tree-sitter-parser.ts";
import { unitAround, unitsOf } from "../../../src/retrieval/code-units.ts";

const parser = createUnitParser();

const SAMPLES: [string, string, string[]][] = [
  [
    "a.ts",
    "import x from 'x';\n\n/** Says why. */\nexport function first(\n  a: number,\n): void {\n  x(a);\n}\n\nx(1);\n\nexport class Second {\n  third() {\n    x(3);\n  }\n\n  fourth() {}\n}\n",
    ["first:3-8", "Second:12-18", "third:13-15", "fourth:17-17"],
  ],
  [
    "a.py",
    "import x\n\n\n@cached\ndef first(a):\n    if a:\n# at the margin\n        return x\n\n    return 1\n\n\nx.run()\n\n\nclass Second:\n    def third(self):\n        return 3\n",
    ["first:4-10", "Second:16-18", "third:17-18"],
  ],
  ["a.go", "package a\n\n// First is one.\nfunc First() int {\n\treturn 1\n}\n\nvar x = First()\n", ["First:3-6"]],
  [
    "a.rb",
    "require 'x'\n\nclass Second\n  def third(a)\n    a.map do |b|\n      b\n    end\n  end\nend\n\nSecond.new\n",
    ["Second:3-9", "third:4-8"],
  ],
  [
    "A.java",
    "package a;\n\npublic class A {\n    public int first()\n    {\n        return 1;\n    }\n}\n",
    ["A:3-8", "first:4-7"],
  ],
];

describe("units of code", () => {
  it.each(SAMPLES)("of %s have names and ends, by the grammar", async (path, text, expected) => {
    await parser.prepare([path]);
    const units = unitsOf(path, text, parser).filter(({ name }) => name !== null);

    expect(units.map(({ name, startLine, endLine }) => `${name}:${startLine}-${endLine}`)).toEqual(
      expect.arrayContaining(expected),
    );
  });

  it.each(SAMPLES)("of %s are found without a grammar too, their comments aside", (path, text, expected) => {
    const ends = (found: string[]): string[] => found.map((unit) => unit.replace(/:\d+-/, ":"));
    const units = unitsOf(path, text, null).map(({ name, startLine, endLine }) => `${name}:${startLine}-${endLine}`);

    expect(ends(units)).toEqual(expect.arrayContaining(ends(expected)));
  });

  it("around a line are the smallest one, and none between two", async () => {
    const [path, text] = SAMPLES[0] ?? ["", ""];
    await parser.prepare([path]);
    const units = unitsOf(path, text, parser);

    expect(unitAround(units, 14)?.name).toBe("third");
    expect(unitAround(units, 16)?.name).toBe("Second");
    expect(unitAround(units, 10)).toBeNull();
  });

  it("are none where a text is no code", () => {
    expect(unitsOf("a.bin", "words\nand words", null)).toEqual([]);
  });
});
