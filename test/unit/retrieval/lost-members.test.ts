import { describe, expect, it } from "vitest";
import { createUnitParser } from "../../../src/engram/units/tree-sitter-parser.ts";
import { findDanglingReferences } from "../../../src/retrieval/dangling/find-dangling-references.ts";
import { createScenario, type Files } from "./scenario.ts";

/** What is told of members, as `NAME of CLASS at PATH:LINES`; of a signature what does not fit. */
async function told(before: Files, after: Files): Promise<string[]> {
  const { change, view, base, citeCommit } = await createScenario(before, after);
  const options = { citeCommit, units: createUnitParser(), before: (path: string) => base.text(path) };
  const found = await findDanglingReferences(change, view, options);
  return found.map(({ name, owner, references }) => {
    const places = references.map(({ citation, why }) => {
      const place = citation.kind === "code" ? `${citation.path}:${citation.startLine}` : "";
      return why.startsWith("uses") ? place : `${place} ${why}`;
    });
    return `${name} of ${owner ?? "-"} at ${places.join(", ")}`;
  });
}

/** Others have a member of that name, so that its name alone says nothing. */
const others = {
  "other.ts": "export class Other {\n  open() {}\n  size = 0;\n}\nnew Other().open();\n",
  "other.py": "class Other:\n    def open(self):\n        pass\n\nOther().open()\n",
};

const file = (...lines: string[]): string => [...lines, ""].join("\n");

const store = file(
  "export class Store {",
  "  size = 0;",
  "  open() {}",
  "  read() {",
  "    this.open();",
  "    return () => this.size;",
  "  }",
  "}",
);
const withoutOpen = store.replace("  open() {}\n", "");

describe("a member that a class loses and that is still used", () => {
  it.each<[string, Files, Files, string[]]>([
    ["a method, in its own class", { "a.ts": store }, { "a.ts": withoutOpen }, ["open of Store at a.ts:4"]],
    [
      "a field, in an arrow function",
      { "a.js": store },
      { "a.js": store.replace("  size = 0;\n", "") },
      ["size of Store at a.js:5"],
    ],
    [
      "what only its constructor put there",
      {
        "a.js": file(
          "class A {",
          "  constructor() {",
          "    this.open = 1;",
          "  }",
          "  f() { return this.open + 1; }",
          "}",
        ),
      },
      { "a.js": file("class A {", "  constructor() {", "  }", "  f() { return this.open + 1; }", "}") },
      ["open of A at a.js:4"],
    ],
    [
      "a parameter that was a property",
      { "a.ts": file("class A {", "  constructor(private size: number) {}", "  f() { return this.size; }", "}") },
      { "a.ts": file("class A {", "  constructor(size: number) {}", "  f() { return this.size; }", "}") },
      ["size of A at a.ts:3"],
    ],
    [
      "through objects that another file declares, and a static one through the class",
      {
        "a.ts": file("export class Store {", "  open() {}", "  static size = 0;", "}"),
        "b.ts": file(
          'import { Store } from "./a.ts";',
          "export function run(store: Store, other: { open(): void }) {",
          "  const mine = new Store();",
          "  mine.open();",
          "  other.open();",
          "  store.open();",
          "  return Store.size;",
          "}",
          "export class Shop {",
          "  private readonly store: Store;",
          "  f() { this.store.open(); }",
          "}",
        ),
      },
      { "a.ts": file("export class Store {", "}") },
      ["open of Store at b.ts:4, b.ts:6, b.ts:11", "size of Store at b.ts:7"],
    ],
    [
      "Python: a method, an attribute, an object of the class",
      {
        "shop/a.py": file(
          "class Store:",
          "    def __init__(self):",
          "        self.size = 0",
          "",
          "    def open(self):",
          "        pass",
          "",
          "    def read(self):",
          "        self.open()",
          "        return [self.size for _ in (1, 2)]",
        ),
        "shop/b.py": file("from shop.a import Store", "", "def run(store: Store):", "    store.open()"),
      },
      {
        "shop/a.py": file(
          "class Store:",
          "    def __init__(self):",
          "        pass",
          "",
          "    def read(self):",
          "        self.open()",
          "        return [self.size for _ in (1, 2)]",
        ),
      },
      ["size of Store at shop/a.py:7", "open of Store at shop/a.py:6, shop/b.py:4"],
    ],
    [
      "a base class in the tree does not have it either",
      {
        "a.ts": file('import { Base } from "./base.ts";', store.replace("Store {", "Store extends Base {")),
        "base.ts": "export class Base { close() {} }\n",
      },
      { "a.ts": file('import { Base } from "./base.ts";', withoutOpen.replace("Store {", "Store extends Base {")) },
      ["open of Store at a.ts:5"],
    ],
    [
      "a call that does not fit the new signature",
      {
        "a.ts": file(
          "export class Store {",
          "  open(path: string) {}",
          "  read() {",
          '    this.open("a");',
          "  }",
          "}",
        ),
      },
      {
        "a.ts": file(
          "export class Store {",
          "  open(path: string, mode: number) {}",
          "  read() {",
          '    this.open("a");',
          "  }",
          "}",
        ),
      },
      ["open of Store at a.ts:4 calls open with 1 argument; it now takes (path, mode)"],
    ],
  ])("%s", async (_, before, after, expected) => {
    expect(await told({ ...others, ...before }, after)).toEqual(expected);
  });

  const extended = (base: string, text = store) => text.replace("Store {", `Store extends ${base} {`);
  it.each<[string, Files, Files]>([
    [
      "a base class has it",
      { "a.ts": extended("Base"), "base.ts": "export class Base { open() {} }\n" },
      { "a.ts": extended("Base", withoutOpen) },
    ],
    ["a base class is not of this repository", { "a.ts": extended("Base") }, { "a.ts": extended("Base", withoutOpen) }],
    [
      "what it extends is computed",
      { "a.ts": extended("mixed(Base)") },
      { "a.ts": extended("mixed(Base)", withoutOpen) },
    ],
    [
      "a subclass has it",
      { "a.ts": store, "sub.ts": 'import { Store } from "./a.ts";\nclass Sub extends Store {\n  open() {}\n}\n' },
      { "a.ts": withoutOpen },
    ],
    [
      "somebody puts it there",
      {
        "a.js": store,
        "b.js": 'import { Store } from "./a.js";\nconst store = new Store();\nstore.open = () => {};\n',
      },
      { "a.js": withoutOpen },
    ],
    [
      "it moved to another line",
      { "a.ts": store },
      { "a.ts": withoutOpen.replace("  read() {", "  open = () => {};\n  read() {") },
    ],
    [
      "another `this`",
      { "a.js": store.replace("this.open();", "return function () { this.open(); };") },
      { "a.js": withoutOpen.replace("this.open();", "return function () { this.open(); };") },
    ],
    [
      "it is asked first whether it is there",
      { "a.js": store.replace("this.open();", "this.open && go(this);\n    this.open?.();") },
      { "a.js": withoutOpen.replace("this.open();", "this.open && go(this);\n    this.open?.();") },
    ],
    [
      "names are handed over",
      { "a.js": store.replace("this.open();", "this.open();\n    Object.assign(this, {});") },
      { "a.js": withoutOpen.replace("this.open();", "this.open();\n    Object.assign(this, {});") },
    ],
    [
      "Python: what is not there is made when it is asked for",
      { "a.py": file("class A:", "    size = 1", "    def __getattr__(self, name):", "        return self.size") },
      { "a.py": file("class A:", "    def __getattr__(self, name):", "        return self.size") },
    ],
    [
      "Python: a part of classes that have it from elsewhere",
      {
        "a.py": file("class Part:", "    def open(self):", "        pass", "    def f(self):", "        self.open()"),
        "b.py": file("from a import Part", "from other import Other", "class Whole(Part, Other):", "    open = 1"),
      },
      { "a.py": file("class Part:", "    def f(self):", "        self.open()") },
    ],
    [
      "an object that may be another one's",
      {
        "a.ts": file("export class Store {", "  open() {}", "}"),
        "b.ts": file(
          'import { Store } from "./a.ts";',
          "let store = new Store();",
          "store = other();",
          "store.open();",
        ),
      },
      { "a.ts": file("export class Store {", "}") },
    ],
    [
      "the class becomes another one",
      {
        "a.js": file("class A {", ..."bcdefg".split("").map((name) => `  ${name}1() {}`), "  f() { this.b1(); }", "}"),
      },
      { "a.js": file("class A {", "  f() { this.b1(); }", "}") },
    ],
    [
      "overloads",
      {
        "a.ts": file(
          "class A {",
          "  open(a: string): void;",
          "  open(a: number): void;",
          "  open(a: any) {}",
          "  f() { this.open(1); }",
          "}",
        ),
      },
      {
        "a.ts": file(
          "class A {",
          "  open(a: string): void;",
          "  open(a: number, b: number): void;",
          "  open(a: any, b?: any) {}",
          "  f() { this.open(1); }",
          "}",
        ),
      },
    ],
  ])("is silent where %s", async (_, before, after) => {
    expect(await told({ ...others, ...before }, after)).toEqual([]);
  });
});

describe("a file is parsed for its classes", () => {
  const script = file("export class Store {", "  size = 0;", "  open(path: string) {", "    return path;", "  }", "}");
  const python = file("class Store:", "    def open(self, path):", "        return path");
  const uses = { "b.ts": file('import { Store } from "./a.ts";', "new Store().open('a');") };

  it.each<[string, number, Files, Files]>([
    [
      "not where the body of a method changes",
      0,
      { "a.ts": script },
      { "a.ts": script.replace("path;", "path + path;") },
    ],
    [
      "not where the same is done in Python",
      0,
      { "a.py": python },
      { "a.py": python.replace("n path", "n path or 1") },
    ],
    ["not where nothing uses the name", 0, { "a.ts": script }, { "a.ts": script.replace("  size = 0;\n", "") }],
    [
      "not where the same name is behind something else",
      0,
      { "c.ts": script.replace("return path", "return [`${path}`.size]") },
      { "c.ts": script.replace("  size = 0;\n", "").replace("return path", "return [`${path}`.size]") },
    ],
    [
      "where another file may use a method that is gone",
      2,
      { "a.ts": script },
      { "a.ts": script.replace("open(", "close(") },
    ],
    [
      "where its parameters are others",
      2,
      { "a.ts": script },
      { "a.ts": script.replace("string)", "string, mode = 1)") },
    ],
  ])("%s", async (_, times, before, after) => {
    const { change, view, base, citeCommit } = await createScenario({ ...before, ...uses }, { ...after, ...uses });
    const parser = createUnitParser();
    const asked: string[] = [];
    const changed = Object.keys(before);
    const members: typeof parser.members = (path, text) => {
      if (changed.includes(path)) asked.push(path);
      return parser.members(path, text);
    };
    const options = { citeCommit, units: { ...parser, members }, before: (path: string) => base.text(path) };
    await findDanglingReferences(change, view, options);
    expect(asked.slice(0, 2)).toHaveLength(times);
  });
});
