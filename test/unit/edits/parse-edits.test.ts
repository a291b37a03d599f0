import { describe, expect, it } from "vitest";
import { parseEdits } from "../../../src/edits/parse-edits.ts";

const edits = (answer: string, target: Parameters<typeof parseEdits>[1] = null) => parseEdits(answer, target).edits;

describe("parseEdits", () => {
  it("takes code between fences verbatim, with chatter around it", () => {
    const answer =
      "Sure! Here it is:\n\nFILE: src/a.ts\nSYMBOL: A.b\n```ts\nb() {\n\treturn `x`;\n}\n```\nHope that helps.";
    expect(edits(answer)).toEqual([
      { kind: "symbol", path: "src/a.ts", symbol: "A.b", text: "b() {\n\treturn `x`;\n}\n" },
    ]);
  });

  it.each([
    "**FILE:** `src/a.ts`\n```\nx\n```",
    "### src/a.ts\n```\nx\n```",
    "`src/a.ts`:\n```ts\nx\n```",
    "src/a.ts:\n~~~\nx\n~~~",
    "```ts path=src/a.ts\nx\n```",
    "```ts:src/a.ts\nx\n```",
    "```typescript\n// file: src/a.ts\nx\n```",
    "FILE: src/a.ts\r\n```\r\nx\r\n```\r\n",
  ])("knows the path in %j", (answer) => {
    expect(edits(answer)).toEqual([{ kind: "file", path: "src/a.ts", text: "x\n" }]);
  });

  it("reads replacements, fenced or not, several under one path", () => {
    const block = (a: string, b: string) => `<<<<<<< SEARCH\n${a}\n=======\n${b}\n>>>>>>> REPLACE`;
    const answer = `FILE: a.py\n\`\`\`python\n${block("a = 1", "a = 2")}\n\`\`\`\nand\n${block("b", "c\nd")}\n`;
    expect(edits(answer)).toEqual([
      { kind: "replace", path: "a.py", search: "a = 1", replacement: "a = 2" },
      { kind: "replace", path: "a.py", search: "b", replacement: "c\nd" },
    ]);
  });

  it("takes what nobody named for the target, once", () => {
    const target = { path: "a.ts", symbol: "f" };
    expect(edits("```ts\nfunction f() {}\n```\n```sh\nnpm test\n```", target)).toEqual([
      { kind: "symbol", path: "a.ts", symbol: "f", text: "function f() {}\n" },
    ]);
    expect(edits("<<<<< SEARCH\na\n=====\nb\n>>>>> REPLACE", target)).toMatchObject([
      { kind: "replace", path: "a.ts" },
    ]);
  });

  it("knows what goes behind the last line", () => {
    const added = [{ kind: "append", path: "a.test.ts", text: "it();\n" }];
    expect(edits("APPEND: a.test.ts\n```ts\nit();\n```")).toEqual(added);
    expect(edits("```ts\nit();\n```", { path: "a.test.ts", symbol: null, append: true })).toEqual(added);
  });

  it("goes on with the file of the symbol before", () => {
    const answer = "FILE: a.ts\nSYMBOL: f\n```\nf\n```\nSYMBOL: g\n```\ng\n```";
    expect(edits(answer)).toMatchObject([{ symbol: "f" }, { path: "a.ts", symbol: "g" }]);
  });

  it("keeps fences inside of a file", () => {
    const text = "# A\n\n```sh\nls\n```\n\nend\n";
    expect(edits(`FILE: README.md\n\`\`\`\`md\n${text}\`\`\`\`\n`)).toEqual([
      { kind: "file", path: "README.md", text },
    ]);
    expect(edits(`FILE: README.md\n\`\`\`md\n${text}\`\`\`\n`)).toEqual([{ kind: "file", path: "README.md", text }]);
  });

  it("says what it cannot read", () => {
    const problems = (answer: string) => parseEdits(answer, null).problems.join(" ");
    expect(problems("FILE: a.ts\n```ts\nlet a")).toContain("cut off");
    expect(problems("```ts\na\nb\nc\nd\ne\n```")).toContain("no line FILE:");
    expect(problems("FILE: a.ts\n<<<<<<< SEARCH\na\n")).toContain("no =======");
    expect(problems("FILE: a\n```\nx\n```\n".repeat(40))).toContain("Only the first");
    expect(parseEdits("I cannot do that.", null)).toEqual({ edits: [], problems: [] });
  });
});
