import { describe, expect, it } from "vitest";
import { createUnitParser } from "../../../src/engram/units/tree-sitter-parser.ts";
import { definesName, definitionsOf } from "../../../src/retrieval/symbols/definitions.ts";
import { usesOf } from "../../../src/retrieval/uses-of.ts";
import { temporaryRepository, viewOf } from "./scenario.ts";

async function setUp(files: Record<string, string>) {
  const repository = temporaryRepository();
  for (const [path, text] of Object.entries(files)) repository.write(path, text);
  return viewOf(repository, repository.commit("Tree"));
}

describe("usesOf", () => {
  it("names files and lines that call or import a symbol, most first, and nothing else of its name", async () => {
    const view = await setUp({
      "net.ts": "export function netPrice(x: number) {\n  return x;\n}\n",
      "once.ts": 'import { netPrice } from "./net.ts";\n',
      "often.ts": 'import { netPrice } from "./net.ts";\n\nnetPrice(1);\n// netPrice(2)\nnetPrice(3);\n',
      "other.ts": 'import { netPrice } from "prices";\nnetPrice(1);\n',
      "own.ts": "function netPrice() {}\nnetPrice();\n",
      "net.py": "net_price(1)\nnetPrice(1)\n",
    });
    const uses = await usesOf(
      view,
      createUnitParser(),
      { path: "net.ts", name: "netPrice" },
      { citeCommit: () => "abc" },
    );

    expect(uses).toMatchObject({ files: 2, lines: 4, complete: true });
    expect(uses.evidence).toEqual([
      {
        kind: "related-file",
        citation: { kind: "code", path: "often.ts", startLine: 1, endLine: 1, commit: "abc" },
        score: 0.75,
        why: "uses netPrice on 3 of 4 lines; also on 3, 5",
        text: 'import { netPrice } from "./net.ts";',
      },
      expect.objectContaining({ score: 0.25, why: "uses netPrice on 1 of 4 lines" }),
    ]);
  });

  it("follows members by their name and functions by what qualifies them", async () => {
    const view = await setUp({
      "app/prices.py":
        "class Shop:\n    def net_price(self, x):\n        return x\n\ndef gross_price(x):\n    return x\n",
      "app/a.py": "from app import prices\n\nprices.gross_price(1)\nshop.net_price(1)\n",
      "app/b.py": "other.gross_price(1)\ngross_price(2)\n",
    });
    const linesOf = async (name: string) =>
      (
        await usesOf(view, createUnitParser(), { path: "app/prices.py", name }, { citeCommit: () => "abc" })
      ).evidence.map(({ citation, why }) => [citation.kind === "code" && citation.path, why]);

    expect(await linesOf("net_price")).toEqual([["app/a.py", "uses net_price on 1 of 1 lines"]]);
    expect(await linesOf("gross_price")).toEqual([["app/a.py", "uses gross_price on 1 of 1 lines"]]);
  });
});

describe("definitionsOf", () => {
  it("tells members from functions and reads signatures", async () => {
    const units = createUnitParser();
    await units.prepare(["a.ts"]);
    const text =
      "export class Shop {\n  async price(x: number, y?: Map<string, number>, ...more: number[]): Promise<number> {\n    return x;\n  }\n}\nexport const rate = 3;\nexport const half = (x = 1) => x / 2;\n";

    expect(definitionsOf(units, "a.ts", text)).toEqual([
      { name: "Shop", line: 1, member: false, signature: null },
      {
        name: "price",
        line: 2,
        member: true,
        signature: {
          parameters: [
            { name: "x", optional: false, rest: false, keyword: false },
            { name: "y", optional: true, rest: false, keyword: false },
            { name: "more", optional: false, rest: true, keyword: false },
          ],
          result: "Promise<number>",
        },
      },
      { name: "rate", line: 6, member: false, signature: null },
      {
        name: "half",
        line: 7,
        member: false,
        signature: { parameters: [{ name: "x", optional: true, rest: false, keyword: false }], result: "" },
      },
    ]);
    expect(definitionsOf(units, "a.txt", text)).toEqual([]);
  });

  it("says from the engram alone whether a file defines a name", async () => {
    const view = await setUp({ "a.ts": "export function netPrice() {}\nother();\n" });

    expect(definesName(view, "a.ts", "netPrice")).toBe(true);
    expect(definesName(view, "a.ts", "NetPrice")).toBe(false);
    expect(definesName(view, "a.ts", "other")).toBe(false);
    expect(definesName(view, "b.ts", "netPrice")).toBe(false);
  });
});
