import { describe, expect, it } from "vitest";
import { findSyntaxErrors } from "../../../src/api/check-syntax.ts";
import { findDefinitions } from "../../../src/api/find-definitions.ts";
import { applyEdits } from "../../../src/edits/apply-edits.ts";
import type { AppliedEdits, Edit } from "../../../src/edits/edit.ts";
import { limits } from "../../../src/shared/limits.ts";

const tools = { findSyntaxErrors, findDefinitions };

function apply(files: Record<string, string | null>, edits: Edit[], others: string[] = []): Promise<AppliedEdits> {
  const tree = { files: new Set(Object.keys(files)), others };
  return applyEdits(edits, { read: async (path) => files[path] ?? null, tree, protect: ["db/migrations"], tools });
}

async function after(files: Record<string, string>, edit: Edit): Promise<string | null | undefined> {
  const result = await apply(files, [edit]);
  expect(result.refused).toEqual([]);
  return result.files[0]?.after;
}

async function refusal(files: Record<string, string | null>, edit: Edit, others: string[] = []) {
  const result = await apply(files, [edit], others);
  expect(result.files).toEqual([]);
  expect(result.applied).toEqual([]);
  return result.refused[0];
}

const shapes = `import { log } from "./log.ts";

/** A square. */
export class Square {
  side: number;

  /** Its area. */
  area(): number {
    return this.side;
  }

  @logged
  async name(): Promise<string> {
    return "square";
  }
}

// How far.
export const far = (a: number): number => {
  return a;
};
`;

describe("a symbol", () => {
  it("takes the place of the one that is named, with its indentation, and keeps its comment", async () => {
    const text = "area(): number {\n  return this.side ** 2;\n}\n";
    expect(await after({ "a.ts": shapes }, { kind: "symbol", path: "a.ts", symbol: "Square.area", text })).toBe(
      shapes.replace("return this.side;", "return this.side ** 2;"),
    );
  });

  it("brings its own comment in the place of the old one", async () => {
    const text = "  /** Of all of it. */\n  area(): number {\n    return 4;\n  }";
    expect(await after({ "a.ts": shapes }, { kind: "symbol", path: "a.ts", symbol: "area", text })).toBe(
      shapes.replace("/** Its area. */", "/** Of all of it. */").replace("return this.side;", "return 4;"),
    );
  });

  it("keeps decorators, and `export` counts once", async () => {
    const name = 'async name(): Promise<string> {\n  return "sq";\n}';
    expect(await after({ "a.ts": shapes }, { kind: "symbol", path: "a.ts", symbol: "name", text: name })).toBe(
      shapes.replace('"square"', '"sq"'),
    );
    const far = "export const far = (a: number): number => {\n  return -a;\n};";
    expect(await after({ "a.ts": shapes }, { kind: "symbol", path: "a.ts", symbol: "far", text: far })).toBe(
      shapes.replace("return a;", "return -a;"),
    );
  });

  it("is found in Python under its decorators", async () => {
    const text =
      "import a\n\n\n@app.route('/')\n@cached\ndef home():\n    # doc\n    return 1\n\n\nclass A:\n    def home(self):\n        return 2";
    const edit = { kind: "symbol", path: "a.py", symbol: "A.home", text: "def home(self):\n    return 3" } as const;
    expect(await after({ "a.py": text }, edit)).toBe(text.replace("return 2", "return 3"));
    const outer = { kind: "symbol", path: "a.py", symbol: "home", text: "def home():\n    return 9\n" } as const;
    expect(await after({ "a.py": text }, outer)).toBe(text.replace("    # doc\n    return 1", "    return 9"));
  });

  it("is refused with the names that are there where it is unknown or not alone", async () => {
    const unknown = await refusal(
      { "a.ts": shapes },
      { kind: "symbol", path: "a.ts", symbol: "aera", text: "aera() {}" },
    );
    expect(unknown).toMatchObject({ reason: "no-such-symbol", explanation: expect.stringContaining("Square.area") });
    const twice = "class A { a() {} }\nclass B { a() {} }\n";
    const both = await refusal(
      { "a.ts": twice },
      { kind: "symbol", path: "a.ts", symbol: "a", text: "a() { return 1; }" },
    );
    expect(both).toMatchObject({ reason: "ambiguous", explanation: expect.stringContaining("B.a in line 2") });
    const other = await refusal(
      { "a.ts": shapes },
      { kind: "symbol", path: "a.ts", symbol: "far", text: "console.log(1)" },
    );
    expect(other?.reason).toBe("no-such-symbol");
    const more = "class A {}\nfunction f() {\n  return 1;\n}\n";
    const rest = await refusal(
      { "a.ts": more },
      { kind: "symbol", path: "a.ts", symbol: "f", text: more.replace("1", "2") },
    );
    expect(rest).toMatchObject({ reason: "ambiguous", explanation: expect.stringContaining("also defines A") });
  });
});

describe("a replacement", () => {
  const replace = (search: string, replacement: string): Edit => ({
    kind: "replace",
    path: "a.py",
    search,
    replacement,
  });
  const text = "class A:\n    def f(self):\n        if x:\n            return 1\n        return 2\n";

  it("is applied where its lines stand", async () => {
    expect(await after({ "a.py": text }, replace("        return 2", "        return 3"))).toBe(text.replace("2", "3"));
  });

  it("is moved by one difference in leading white space", async () => {
    const moved = replace("if x:\n    return 1", "if x:\n    y()\n\n    return 1");
    expect(await after({ "a.py": text }, moved)).toBe(
      text.replace("            return 1", "            y()\n\n            return 1"),
    );
    const back = replace(
      "            def f(self):\n                if x:",
      "            def f(self):\n                if z:",
    );
    expect(await after({ "a.py": text }, back)).toBe(text.replace("if x", "if z"));
  });

  it("is refused with the nearest lines where the difference is not the same", async () => {
    const refused = await refusal({ "a.py": text }, replace("if x:\n            return 1", "pass"));
    expect(refused).toMatchObject({
      reason: "not-found",
      nearest: { startLine: 3, text: "        if x:\n            return 1" },
    });
  });

  it("is refused where its lines stand twice", async () => {
    const twice = await refusal({ "a.py": "a = 1\nb = 2\na = 1\n" }, replace("a = 1", "a = 2"));
    expect(twice).toMatchObject({ reason: "ambiguous", explanation: expect.stringContaining("lines 1, 3") });
  });

  it("sees what the edit before it left", async () => {
    const result = await apply({ "a.py": "a = 1\nb = 2\n" }, [replace("a = 1", "a = 3"), replace("a = 3", "a = 4")]);
    expect(result.files).toEqual([{ path: "a.py", before: "a = 1\nb = 2\n", after: "a = 4\nb = 2\n" }]);
  });

  it("keeps the line ends and the missing end of the last line", async () => {
    const windows = "a = 1\r\nb = 2\r\nc = 3";
    expect(await after({ "a.py": windows }, replace("b = 2", "b = 4\nd = 5"))).toBe("a = 1\r\nb = 4\r\nd = 5\r\nc = 3");
    expect(await after({ "a.py": windows }, replace("c = 3", "c = 4\n"))).toBe("a = 1\r\nb = 2\r\nc = 4");
    expect(await after({ "a.py": windows }, replace("c = 3\n", ""))).toBe("a = 1\r\nb = 2\r\n");
  });
});

describe("an addition", () => {
  const append = (text: string): Edit => ({ kind: "append", path: "a.py", text });

  it("stands behind the last line, an empty line between", async () => {
    expect(await after({ "a.py": "a = 1\n\n\n" }, append("\nb = 2\n"))).toBe("a = 1\n\nb = 2\n");
    expect(await after({ "a.py": "a = 1" }, append("b = 2"))).toBe("a = 1\n\nb = 2\n");
    expect(await after({ "a.py": "" }, append("b = 2"))).toBe("b = 2\n");
    expect((await refusal({}, append("b = 2")))?.reason).toBe("no-such-file");
    expect((await refusal({ "a.py": "a = 1\n" }, append("\n")))?.reason).toBe("changes-nothing");
  });
});

describe("a whole file", () => {
  it("may be new", async () => {
    const result = await apply({}, [{ kind: "file", path: "src/a.js", text: "let a;\n" }]);
    expect(result.files).toEqual([{ path: "src/a.js", before: null, after: "let a;\n" }]);
  });

  it("keeps the old file's line ends, byte order mark and last line", async () => {
    const text = "let a;\nlet c;\n";
    expect(await after({ "a.js": "\uFEFFlet a;\r\nlet b;" }, { kind: "file", path: "a.js", text })).toBe(
      "\uFEFFlet a;\r\nlet c;",
    );
  });

  it("is refused for a long file, one that is no text, one that is a link, and a change of nothing", async () => {
    const long = "let a;\n".repeat(limits.wholeFileLines + 1);
    expect((await refusal({ "a.js": long }, { kind: "file", path: "a.js", text: "" }))?.reason).toBe("too-large");
    expect((await refusal({ "a.js": null }, { kind: "file", path: "a.js", text: "" }))?.reason).toBe("not-text");
    expect((await refusal({}, { kind: "file", path: "l/a.js", text: "" }, ["l"]))?.reason).toBe("bad-path");
    expect((await refusal({ "a.js": "a\n" }, { kind: "file", path: "a.js", text: "a\n" }))?.reason).toBe(
      "changes-nothing",
    );
    expect((await refusal({}, { kind: "file", path: "a.js", text: "let a = '\u202E';" }))?.reason).toBe("not-text");
  });
});

describe("what is left out", () => {
  it.each([
    ["// ... rest of the code", "elided"],
    ["// existing code", "elided"],
    ["# ... unchanged", "elided"],
    ["  // (unchanged)", "elided"],
    ["...", "elided"],
    ["// loading the list...", undefined],
  ])("%s: %s", async (line, reason) => {
    const path = line.startsWith("#") ? "a.txt" : "a.js.txt";
    const result = await apply({ [path]: "one\ntwo\n" }, [{ kind: "file", path, text: `one\ntwo\nthree\n${line}\n` }]);
    expect(result.refused[0]?.reason).toBe(reason);
  });

  it("is none where it stood there before, and a comment that trails off is one where lines got lost", async () => {
    const stub = "class P(Protocol):\n    def f(self):\n        ...\n\nx = 1\ny = 2\n";
    const edit = { kind: "file", path: "a.py", text: stub.replace("x = 1", "x = 2") } as const;
    expect((await apply({ "a.py": stub }, [edit])).refused).toEqual([]);
    const lost = { kind: "file", path: "a.py", text: `${stub.slice(0, -12)}# and more...\n` } as const;
    expect((await refusal({ "a.py": stub }, lost))?.reason).toBe("elided");
  });
});

describe("syntax", () => {
  it("refuses all edits of a file that parsed before, and leaves the others", async () => {
    const edits: Edit[] = [
      { kind: "replace", path: "a.ts", search: "let b = 2;", replacement: "let b = (2;" },
      { kind: "replace", path: "a.ts", search: "let a = 1;", replacement: "let a = 7;" },
      { kind: "file", path: "b.ts", text: "let c = 3;\n" },
    ];
    const result = await apply({ "a.ts": "let a = 1;\nlet b = 2;\n" }, edits);
    expect(result.files.map(({ path }) => path)).toEqual(["b.ts"]);
    expect(result.refused.map(({ reason }) => reason)).toEqual(["does-not-parse", "does-not-parse"]);
    expect(result.refused[0]?.explanation).toContain("line 2");
    expect(result.applied).toEqual([edits[2]]);
  });

  it("does not ask more of a file that was broken before", async () => {
    const broken = "let a = (1;\nlet b = 2;\n";
    const edit = { kind: "replace", path: "a.ts", search: "let b = 2;", replacement: "let b = 3;" } as const;
    expect(await after({ "a.ts": broken }, edit)).toContain("b = 3");
  });
});

describe("paths", () => {
  const files = { "src/a.ts": "let a;\n", "docs/x": "x\n", "README.md": "r\n" };
  it.each([
    [".github/workflows/ci.yml", "protected-path"],
    [".GitHub/Workflows/ci.yml", "protected-path"],
    [".github/assistant.yml", "protected-path"],
    ["docs/CODEOWNERS", "protected-path"],
    ["package-lock.json", "protected-path"],
    ["sub/yarn.lock", "protected-path"],
    ["package.json", "protected-path"],
    [".git/config", "protected-path"],
    [".gitmodules", "protected-path"],
    ["a/.git/hooks/pre-commit", "protected-path"],
    [".husky/pre-commit", "protected-path"],
    [".npmrc", "protected-path"],
    ["db/migrations/1.sql", "protected-path"],
    ["../out", "bad-path"],
    ["src/../../out", "bad-path"],
    ["./src/a.ts", "bad-path"],
    ["/etc/passwd", "bad-path"],
    ["C:/x", "bad-path"],
    ["src\\a.ts", "bad-path"],
    ["src//a.ts", "bad-path"],
    ["a\u0000b", "bad-path"],
    ["a\u202Eb", "bad-path"],
    [".git./config", "bad-path"],
    ["link/x", "bad-path"],
    ["link", "bad-path"],
    ["docs/x/y", "bad-path"],
    ["src", "bad-path"],
    ["readme.md", "bad-path"],
    ["", "bad-path"],
    ["a".repeat(600), "bad-path"],
  ])("refuses %j: %s", async (path, reason) => {
    expect((await refusal(files, { kind: "file", path, text: "x\n" }, ["link"]))?.reason).toBe(reason);
  });

  it.each(["src/b.ts", ".gitignore", "src/lock.ts", "docs/github.md"])("allows %s", async (path) => {
    expect((await apply(files, [{ kind: "file", path, text: "x;\n" }], ["link"])).refused).toEqual([]);
  });

  it("stops at a number of files", async () => {
    const edits: Edit[] = Array.from({ length: limits.editedFiles + 1 }, (_, i) => ({
      kind: "file",
      path: `f${i}`,
      text: "x",
    }));
    const result = await apply({}, edits);
    expect(result.files).toHaveLength(limits.editedFiles);
    expect(result.refused[0]?.reason).toBe("too-large");
  });
});
