import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ResearchAnswer } from "../../../src/tasks/research/answer.ts";
import { createRepository } from "../../helpers/git-repository.ts";
import { makePdf } from "../../helpers/documents.ts";
import { runCommand, temporaryFolder } from "./command-line.ts";

const home = temporaryFolder();
const work = temporaryFolder();
const engram = join(work.path, "docs.engram");
const run = (...args: string[]) => runCommand(args, home.path, { RESEARCH_MODEL: "none", CODING_MODEL: "none" });

const guide = `# Guide

## Retries

A failed request is retried three times. The wait doubles
after each of them.

## Caching

Answers are kept for one hour.
`;

beforeAll(async () => {
  const docs = join(work.path, "docs");
  mkdirSync(docs);
  writeFileSync(join(docs, "guide.md"), guide);
  writeFileSync(
    join(docs, "retry.ts"),
    "/** Waits, then asks again. */\nexport function retryRequest(tries: number): void {}\n",
  );
  const paper = join(work.path, "paper.pdf");
  writeFileSync(paper, makePdf([["Introduction"], ["The retry budget is ten percent of all requests."]]));
  await run("ingest", "-i", docs, "-e", engram);
  await run("knowledge", "add", "research", paper, "--name", "retries");
});
afterAll(() => {
  home.dispose();
  work.dispose();
});

describe("assistant research", () => {
  it("quotes without a model, each quotation with lines that hold it, and says so", async () => {
    const { code, stdout, stderr } = await run(
      "research",
      "--task",
      "how often is a failed request retried",
      "--engram",
      engram,
    );
    expect(stdout).toContain("- “A failed request is retried three times.” [1, line 5]\n");
    expect(stdout).toContain(`Bibliography:\n\n- [1] ${engram}: guide.md:1-10 (Guide › Retries)\n`);
    expect(stdout).toMatch(/Quoted passages, nothing is worded \(models are switched off\)\.\n$/);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it("searches an engram and a collection together, and cites pages", async () => {
    const sources = `${engram},research`;
    const { stdout } = await run(
      "research",
      "--task",
      "what is the retry budget of requests",
      "--engram",
      sources,
      "--json",
    );
    const answer = JSON.parse(stdout) as ResearchAnswer;
    expect(answer.parts[0]?.statements[0]?.sentence).toBe("The retry budget is ten percent of all requests.");
    expect(answer.passages[0]).toMatchObject({ source: "research/retries", document: "paper.pdf", page: 2 });
    for (const { sources: ids, lines, sentence } of answer.parts[0]?.statements ?? []) {
      const passage = answer.passages.find(({ id }) => id === ids[0]);
      const cited = passage?.text
        .split("\n")
        .slice((lines?.startLine ?? 0) - passage.startLine, (lines?.endLine ?? 0) - passage.startLine + 1);
      expect(cited?.join(" ")).toContain(sentence);
    }
  });

  it("lists a bibliography, and writes it to a file", async () => {
    const out = join(work.path, "bibliography.md");
    const { code, stdout } = await run(
      "research",
      "--task",
      "retries",
      "--engram",
      engram,
      "--format",
      "bibliography",
      "--out",
      out,
    );
    expect(stdout).toBe(`- [1] ${engram}: guide.md:1-10 (Guide › Retries)\n`);
    expect(readFileSync(out, "utf8")).toBe(stdout);
    expect(code).toBe(0);
  });

  it("searches the repository at hand where nothing is named", async () => {
    const repository = createRepository();
    repository.write("src/pages.ts", "/** Pages are counted from one. */\nexport const firstPage = 1;\n");
    repository.commit("Pages");
    const { code, stdout } = await run("research", "--task", "from what are pages counted", "--repo", repository.dir);
    expect(stdout).toContain("“Pages are counted from one.” [1, line 1]");
    expect(stdout).toMatch(/repository@[0-9a-f]{12}: src\/pages\.ts:1-2/);
    expect(code).toBe(0);
    repository.dispose();
  });

  it("goes on with a conversation: a question of few words finds what was talked about", async () => {
    const ask = (task: string, ...more: string[]) => run("research", "--task", task, "--engram", engram, ...more);
    const alone = await ask("and the wait?");
    expect(alone.stdout).not.toContain("retried three times");
    await ask("how often is a failed request retried", "--session", "talk");
    const { stdout } = await ask("and the wait?", "--session", "talk");
    expect(stdout).toContain("retried three times");
    expect(await run("ask", "--session", "talk", "--forget")).toMatchObject({ code: 0, stdout: "forgot talk\n" });
    expect(await run("ask", "--session", "talk", "--forget")).toMatchObject({ code: 1 });
  });

  it("says plainly that nothing was found", async () => {
    const { code, stdout } = await run("research", "--task", "what do whales eat", "--engram", engram);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "Nothing was found: no passage bears on the task.\n" });
  });

  it("shows checked sentences of a model that has not qualified where that is asked for, marked as such", async () => {
    const script = join(work.path, "script.json");
    const statements = [
      { sources: ["1"], sentence: "A failed request is retried three times." },
      { sources: ["1"], sentence: "A failed request is retried by RetryDaemon." },
    ];
    writeFileSync(script, JSON.stringify({ name: "test-model", steps: [{ answer: { answer: statements } }] }));
    const { code, stdout } = await runCommand(
      ["research", "--task", "how often is a failed request retried", "--engram", engram, "--unqualified"],
      home.path,
      { RESEARCH_MODEL: script },
    );
    expect(stdout).toContain("- A failed request is retried three times. [1]\n");
    expect(stdout).not.toContain("RetryDaemon");
    expect(stdout).toMatch(
      /Written by test-model, which has NOT qualified .*1 sentence of the model kept back by the checks\.\n$/,
    );
    expect(code).toBe(0);
  });

  it.each([
    [["research"], "--task"],
    [["research", "--task", " ", "--engram", engram], "the task is empty"],
    [["research", "--task", "a", "--engram", "none.engram"], "no engram"],
    [["research", "--task", "a", "--engram", "papers"], "neither an engram's file nor a collection"],
    [["research", "--task", "a", "--engram", "research/none"], "there is no collection"],
    [["research", "--task", "a", "--engram", engram, "--session", "../x"], "no name for a session"],
    [["research", "--task", "a", "--repo", "/"], "repository"],
    [["research", "--task", "a", "--engram", engram, "--format", "poem"], "poem"],
    [["ask"], "the task is empty"],
  ])("%#: one line, exit code 2", async (args, cause) => {
    const { code, stdout, stderr } = await run(...args);
    expect(stderr).toContain(cause);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });
});
