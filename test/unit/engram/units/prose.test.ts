import { describe, expect, it } from "vitest";
import { parseMarkdown } from "../../../../src/engram/units/markdown.ts";
import { parseRestructuredText } from "../../../../src/engram/units/restructured-text.ts";

const markdown = (...lines: string[]) =>
  parseMarkdown(lines.join("\n"))
    .starts.map(({ line, depth }) => `${line}/${depth}`)
    .join(" ");
const restructured = (...lines: string[]) =>
  parseRestructuredText(lines.join("\n"))
    .starts.map(({ line, depth }) => `${line}/${depth}`)
    .join(" ");

describe("Markdown", () => {
  it("finds headings of both kinds with their levels", () => {
    expect(markdown("# A", "text", "", "B", "===", "C", "over two", "---", "### D ###", "#", "####### no", "#no")).toBe(
      "0/0 3/0 5/1 8/2 9/0",
    );
  });

  it("leaves out fences, comments and front matter", () => {
    expect(markdown("---", "title: x", "# no", "---", "# Yes")).toBe("4/0");
    expect(markdown("```sh", "# no", "~~~", "```", "# Yes")).toBe("4/0");
    expect(markdown("~~~~", "# no", "~~~", "# no", "~~~~", "# Yes")).toBe("5/0");
    expect(markdown("<!--", "# no", "-->", "# Yes", "<!-- one line -->", "# Yes")).toBe("3/0 5/0");
    expect(markdown("```", "# never closed")).toBe("");
    expect(markdown("``` not `a` fence", "# Yes")).toBe("1/0");
  });

  it("tells an underline from a rule", () => {
    expect(markdown("text", "", "---", "- item", "---", "> quote", "---", "    code", "---")).toBe("");
    expect(markdown("- item", "goes on", "---", "", "Title", "---")).toBe("4/1");
  });

  it("reads CRLF, a byte order mark, and nothing", () => {
    expect(markdown("\uFEFF# A\r", "B\r", "---\r")).toBe("0/0 1/1");
    expect(markdown("")).toBe("");
  });
});

describe("reStructuredText", () => {
  it("takes depths from the order of the styles", () => {
    expect(restructured("===", "Top", "===", "", "One", "---", "text", "", "Deep", "~~~~", "", "Two", "---")).toBe(
      "0/0 4/1 8/2 11/1",
    );
  });

  it("tells titles from rules, tables and short lines", () => {
    expect(restructured("text", "", "----", "", "more")).toBe("");
    expect(restructured("=====  =====", "A      B", "=====  =====")).toBe("");
    expect(restructured("A long title", "---")).toBe("");
    expect(restructured("running", "text", "----")).toBe("");
  });
});
