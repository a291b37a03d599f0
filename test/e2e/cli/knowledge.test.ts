import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KnowledgeHit } from "../../../src/knowledge/search-engrams.ts";
import { makeDocx, makePdf } from "../../helpers/documents.ts";
import { runCommand, temporaryFolder } from "./command-line.ts";

const home = temporaryFolder();
const docs = temporaryFolder();
const run = (...args: string[]) => runCommand(["knowledge", ...args], home.path);

beforeAll(() => {
  const files: Record<string, string | Buffer> = {
    "guide.md": "# Guide\n\n## Retries\n\nA request is retried three times.\n",
    "paper.pdf": makePdf([["Introduction"], ["The retry budget is ten percent of requests."]]),
    "handbook.docx": makeDocx([{ text: "Holidays", style: "heading 1" }, { text: "Twenty five days a year." }]),
    "sub/page.html": "<h1>Deployment</h1><script>evil()</script><p>Releases go out on Tuesdays.</p>",
    "scan.pdf": makePdf([[]]),
  };
  mkdirSync(join(docs.path, "sub"));
  for (const [name, data] of Object.entries(files)) writeFileSync(join(docs.path, name), data);
});

afterAll(() => {
  home.dispose();
  docs.dispose();
});

describe("assistant knowledge", () => {
  it("adds a folder; what cannot be read is named at the end, with the remedy", async () => {
    const { code, stdout, stderr } = await run("add", "research", docs.path, "--name", "papers");
    expect(stdout).toBe("research/papers: 4 added, 0 replaced, 0 unchanged\n");
    expect(stderr).toMatch(/^not added: scan\.pdf is a PDF without text\. It is probably scanned: .*\n$/);
    expect(code).toBe(1);
  });

  it("lists collections and documents", async () => {
    const [all, one] = await Promise.all([run("list"), run("list", "research/papers", "--json")]);
    expect(all.stdout).toMatch(/^collection +documents +chunks +on disk\nresearch\/papers +4 +4 /);
    const names = (JSON.parse(one.stdout) as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(["guide.md", "handbook.docx", "paper.pdf", "sub/page.html"]);
    expect([all.code, one.code]).toEqual([0, 0]);
  });

  it("cites page and heading", async () => {
    const [paper, guide, none] = await Promise.all([
      run("search", "retry budget", "-k", "1"),
      run("search", "holidays a year", "-k", "1", "--json"),
      run("search", "xylophone", "--in", "research"),
    ]);
    expect(paper.stdout).toMatch(/^research\/papers {2}paper\.pdf:5 {2}page 2 {2}\d+\.\d\d\n/);
    expect(paper.stdout).toContain("    The retry budget is ten percent of requests.\n");
    const { hits } = JSON.parse(guide.stdout) as { hits: KnowledgeHit[] };
    expect(hits).toMatchObject([{ document: "handbook.docx", page: null, heading: ["Holidays"] }]);
    expect(none).toMatchObject({ code: 1, stdout: "Nothing was found.\n" });
  });

  it("answers JSON lines with JSON lines, in order", async () => {
    const file = join(docs.path, "questions.jsonl");
    writeFileSync(file, '{"text": "Tuesdays"}\n{"text": "retried", "k": 1}\n{"k": 1}\n{"text": "xylophone"}\n');
    const { code, stdout } = await run("search", "--batch", file);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { hits?: KnowledgeHit[]; error?: string });
    expect(lines.map(({ hits }) => hits?.[0]?.document ?? null)).toEqual(["sub/page.html", "guide.md", null, null]);
    expect(lines.map(({ error }) => error === undefined)).toEqual([true, true, false, true]);
    expect(code).toBe(1);
  });

  it("keeps the collections of repositories to themselves", async () => {
    const notes = join(docs.path, "notes.md");
    writeFileSync(notes, "The secret of the shop\n");
    await run("add", "issues/github.com/acme/shop", notes);
    const [everywhere, there, both, bare] = await Promise.all([
      run("search", "secret"),
      run("search", "secret", "--in", "issues/github.com/acme/shop"),
      run("search", "secret", "--in", "issues/github.com/acme/shop", "--in", "issues/github.com/acme/other"),
      run("search", "secret", "--in", "issues"),
    ]);
    expect([everywhere.code, there.code, both.code, bare.code]).toEqual([1, 0, 2, 2]);
    expect(both.stderr).toContain("is private");
    expect(bare.stderr).toContain("issues/HOST/OWNER/NAME");
  });

  it.each([
    [["add", "papers", "."], "is no collection"],
    [["add", "research", "/nowhere/at/all"], "cannot be read"],
    [["add", "research/a", ".", "--name", "b"], "given twice"],
    [["search"], "nothing is asked"],
    [["search", " "], "is empty"],
    [["search", "x", "-k", "0"], "whole number"],
    [["remove", "research"], "names no collection"],
  ])("%j: one line, exit code 2", async (args, cause) => {
    const { code, stdout, stderr } = await run(...args);
    expect(stderr).toContain(cause);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  it("removes documents and collections", async () => {
    const other = temporaryFolder();
    const removal = (...args: string[]) => runCommand(["knowledge", ...args], other.path);
    await removal("add", "references/docs", join(docs.path, "guide.md"), join(docs.path, "handbook.docx"));
    const one = await removal("remove", "references/docs", "guide.md", "none.md");
    expect(one).toMatchObject({
      code: 1,
      stdout: "references/docs: 1 document removed\n",
      stderr: "not there: none.md\n",
    });
    expect((await removal("search", "retried")).code).toBe(1);
    expect(await removal("remove", "references/docs")).toMatchObject({ code: 0 });
    expect(await removal("list")).toMatchObject({ code: 1, stderr: "" });
    expect((await removal("remove", "references/docs")).code).toBe(1);
    other.dispose();
  });
});
