import { describe, expect, it } from "vitest";
import { createUnitParser } from "../../../src/engram/units/tree-sitter-parser.ts";
import { findDanglingReferences } from "../../../src/retrieval/dangling/find-dangling-references.ts";
import { createScenario, type Files } from "./scenario.ts";

async function dangling(before: Files, after: Files) {
  const scenario = await createScenario(before, after);
  const options = {
    citeCommit: scenario.citeCommit,
    units: createUnitParser(),
    before: (path: string) => scenario.base.text(path),
  };
  return { found: await findDanglingReferences(scenario.change, scenario.view, options) };
}

const DATES =
  "export function formatDay(date) {\n  return date.toISOString().slice(0, 10);\n}\n\nexport const zero = 0;\n";
const USER =
  'import { formatDay } from "./dates.ts";\n\nexport const today = () => formatDay(new Date()); // formatDay\nexport const text = "formatDay";\n// As formatDay does.\n';

describe("findDanglingReferences, of changed signatures", () => {
  const cases: [string, Files, Files, string[]][] = [
    [
      "TypeScript: a parameter that all must give",
      {
        "src/dates.ts": DATES,
        "src/user.ts": USER,
        "src/new.ts": 'import { formatDay } from "./dates.ts";\nformatDay(1, 2);\n',
      },
      { "src/dates.ts": DATES.replace("(date)", "(\n  date: Date,\n  zone: string,\n)") },
      ["src/user.ts:3 calls formatDay with 1 argument; it now takes (date, zone)"],
    ],
    [
      "TypeScript: arrow functions, types and defaults",
      {
        "a.ts": "export const roundPrice = (x: number, step: Map<string, number>): number => x;\n",
        "b.ts":
          'import { roundPrice } from "./a.ts";\nroundPrice(f(1, 2), new Map<string, number>());\nroundPrice(...all);\n',
      },
      { "a.ts": "export const roundPrice = (step: Map<string, number>, x: number): number => x;\n" },
      ["b.ts:2 calls roundPrice in the old order; it now takes (step, x)"],
    ],
    [
      "TypeScript: a result that must be waited for",
      {
        "a.ts": "export function readPrice(x: number): number {\n  return x;\n}\n",
        "b.ts":
          'import { readPrice } from "./a.ts";\nconst price = readPrice(1) + 1;\nexport const p = await readPrice(2);\nreadPrice(3).then(f);\n',
      },
      { "a.ts": "export async function readPrice(x: number): Promise<number> {\n  return x;\n}\n" },
      ["b.ts:2 does not wait for readPrice, which now gives a promise"],
    ],
    [
      "Python: an argument by a name that is gone",
      {
        "app/prices.py": "def net_price(x, tax_rate=1):\n    return x\n",
        "app/shop.py":
          "from app.prices import net_price\n\nnet_price(1)\nnet_price(1, tax_rate=2)\nnet_price(1, 2)\nnet_price(**all)\n",
      },
      { "app/prices.py": "def net_price(x, rate=1):\n    return x\n" },
      ["app/shop.py:4 names an argument of net_price that is gone; it now takes (x, rate?)"],
    ],
    [
      "Python: a method, called over several lines",
      {
        "app/prices.py": "class Shop:\n    def net_price(self, x):\n        return x\n",
        "app/shop.py": "shop.net_price(  # one, two\n    1,\n)\n",
      },
      { "app/prices.py": "class Shop:\n    def net_price(self, x, *, rate):\n        return x\n" },
      ["app/shop.py:1 calls net_price with 1 argument; it now takes (x, rate)"],
    ],
    [
      "Go",
      {
        "a.go": "package a\n\nfunc NetPrice(x, y int) int { return x }\n",
        "b.go": "package a\n\nvar p = NetPrice(1, f(2, 3))\n",
      },
      { "a.go": "package a\n\nfunc NetPrice(ctx Context, x, y int) int { return x }\n" },
      ["b.go:3 calls NetPrice with 2 arguments; it now takes (ctx, x, y)"],
    ],
    [
      "Java",
      {
        "A.java": "class A {\n  public static int netPrice(int x, Map<String, Integer> y) { return x; }\n}\n",
        "B.java": "class B { int p = A.netPrice(1, null); }\n",
      },
      { "A.java": "class A {\n  public static int netPrice(int x) { return x; }\n}\n" },
      ["B.java:1 calls netPrice with 2 arguments; it now takes (x)"],
    ],
    [
      "Rust",
      {
        "a.rs": "pub fn net_price<'a>(x: &'a str) -> i32 { 1 }\n",
        "b.rs": 'use crate::a::net_price;\nfn f() -> i32 { net_price("1, 2") }\n',
      },
      { "a.rs": "pub fn net_price<'a>(x: &'a str, y: &'a str) -> i32 { 1 }\n" },
      ["b.rs:2 calls net_price with 1 argument; it now takes (x, y)"],
    ],
    [
      "Ruby",
      { "a.rb": "def net_price(x, y)\n  x\nend\n", "b.rb": "puts net_price(1, 2)\n" },
      { "a.rb": "def net_price(x, y, rate, step)\n  x\nend\n" },
      ["b.rb:1 calls net_price with 2 arguments; it now takes (x, y, rate, step)"],
    ],
  ];

  it.each(cases)("%s", async (_, before, after, expected) => {
    const { found } = await dangling(before, after);

    expect(found.every(({ kindOfChange }) => kindOfChange === "signature")).toBe(true);
    const told = found.flatMap(({ references }) =>
      references.map(({ citation, why }) =>
        citation.kind === "code" ? `${citation.path}:${citation.startLine} ${why}` : "",
      ),
    );
    expect(told).toEqual(expected);
  });

  it.each<[string, Files, Files]>([
    [
      "a parameter that may be left out",
      { "src/dates.ts": DATES, "src/user.ts": USER },
      { "src/dates.ts": DATES.replace("(date)", "(date, zone = 1)") },
    ],
    [
      "another name of a parameter",
      { "src/dates.ts": DATES, "src/user.ts": USER },
      { "src/dates.ts": DATES.replace("(date)", "(day)").replace("date.", "day.") },
    ],
    [
      "calls that were adapted",
      { "src/dates.ts": DATES, "src/user.ts": USER },
      {
        "src/dates.ts": DATES.replace("(date)", "(date, zone)"),
        "src/user.ts": USER.replace("formatDay(new Date())", "formatDay(new Date(), 1)"),
      },
    ],
    [
      "a name that is defined twice",
      { "src/dates.ts": DATES, "src/user.ts": USER, "src/more.ts": DATES },
      { "src/dates.ts": DATES.replace("(date)", "(date, zone)") },
    ],
    [
      "a value that is computed",
      {
        "a.ts": "export const fullPrice = (1 + 2) * 3;\n",
        "b.ts": 'import { fullPrice } from "./a.ts";\nexport const p = fullPrice(1);\n',
      },
      { "a.ts": "export const fullPrice = (1 + 2, 3) * 3;\n" },
    ],
    [
      "a call that never fitted",
      { "src/dates.ts": DATES, "src/user.ts": USER.replace("formatDay(new Date())", "formatDay()") },
      { "src/dates.ts": DATES.replace("(date)", "(date, zone)") },
    ],
    [
      "what tests define for tests",
      {
        "test/driver.test.ts": "const driver = {\n  openDatabase: (a) => a,\n};\n",
        "test/other.test.ts": "export const x = (d) => d.openDatabase(1);\n",
      },
      { "test/driver.test.ts": "const driver = {\n  openDatabase: (a, b) => a,\n};\n" },
    ],
    [
      "what tests define",
      {
        "test/driver.test.ts": "const driver = {\n  openDatabase: (a) => a,\n};\n",
        "src/driver.ts": "export const x = (d) => d.openDatabase(1);\n",
      },
      { "test/driver.test.ts": "const driver = {\n  openDatabase: (a, b) => a,\n};\n" },
    ],
  ])("is silent about %s", async (_, before, after) => {
    expect((await dangling(before, after)).found).toEqual([]);
  });
});
