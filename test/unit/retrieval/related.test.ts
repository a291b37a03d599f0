import { describe, expect, it, onTestFinished, vi } from "vitest";
import { keepResolving } from "../../../src/retrieval/citation.ts";
import { findShapingCommits } from "../../../src/retrieval/shaping-commits.ts";
import { findSimilarCode } from "../../../src/retrieval/similar-code.ts";
import { readChange } from "../../../src/workspace/read-change.ts";
import { temporaryRepository, viewOf } from "./scenario.ts";

const filler = (count: number): string =>
  Array.from({ length: count }, (_, i) => `const filler${i} = ${i};`).join("\n");
const BACKOFF = "export function backoff(attempt) {\n  return Math.min(maximumDelay, initialDelay * 2 ** attempt);\n}";

describe("findSimilarCode", () => {
  it("cites the lines that share the words, one place a file, without the query's own place", async () => {
    const repository = temporaryRepository();
    repository.write("src/queue.ts", `${filler(10)}\n${BACKOFF}\n${filler(100)}\n${BACKOFF}\n`);
    repository.write("src/client.ts", `${BACKOFF}\n`);
    repository.write("src/unrelated.ts", `${filler(50)}\nexport const maximumDelay = 1;\n`);
    repository.write("dist/queue.js", `${BACKOFF}\n`);
    const commit = repository.commit("Base");

    const found = findSimilarCode(await viewOf(repository, commit), {
      text: BACKOFF,
      k: 5,
      exclude: [{ path: "src/client.ts", startLine: 1, endLine: 3 }],
      paths: false,
      citeCommit: () => commit,
    });

    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      citation: { path: "src/queue.ts", startLine: 11 },
      text: BACKOFF.slice(0, BACKOFF.lastIndexOf("\n")),
    });
    expect(found[0]?.score).toBe(1);
    expect(await keepResolving(repository.dir, found)).toEqual(found);
  });

  it("answers a sentence, and is silent where only one common word fits", async () => {
    const repository = temporaryRepository();
    repository.write("src/client.ts", `${BACKOFF}\n`);
    const commit = repository.commit("Base");
    const view = await viewOf(repository, commit);
    const ask = (text: string) => findSimilarCode(view, { text, k: 3, citeCommit: () => commit });

    expect(ask("where is the maximum delay of the backoff?").map(({ citation }) => citation)).toMatchObject([
      { path: "src/client.ts", startLine: 1, endLine: 2 },
    ]);
    expect(ask("how does the dashboard render its attempt history table on phones?")).toEqual([]);
  });
});

describe("findShapingCommits", () => {
  it("ranks the commits behind the replaced lines, with their pull requests", async () => {
    const repository = temporaryRepository();
    const lines = Array.from({ length: 30 }, (_, i) => `line ${i}`);
    repository.write("a.txt", lines.join("\n"));
    repository.commit("Create (#1)");
    lines[10] = "line ten";
    lines[11] = "line eleven";
    repository.write("a.txt", lines.join("\n"));
    const second = repository.commit("Spell it out (#12)");
    lines[25] = "untouched by the change";
    repository.write("a.txt", lines.join("\n"));
    const base = repository.commit("Elsewhere (#13)");
    lines.splice(9, 3, "nine to eleven");
    repository.write("a.txt", lines.join("\n"));
    const change = await readChange(repository.dir, base, repository.commit("Change"));

    const { commits: found } = await findShapingCommits(repository.dir, change);

    expect(found.map(({ evidence, pull, lines }) => [evidence.text, pull, lines])).toEqual([
      ["Spell it out (#12)", 12, 2],
      ["Create (#1)", 1, 1],
    ]);
    expect(found[0]?.evidence).toMatchObject({
      citation: { commit: second },
      why: "last touched 2 of the 3 lines under this change",
    });
    const evidence = found.map((commit) => commit.evidence);
    expect(await keepResolving(repository.dir, evidence)).toEqual(evidence);
  });

  it("looks at the neighbours of added lines, and at nothing for new files", async () => {
    const repository = temporaryRepository();
    repository.write("a.txt", "one\ntwo\n");
    const base = repository.commit("Create");
    repository.write("a.txt", "one\nin between\ntwo\n");
    repository.write("b.txt", "new\n");
    const change = await readChange(repository.dir, base, repository.commit("Change"));

    const { commits: found } = await findShapingCommits(repository.dir, change);

    expect(found.map(({ evidence, pull, lines }) => [evidence.text, pull, lines])).toEqual([["Create", null, 2]]);
  });

  it("says what of a change with many places was looked up, and what was not in time", async () => {
    const repository = temporaryRepository();
    const lines = Array.from({ length: 90 }, (_, i) => `line ${i}`);
    repository.write("a.txt", lines.join("\n"));
    const base = repository.commit("Create");
    repository.write("a.txt", lines.map((line, i) => (i % 6 === 0 ? `${line}!` : line)).join("\n"));
    const change = await readChange(repository.dir, base, repository.commit("Change"));

    const { commits, late } = await findShapingCommits(repository.dir, change);
    const why = "last touched 12 of 12 lines looked up, of 15 under this change";
    expect([commits.map(({ evidence }) => evidence.why), late]).toEqual([[why], 0]);

    const timeout = vi.spyOn(AbortSignal, "timeout").mockReturnValue(AbortSignal.abort());
    onTestFinished(() => timeout.mockRestore());
    expect(await findShapingCommits(repository.dir, change)).toEqual({ commits: [], late: 12 });
  });

  it("ends when it is told to", async () => {
    const repository = temporaryRepository();
    repository.write("a.txt", "one\n");
    const base = repository.commit("Create");
    repository.write("a.txt", "two\n");
    const change = await readChange(repository.dir, base, repository.commit("Change"));

    await expect(findShapingCommits(repository.dir, change, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });
});
