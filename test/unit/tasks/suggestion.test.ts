import { describe, expect, it } from "vitest";
import { findSyntaxErrors } from "../../../src/api/check-syntax.ts";
import { whyNotSuggested } from "../../../src/tasks/review/suggestion.ts";

const file = "function mean(rows) {\n  const count = rows.length;\n  return total(rows) / count;\n}\n";

function why(
  replacement: string,
  { text = file, path = "src/mean.js", line = 2 }: { text?: string | null; path?: string; line?: number } = {},
): Promise<string | null> {
  const lines = { startLine: line, endLine: line, texts: [file.split("\n")[line - 1] ?? ""] };
  return whyNotSuggested(path, lines, replacement, { text: () => text, findSyntaxErrors });
}

describe("whyNotSuggested", () => {
  it("lets pass what takes the place of the lines, and parses", async () => {
    expect(await why("  const count = Math.max(1, rows.length);")).toBeNull();
    expect(await why("  const count = rows.length;\n  if (count === 0) return 0;")).toBeNull();
  });

  it.each([
    ["it changes nothing", "  const count = rows.length;"],
    ["it does not keep the indentation", "const count = 1;"],
    ["it does not keep the indentation", "  if (!rows) {\n\treturn 0;\n  }"],
    ["with it, the file does not parse", "  const count = rows.length) {"],
    ["it holds characters that nobody sees", "  const count = \u202e1;"],
    ["it holds characters that nobody sees", "  const co\u200bunt = 1;"],
    ["it holds characters that nobody sees", "  const count = 1;\r\n  return count;"],
  ])("tells why not: %s", async (reason, replacement) => {
    expect(await why(replacement)).toBe(reason);
  });

  it("offers nothing for a file that is not what was read, has other line ends, or that no grammar knows", async () => {
    const replacement = "  const count = 1;";
    expect(await why(replacement, { text: null })).toBe("its file is not at hand");
    expect(await why(replacement, { text: `// moved\n${file}` })).toBe("it does not apply");
    expect(await why(replacement, { text: file.replaceAll("\n", "\r\n") })).toBe("it does not apply");
    expect(await why(replacement, { path: "notes.txt" })).toBe("nothing can tell whether it parses");
  });

  it("does not ask a file to parse that did not before, but to be no worse", async () => {
    const broken = `${file}let = ;\n`;
    expect(await why("  const count = 1;", { text: broken })).toBeNull();
    expect(await why("  const count = (;", { text: broken })).toBe("with it, the file does not parse");
  });
});
