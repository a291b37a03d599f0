import { describe, expect, it } from "vitest";
import { readDocument } from "../../../src/knowledge/read-document.ts";
import { AssistantError } from "../../../src/shared/errors.ts";
import { limits } from "../../../src/shared/limits.ts";
import { makeDocx, makeEncryptedPdf, makePdf, makeZip } from "../../helpers/documents.ts";

const utf8 = (text: string) => Buffer.from(text);

async function failure(name: string, bytes: Uint8Array): Promise<AssistantError> {
  const error: unknown = await readDocument(name, bytes).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AssistantError);
  return error as AssistantError;
}

describe("text", () => {
  it("is kept line by line, Markdown as source code", async () => {
    const text = "# Guide\n\n```sh\n# no heading\n```\nCafé\n";
    expect(await readDocument("docs/guide.md", utf8(text))).toEqual({
      name: "docs/guide.md",
      kind: "markdown",
      text,
      pages: null,
      notes: [],
    });
    expect((await readDocument("src/a.ts", utf8("export const a = 1;\r\n"))).text).toBe("export const a = 1;\n");
  });

  it("is decoded by its byte order mark, and as Latin-1 with a note where it is not UTF-8", async () => {
    const little = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from("Größe", "utf16le")]);
    const big = Buffer.from(little).swap16();
    const marked = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), utf8("Größe")]);
    for (const bytes of [little, big, marked]) {
      expect(await readDocument("a.txt", bytes)).toMatchObject({ text: "Größe\n", notes: [] });
    }
    const latin = await readDocument("a.txt", Buffer.from("Größe", "latin1"));
    expect(latin.text).toBe("Größe\n");
    expect(latin.notes).toEqual([expect.stringContaining("Latin-1")]);
  });

  it("holds no line that an engram would leave out, and no control characters", async () => {
    const long = `${"word ".repeat(3_000)}\nshort\u0007 \u001b[31mred\n`;
    const lines = (await readDocument("a.txt", utf8(long))).text.split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(limits.wrappedLineCharacters);
    expect(lines.join(" ").match(/word/g)).toHaveLength(3_000);
    expect(lines.at(-2)).toBe("short [31mred");
  });
});

describe("HTML", () => {
  const page = `<html><head><title>T</title><style>p{}</style></head><body>
    <nav><a href="/">Home</a></nav>
    <h1>A <b>guide</b><br>to it</h1><p>See <a href="https://example.org/a/b?utm=1#x">this page</a> and <a href="#y">that</a>.</p>
    <h2></h2><script>document.write("evil")</script><noscript>no script</noscript>
    <pre># a comment
  indented</pre><ul><li>One</li><li> </li></ul>
    <table><tr><th>Key</th><th>Value</th></tr><tr><td>retries</td><td>3</td></tr></table>
    <img src="x.png" alt="A picture" onerror="evil()"></body></html>`;

  it("becomes text with headings, fenced code, short links and columns; scripts and menus are dropped", async () => {
    const { text, kind } = await readDocument("guide.html", utf8(page));
    expect(kind).toBe("html");
    expect(text).toContain("# A guide to it\n\nSee this page <https://example.org/a/b> and that.\n");
    expect(text).toContain("```\n# a comment\n  indented\n```\n");
    expect(text).toContain(" * One\n");
    expect(text).toMatch(/Key {6}Value\nretries {2}3\n/);
    expect(text).toContain("A picture");
    expect(text).not.toMatch(/evil|no script|Home|##/);
  });

  it("reads <main> where there is one, and the encoding that the page declares", async () => {
    const html = '<meta charset="iso-8859-2"><body>menu<main><p>\u00e8</p></main>footer</body>';
    const read = await readDocument("a.html", Buffer.from(html, "latin1"));
    expect(read).toMatchObject({ text: "č\n", notes: [] });
  });

  it("survives elements inside each other without end, and says what it left out", async () => {
    const read = await readDocument("deep.html", utf8(`<p>top</p>${"<div>".repeat(50_000)}deep`));
    expect(read.text).toMatch(/^top\n/);
    expect(read.notes).toEqual(["elements nested too deeply are left out"]);
  });
});

describe("PDF", () => {
  it("is read page by page, with divided words put together", async () => {
    const bytes = makePdf([["Retries", "A bad infor-", "mation costs (much)"], [], ["# no heading"]]);
    expect(await readDocument("a.pdf", bytes)).toEqual({
      name: "a.pdf",
      kind: "pdf",
      text: "<!-- page 1 -->\nRetries\nA bad information\ncosts (much)\n\n<!-- page 3 -->\n# no heading\n",
      pages: 3,
      notes: ["no text on page 2 (pictures or scanned)"],
    });
    expect(bytes.subarray(0, 5).toString()).toBe("%PDF-"); // the caller's bytes are still there
  });

  it.each([
    ["without text", makePdf([[], []]), "document-scanned", "ocrmypdf"],
    ["with a password", makeEncryptedPdf(), "document-encrypted", "without a password"],
    ["cut", makePdf([["text"]]).subarray(0, 200), "document-damaged", "another program"],
  ])("%s is refused with the remedy", async (_, bytes, code, remedy) => {
    const error = await failure("papers/a.pdf", bytes);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^papers\/a\.pdf /);
    expect(error.remedy).toContain(remedy);
  });
});

describe("DOCX", () => {
  it("keeps its headings", async () => {
    const bytes = makeDocx([
      { text: "The handbook", style: "Title" },
      { text: "Retries & limits", style: "heading 2" },
      { text: "Three times <at most>." },
    ]);
    const { text } = await readDocument("handbook.docx", bytes);
    expect(text).toBe("# The handbook\n\n## Retries & limits\n\nThree times <at most>.\n");
  });

  it("that unpacks to too much is refused, also where its directory lies about it", async () => {
    const zeros = Buffer.alloc(limits.unpackedDocumentBytes + 1);
    const honest = await failure("bomb.docx", makeDocx([], { "word/document.xml": zeros }));
    const files = { "word/document.xml": zeros };
    const lying = await failure("bomb.docx", makeZip(files, { "word/document.xml": 10 }));
    const boasting = await failure(
      "bomb.docx",
      makeZip({ "word/document.xml": Buffer.alloc(10) }, { "word/document.xml": limits.unpackedDocumentBytes + 1 }),
    );
    expect([honest.code, lying.code, boasting.code]).toEqual(["document-large", "document-damaged", "document-large"]);
  });

  it.each([
    ["cut", makeDocx([{ text: "x" }]).subarray(0, 300), "document-damaged"],
    ["another archive", makeZip({ "a.txt": utf8("x") }), "document-damaged"],
    ["with a password", Buffer.from("d0cf11e0a1b11ae1", "hex"), "document-encrypted"],
  ])("%s is refused", async (_, bytes, code) => {
    expect((await failure("a.docx", bytes)).code).toBe(code);
  });
});

describe("bad input", () => {
  it.each([
    ["a.md", utf8(""), "document-empty"],
    ["a.html", utf8("<script>only()</script>"), "document-empty"],
    ["a.txt", makePdf([["x"]]), "document-kind"],
    ["a.pdf", utf8("hello"), "document-kind"],
    ["a.pdf", makeDocx([{ text: "x" }]), "document-kind"],
    ["a.md", makeDocx([{ text: "x" }]), "document-kind"],
    ["a.bin", Buffer.from([1, 0, 2]), "document-not-text"],
    ["a.txt", Buffer.alloc(limits.documentBytes + 1, 32), "document-large"],
  ])("%s: one error that names the file", async (name, bytes, code) => {
    const error = await failure(name, bytes);
    expect(error.code).toBe(code);
    expect(error.message.startsWith(`${name} `)).toBe(true);
    expect(error.remedy).toMatch(/\.$/);
  });
});
