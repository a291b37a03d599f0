import { describe, expect, it } from "vitest";
import { createUnitParser } from "../../../src/engram/units/tree-sitter-parser.ts";
import { findDanglingReferences } from "../../../src/retrieval/dangling/find-dangling-references.ts";
import { createScenario, type Files } from "./scenario.ts";

/** What is told of names that their own file lost, as `NAME at PATH:LINES`. */
async function lost(before: Files, after: Files): Promise<string[]> {
  const { change, view, base, citeCommit } = await createScenario(before, after);
  const options = { citeCommit, units: createUnitParser(), before: (path: string) => base.text(path) };
  const found = await findDanglingReferences(change, view, options);
  return found
    .filter(({ kindOfChange }) => kindOfChange === "unbound")
    .map(({ name, references, removedAt }) => {
      const lines = references.flatMap(({ citation }) => (citation.kind === "code" ? citation.startLine : []));
      return `${name} of ${removedAt.startLine} at ${removedAt.path}:${lines.join(",")}`;
    });
}

/** Others have a function of that name too: only this file's own text says that it is missing here. */
const others = { "b.ts": "export function build() {}\n", "c.ts": "export function build() {}\n" };

function script(...lines: string[]): string {
  return ['import { x } from "./x.ts";', ...lines, ""].join("\n");
}

describe("a name that a file loses and goes on reading", () => {
  it.each<[string, string, string, string, string[]]>([
    [
      "an inner function",
      "a.ts",
      script("function outer() {", "  function build() {}", "  build();", "  return [build, x];", "}"),
      script("function outer() {", "  build();", "  return [build, x];", "}"),
      ["build of 3 at a.ts:3,4"],
    ],
    [
      "a local variable, in a string and as a short property",
      "a.js",
      "const t = require('t');\nfunction f() {\n  const opts = t();\n  return { opts, s: `${opts.a}` };\n}\n",
      "const t = require('t');\nfunction f() {\n  return { opts, s: `${opts.a}` };\n}\n",
      ["opts of 3 at a.js:3"],
    ],
    [
      "a parameter",
      "a.ts",
      script("export const f = (size: number, pages: number) => size + pages;"),
      script("export const f = (size: number) => size + pages;"),
      ["pages of 2 at a.ts:2"],
    ],
    [
      "an import of several, while others of that name stand elsewhere",
      "a.ts",
      script('import { join, build } from "./b.ts";', "join(build());"),
      script('import { join } from "./b.ts";', "join(build());"),
      ["build of 2 at a.ts:3"],
    ],
    [
      "a component",
      "a.tsx",
      script('import { Panel } from "./panel.tsx";', "export const p = <Panel>{x}</Panel>;"),
      script("export const p = <Panel>{x}</Panel>;"),
      ["Panel of 2 at a.tsx:2"],
    ],
    [
      "Python: a local function, an import, a variable of a loop",
      "a.py",
      "from os import path\n\ndef f(rows):\n    def build(row):\n        return row\n    for row in rows:\n        build(path.join(row))\n",
      "def f(rows):\n    for one in rows:\n        build(path.join(row))\n",
      ["path of 1 at a.py:3", "build of 4 at a.py:3", "row of 4 at a.py:3"],
    ],
  ])("%s", async (_, path, old, now, expected) => {
    expect(await lost({ ...others, [path]: old }, { [path]: now })).toEqual(expected);
  });

  const outer = script("function outer() {", "  function build() {}", "  build();", "}");
  const without = script("function outer() {", "  build();", "}");
  it.each<[string, string, string, string]>([
    ["another thing of that name in the file", "a.ts", outer, script("function outer(build) {", "  build();", "}")],
    ["a destructured one", "a.ts", outer, script("const { a: [build = x] } = x;", "build();")],
    ["a global", "a.ts", script('import fetch from "node-fetch";', "fetch(x);"), script("fetch(x);")],
    [
      "a member, a key and a label",
      "a.ts",
      outer,
      script("x.build();", "f({ build: 1 });", "build: for (;;) break build;"),
    ],
    ["a question whether there is such a thing", "a.ts", outer, script('typeof build !== "undefined" && build();')],
    ["comments and strings", "a.ts", outer, script("// build()", "f('build()', `build()`);")],
    ["what a comment declares", "a.ts", outer, `/* global build */\n${without}`],
    ["a script that is no module", "a.js", "function build() {}\nbuild();\n", "build();\n"],
    ["a text with errors", "a.ts", outer, `${without}}}}\n`],
    ["a type of that name", "a.ts", script("class Build {}", "let b: Build;"), script("let b: Build;")],
    ["Python: names that come along", "a.py", "from b import build\nbuild()\n", "from b import *\nbuild()\n"],
    ["Python: what is built in", "a.py", "from six.moves import range\nrange(1)\n", "range(1)\n"],
    ["Python: names of arguments and members", "a.py", "build = 1\nf(build=2)\nx.build()\n", "f(build=2)\nx.build()\n"],
  ])("is not %s", async (_, path, old, now) => {
    expect(await lost({ ...others, [path]: old }, { [path]: now })).toEqual([]);
  });

  it("is not one that a declaration gives to all files", async () => {
    const files = { ...others, "a.ts": outer, "globals.d.ts": "declare function build(): void;\n" };
    expect(await lost(files, { "a.ts": without })).toEqual([]);
  });
});
