import { describe, expect, it } from "vitest";
import { keepResolving } from "../../../src/retrieval/citation.ts";
import { findDanglingReferences } from "../../../src/retrieval/dangling/find-dangling-references.ts";
import { createUnitParser } from "../../../src/engram/units/tree-sitter-parser.ts";
import { createScenario, type Files } from "./scenario.ts";

async function dangling(before: Files, after: Files) {
  const scenario = await createScenario(before, after);
  const units = createUnitParser();
  const options = { citeCommit: scenario.citeCommit, units, before: (path: string) => scenario.base.text(path) };
  return { found: await findDanglingReferences(scenario.change, scenario.view, options), scenario };
}

const DATES =
  "export function formatDay(date) {\n  return date.toISOString().slice(0, 10);\n}\n\nexport const zero = 0;\n";
const USER =
  'import { formatDay } from "./dates.ts";\n\nexport const today = () => formatDay(new Date()); // formatDay\nexport const text = "formatDay";\n// As formatDay does.\n';

describe("findDanglingReferences", () => {
  it("finds what still uses a renamed function, where the change does not reach", async () => {
    const { found, scenario } = await dangling(
      { "src/dates.ts": DATES, "src/user.ts": USER },
      { "src/dates.ts": DATES.replace("formatDay", "formatDate") },
    );

    expect(found).toMatchObject([
      {
        name: "formatDay",
        removedAt: { path: "src/dates.ts", startLine: 1, side: "LEFT" },
        anchor: { path: "src/dates.ts", startLine: 1, side: "RIGHT" },
        referenceCount: 2,
        references: [{ citation: { path: "src/user.ts", startLine: 1 } }, { citation: { startLine: 3 } }],
      },
    ]);
    const evidence = found.flatMap(({ references }) => references);
    expect(await keepResolving(scenario.gitDir, evidence)).toEqual(evidence);
  });

  it("finds uses left behind in the file itself, and has no line to comment on in a deleted file", async () => {
    const own = "function roundPrice(x) {\n  return Math.round(x);\n}\n\nexport const price = roundPrice(3.5);\n";
    const { found } = await dangling(
      { "a.js": own, "b.ts": DATES, "c.ts": USER.replace("./dates.ts", "./b.js") },
      { "a.js": own.slice(own.indexOf("export")), "b.ts": null },
    );

    expect(found.map(({ name, anchor }) => [name, anchor?.path ?? null])).toEqual([
      ["roundPrice", "a.js"],
      ["formatDay", null],
    ]);
  });

  it("takes a definition that only moved to several lines for what it is", async () => {
    const user = 'import type { Plugin } from "./plugin.ts";\n\nexport const plugins: Plugin<string>[] = [];\n';
    const { found } = await dangling(
      {
        "plugin.ts": "export type Plugin<Options extends object = {}> = (options: Options) => void;\n",
        "user.ts": user,
      },
      { "plugin.ts": "export type Plugin<\n  Options extends object = {}\n> = (options: Options) => void;\n" },
    );

    expect(found).toEqual([]);
  });

  it("knows a default import by the same name from elsewhere, and one from the file that lost it", async () => {
    const lost =
      'import { readFileSync } from "node:fs";\nconst robotSvg = readFileSync("robot.svg");\nexport const page = robotSvg;\n';
    const imported = 'import robotSvg from "./robot.svg.js";\nexport const page = robotSvg;\n';
    const elsewhere = await dangling(
      { "page.ts": lost },
      { "page.ts": imported, "robot.svg.js": "export default 1;\n" },
    );
    expect(elsewhere.found).toEqual([]);

    const home = await dangling(
      {
        "robot.ts": "export default function robotSvg() {}\n",
        "page.ts": 'import robotSvg from "./robot.ts";\nrobotSvg();\n',
      },
      { "robot.ts": "export const other = 1;\n" },
    );
    expect(home.found.map(({ name, referenceCount }) => [name, referenceCount])).toEqual([["robotSvg", 2]]);
  });

  it("knows what is left when `module.exports` still names it, and what requires it, whatever a test calls so", async () => {
    const { found } = await dangling(
      {
        "a.js": "function roundPrice() {}\nmodule.exports.roundPrice = roundPrice;\n",
        "b.js": 'const { roundPrice } = require("./a.js");\nroundPrice();\n',
        "test/a.test.js": "const roundPrice = () => 1;\n",
      },
      { "a.js": "module.exports.roundPrice = roundPrice;\n" },
    );

    expect(found.map(({ name, referenceCount }) => [name, referenceCount])).toEqual([["roundPrice", 2]]);
  });

  it.each<[string, Files, Files]>([
    [
      "Python",
      {
        "app/prices.py": "def net_price(x):\n    return x\n",
        "app/shop.py": "from app.prices import net_price\n\nprint(net_price(1))\n",
      },
      { "app/prices.py": "x = 1\n" },
    ],
    [
      "Go",
      { "a.go": "package a\n\nfunc NetPrice(x int) int { return x }\n", "b.go": "package a\n\nvar p = NetPrice(1)\n" },
      { "a.go": "package a\n" },
    ],
    [
      "Rust",
      {
        "a.rs": "pub fn net_price(x: i32) -> i32 { x }\n",
        "b.rs": "use crate::a::net_price;\nfn f<'a>(s: &'a str) -> i32 { net_price(1) }\n",
      },
      { "a.rs": "pub fn other() {}\n" },
    ],
    [
      "Java",
      {
        "A.java": "class A {\n  public static int netPrice(int x) { return x; }\n}\n",
        "B.java": "class B { int p = A.netPrice(1); }\n",
      },
      { "A.java": "class A {\n}\n" },
    ],
    [
      "C#",
      {
        "A.cs": "class A {\n  public static int NetPrice(int x) { return x; }\n}\n",
        "B.cs": "class B { int p = A.NetPrice(1); }\n",
      },
      { "A.cs": "class A {\n}\n" },
    ],
    [
      "C",
      { "a.c": "int net_price(int x) {\n  return x;\n}\n", "b.c": "int main() {\n  return net_price(1);\n}\n" },
      { "a.c": "int other(void) {\n  return 1;\n}\n" },
    ],
    ["Ruby", { "a.rb": "def net_price(x)\n  x\nend\n", "b.rb": "puts net_price(1)\n" }, { "a.rb": "x = 1\n" }],
    [
      "PHP",
      { "a.php": "<?php\nfunction net_price($x) { return $x; }\n", "b.php": "<?php\necho net_price(1);\n" },
      { "a.php": "<?php\n" },
    ],
    [
      "names that differ in case",
      {
        "a.go": "package a\n\nfunc NetPrice(x int) int { return x }\n",
        "b.go": "package a\n\nfunc netPrice() {}\n",
        "c.go": "package a\n\nvar p = NetPrice(1)\n",
      },
      { "a.go": "package a\n" },
    ],
    [
      "a method",
      {
        "a.ts": "export class Shop {\n  netPrice(x: number) {\n    return x;\n  }\n}\n",
        "b.ts": 'import { Shop } from "./a.ts";\nnew Shop().netPrice(1);\n',
      },
      { "a.ts": "export class Shop {\n}\n" },
    ],
  ])("reads %s", async (_, before, after) => {
    expect((await dangling(before, after)).found).toHaveLength(1);
  });

  it.each<[string, Files, Files]>([
    [
      "a name that is still defined elsewhere",
      { "a.ts": DATES, "b.ts": USER, "c.ts": DATES },
      { "a.ts": "export {};\n" },
    ],
    [
      "a definition that moved",
      { "src/dates.ts": DATES, "src/user.ts": USER },
      { "src/dates.ts": "export {};\n", "src/days.ts": DATES },
    ],
    [
      "comments and strings",
      {
        "a.ts": DATES,
        "b.ts": '// formatDay was here\nexport const text = "formatDay";\nconst other = `formatDay`;\n',
      },
      { "a.ts": "export {};\n" },
    ],
    [
      "a name that another file has of its own",
      { "a.ts": DATES, "b.ts": "export const days = (formatDay) => formatDay(1);\n" },
      { "a.ts": "export {};\n" },
    ],
    [
      "the same name from a package",
      { "a.ts": DATES, "b.ts": USER.replace("./dates.ts", "day-formats") },
      { "a.ts": "export {};\n" },
    ],
    [
      "a longer name",
      { "a.ts": DATES, "b.ts": USER.replaceAll("formatDay", "formatDayOfWeek") },
      { "a.ts": "export {};\n" },
    ],
    [
      "a property of that name",
      { "dates.ts": DATES + "export const x = { formatDay: 1 }.formatDay;\n" },
      { "dates.ts": "export const x = { formatDay: 1 }.formatDay;\n" },
    ],
    [
      "a re-export that keeps the name",
      { "dates.ts": DATES, "user.ts": USER },
      { "dates.ts": `${DATES.replace("export function formatDay", "function day")}export { day as formatDay };\n` },
    ],
    [
      "the same name from another module",
      {
        "app/prices.py": "def net_price(x):\n    return x\n",
        "app/shop.py": "from money.lib import net_price\n\nprint(net_price(1))\n",
      },
      { "app/prices.py": "x = 1\n" },
    ],
    [
      "another file's parameter",
      {
        "a.py": "def running_total():\n    return 2\n",
        "b.py": "def add(running_total):\n    return running_total + 1\n",
      },
      { "a.py": "x = 1\n" },
    ],
    [
      "another file's variable",
      {
        "a.go": "package a\n\nfunc netPrice() int { return 2 }\n",
        "b.go": "package b\n\nfunc f() int {\n\tnetPrice := 1\n\treturn netPrice\n}\n",
      },
      { "a.go": "package a\n" },
    ],
    [
      "local variables",
      {
        "a.py":
          "def first():\n    running_total = 1\n    return 2\n\ndef second(running_total):\n    return running_total\n",
      },
      { "a.py": "def first():\n    return 2\n\ndef second(running_total):\n    return running_total\n" },
    ],
    [
      "names that another module may still hand on",
      { "dates.ts": DATES, "user.ts": USER },
      { "dates.ts": 'export * from "day-formats";\n' },
    ],
    [
      "a file of the same name that is imported in its place",
      { "days.ts": "const dayNames = [1];\nexport const first = dayNames;\n" },
      { "days.ts": 'import dayNames from "./days.json";\nexport const first = dayNames;\n' },
    ],
    [
      "what a test defined in place of something real",
      { "test/a.test.js": "function roundPrice() {}\n", "lib/a.js": "exports.x = (all) => all.roundPrice(1);\n" },
      { "test/a.test.js": "\n" },
    ],
    [
      "what every object may have",
      { "a.js": "class A {\n  toJSON() {}\n}\n", "b.js": "x.toJSON();\n" },
      { "a.js": "class A {\n}\n" },
    ],
    [
      "declarations of types, to files without types",
      { "a.d.ts": "export interface A {\n  netPrice(): number;\n}\n", "b.js": "x.netPrice();\n" },
      { "a.d.ts": "export interface A {\n}\n" },
    ],
    [
      "what tests import from each other by that name",
      {
        "sample/a.ts": DATES,
        "test/dates.ts": DATES,
        "test/b.test.ts": USER,
      },
      { "sample/a.ts": "export {};\n" },
    ],
    [
      "a test's own function of that name",
      { "a.ts": DATES, "test/b.test.ts": "function formatDay() {}\nformatDay();\n" },
      { "a.ts": "export {};\n" },
    ],
    [
      "short names",
      { "a.ts": "export const day = 1;\n", "b.ts": 'import { day } from "./a.ts";\nexport const x = day;\n' },
      { "a.ts": "export {};\n" },
    ],
  ])("is silent about %s", async (_, before, after) => {
    expect((await dangling(before, after)).found).toEqual([]);
  });
});

it("parses no file because of words in its comments and of what it calls", async () => {
  const uses = { "b.ts": 'import { rates } from "./a.ts";\nrates.then();\nawait converted(1);\nthrown();\n' };
  const text =
    "/**\n * Gives rates converted.\n */\nexport const rates = (a: string) => {\n  return thrown ? a : new converted(a);\n};\n";
  const after = text.replace(" * Gives rates converted.", " * All.").replace("thrown ? a : new converted(a)", "a");
  const { change, view, base, citeCommit } = await createScenario(
    { "a.ts": text, ...uses },
    { "a.ts": after, ...uses },
  );
  const units = createUnitParser();
  const asked: string[] = [];
  const parse: typeof units.parse = (path, of) => {
    asked.push(path);
    return units.parse(path, of);
  };
  const options = { citeCommit, units: { ...units, parse }, before: (path: string) => base.text(path) };
  expect(await findDanglingReferences(change, view, options)).toEqual([]);
  expect(asked).toEqual([]);
});
