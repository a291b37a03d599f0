import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildDemoRepository } from "../../../fixtures/demo/build-repository.ts";
import { type DatasetExample, datasetTasks, type Split, splits } from "../../../src/commands/dataset/example.ts";
import { exportDataset, type ExportedDataset } from "../../../src/commands/dataset/export-dataset.ts";
import { splitByTime } from "../../../src/commands/dataset/split-by-time.ts";
import { withoutRepeats } from "../../../src/commands/dataset/without-repeats.ts";
import { requireEmptyFolder, writeDataset } from "../../../src/commands/dataset/write-dataset.ts";
import { createMemoryEngramStore } from "../../../src/engram/memory-engram-store.ts";
import { openPast } from "../../../src/handlers/remember.ts";
import { gitText } from "../../../src/shared/git.ts";
import type { Tracker } from "../../../src/tracker/tracker.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";
import { createPastStores } from "../../helpers/past-stores.ts";
import { reviewCommentAt } from "../../helpers/tracked-records.ts";

const signal = new AbortController().signal;

async function exported(gitDir: string, tracker: Partial<Tracker> | null = null): Promise<ExportedDataset> {
  const stores = createPastStores();
  const engrams = createMemoryEngramStore();
  try {
    const commit = await gitText(gitDir, ["rev-parse", "main"]);
    const request = { key: "local/test", gitDir, commit, defaultCommit: commit, learn: false, signal };
    const { history, pulls } = await openPast(request, stores);
    const known = tracker && { issue: () => null, reviewComments: () => [], ...tracker };
    const past = { history, pulls, tracker: known as Tracker | null };
    return await exportDataset({ gitDir, past, tasks: datasetTasks, most: 500, engrams, signal, onProgress: () => {} });
  } finally {
    engrams.close();
    stores.dispose();
  }
}

const all = ({ examples }: ExportedDataset): DatasetExample[] => splits.flatMap((part) => examples[part]);
const answerOf = ({ messages }: DatasetExample): string => messages.at(-1)?.content ?? "";
const askedOf = ({ messages }: DatasetExample): string => messages.at(-2)?.content ?? "";

describe("a data set of the demo's repository", () => {
  let folder: string;
  let gitDir: string;
  let made: ExportedDataset;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "dataset-"));
    gitDir = join(folder, "desk.git");
    await buildDemoRepository(gitDir, { past: true });
    const head = await gitText(gitDir, ["rev-parse", "refs/pull/50/head"]);
    const remark = {
      pull: 50,
      path: "src/orders/list.ts",
      commit: head,
      hunk: "@@ -1,2 +1,2 @@\n // list\n-const size = 20;\n+const size = 25;",
      body: "Please read the size from the configuration. <!-- hidden --> Mail me at ada@example.com",
      createdAt: "2025-09-11T12:00:00Z",
    };
    const comments = [
      reviewCommentAt(1, 0, remark),
      reviewCommentAt(2, 0, { ...remark, body: "LGTM", inReplyTo: null }),
    ];
    made = await exported(gitDir, { reviewComments: () => comments });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("has examples of both tasks, each from a question to an answer", () => {
    for (const task of datasetTasks) expect(all(made).filter((one) => one.task === task).length).toBeGreaterThan(5);
    for (const { messages, id } of all(made)) {
      expect(
        messages.map(({ role }) => role),
        id,
      ).toEqual(["system", "user", "assistant"]);
      expect(
        messages.every(({ content }) => content.trim() !== ""),
        id,
      ).toBe(true);
    }
    const ids = all(made).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("asks for a commit's change in its own words, and answers with the code that it left", async () => {
    const example = all(made).find(({ messages }) => messages[1]?.content.includes("Round the invoice total once"));
    if (example === undefined) throw new Error("no such example");
    const { commit, path } = example.source;
    const [before, after] = await Promise.all(
      [`${commit}^`, commit].map((one) => gitText(gitDir, ["show", `${one}:${path}`])),
    );
    const code = answerOf(example).split("\n").slice(1, -1).join("\n");
    expect(after).toContain(code);
    expect(before).not.toContain(code);
    expect(askedOf(example)).toContain(`CODE ${path}`);
  });

  it("parts them by time, and never a pull request", () => {
    const { train, validation, test } = made.examples;
    for (const part of [train, validation, test]) expect(part.length).toBeGreaterThan(0);
    const latest = (part: DatasetExample[]): number => Math.max(...part.map(({ end }) => end));
    const earliest = (part: DatasetExample[]): number => Math.min(...part.map(({ begin }) => begin));
    expect(latest(train)).toBeLessThan(earliest(validation));
    expect(latest(validation)).toBeLessThan(earliest(test));
    const groups = splits.map((part) => new Set(made.examples[part].map(({ group }) => group)));
    for (const [index, own] of groups.entries()) {
      for (const others of groups.slice(index + 1)) expect([...own].filter((group) => others.has(group))).toEqual([]);
    }
  });

  it("shows in a question nothing that was written after it", async () => {
    const reviews = all(made).filter(({ source }) => source.learntFrom === "later change");
    expect(reviews.length).toBeGreaterThan(0);
    let shown = 0;
    for (const example of reviews) {
      const base = await gitText(gitDir, ["merge-base", "main", `refs/pull/${example.source.pull}/head`]);
      for (const [, path = "", text = ""] of askedOf(example).matchAll(
        / EVIDENCE E\d+ (\S+)\n[^\n]*\n([\s\S]*?)\nEND /g,
      )) {
        expect(await gitText(gitDir, ["show", `${base}:${path}`]), example.id).toContain(text.trimEnd());
        shown++;
      }
    }
    expect(shown).toBeGreaterThan(0);
  });

  it("learns from what people said, without what nobody sees, addresses and nods", () => {
    const remarks = all(made).filter(({ source }) => source.learntFrom === "remark");
    expect(remarks.map(answerOf)).toEqual(["Please read the size from the configuration.  Mail me at [email]"]);
    expect(askedOf(remarks[0] as DatasetExample)).toContain("-const size = 20;\n+const size = 25;");
    expect(remarks[0]?.group).toBe("pull-50");
    expect(made.redacted).toBeGreaterThan(0);
  });

  it("is written with whose it is beside it, into a folder of its own", async () => {
    const out = join(folder, "out");
    await requireEmptyFolder(out);
    const facts = { repository: "local/local/desk", commit: "c0ffee", product: "1.0.0", licences: [], authors: 3 };
    const summary = await writeDataset(out, made.examples, {
      ...facts,
      leftOut: made.leftOut,
      redacted: made.redacted,
    });
    for (const part of splits) {
      const lines = readFileSync(join(out, `${part}.jsonl`), "utf8")
        .trimEnd()
        .split("\n");
      expect(lines.map((line) => (JSON.parse(line) as DatasetExample).id)).toEqual(
        made.examples[part].map(({ id }) => id),
      );
      expect(summary.parts[part].examples.review + summary.parts[part].examples.implement).toBe(lines.length);
    }
    expect(JSON.parse(readFileSync(join(out, "summary.json"), "utf8"))).toEqual(summary);
    const header = readFileSync(join(out, "README.md"), "utf8");
    expect(header).toContain("The repository names no licence");
    expect(header).not.toMatch(/@alderwood|Okafor/);
    await expect(requireEmptyFolder(out)).rejects.toMatchObject({ code: "folder-not-empty" });
  });
});

describe("a data set", () => {
  let repository: TestRepository;
  beforeAll(() => {
    repository = createRepository();
  });
  afterAll(() => repository.dispose());

  it("holds no secret, no robot's commit, no sweep, and no change twice", async () => {
    const fixed = (at: number): string =>
      `export function value${at}() {\n  return compute(${at}, limitOf(${at}), "mended");\n}\n`;
    const broken = (at: number): string => fixed(at).replace('"mended"', '"broken"');
    for (let at = 0; at < 12; at++) repository.write(`src/value${at}.js`, broken(at));
    repository.commit("Begin with what there is");
    for (let at = 0; at < 8; at++) {
      repository.write(`src/value${at}.js`, fixed(at));
      repository.commit(`Mend the value number ${at}`);
    }
    repository.write("src/value0.js", broken(0));
    repository.commit('Revert "Mend the value number 0"');
    const key = ["AKIA", "Z7QWERTYUIOP2345"].join("");
    repository.write("src/value0.js", fixed(0).replace("compute(0", `compute("${key}"`));
    repository.commit("Take the key of the account for the first value");
    // The very same answer as in the training part.
    repository.write("src/value1.js", broken(1));
    repository.commit("Take the mending back for a while now");
    repository.write("src/value1.js", fixed(1));
    repository.commit("Mend the value number 1 once more");
    repository.write("src/value2.js", fixed(2).replace("compute", "computed"));
    repository.commit("Update what is used there", { author: "renovate[bot] <bot@example.com>" });
    for (let at = 0; at < 12; at++) repository.write(`src/value${at}.js`, fixed(at).replace("compute", "count"));
    repository.commit("Rename what is called everywhere");
    const made = await exported(join(repository.dir, ".git"));
    const text = JSON.stringify(made.examples);
    expect(text).not.toContain(key);
    expect(text).toContain("[redacted]");
    expect(made.redacted).toBe(1);
    expect(made.leftOut.repeated).toBeGreaterThanOrEqual(1);
    expect(text).not.toMatch(/computed|count\(|once more|Revert/);
    expect(made.examples.train.length).toBeGreaterThanOrEqual(8);
  });

  it("learns nothing from a pull request of a robot, and nothing from files that nobody writes", async () => {
    const own = createRepository();
    own.write("src/a.js", "export const a = 1;\n");
    own.commit("Begin");
    const pull = (number: number, path: string, author: string): void => {
      own.git("checkout", "--quiet", "-B", `topic-${number}`, "main");
      own.write(path, `export const first${number} = "wrong value";\n`);
      own.commit("First try", { author });
      own.write(path, `export const first${number} = "right value";\n`);
      own.commit("Mend it", { author });
      own.git("update-ref", `refs/pull/${number}/head`, "HEAD");
      own.git("checkout", "--quiet", "main");
    };
    pull(1, "src/b.js", "Ada Tester <ada@example.com>");
    pull(2, "src/c.js", "renovate[bot] <bot@example.com>");
    pull(3, "package-lock.json", "Ada Tester <ada@example.com>");
    const made = await exported(join(own.dir, ".git"));
    own.dispose();
    expect(all(made).map(({ id }) => id)).toEqual(["review-pull-1-1"]);
    expect(answerOf(all(made)[0] as DatasetExample)).toContain('-export const first1 = "wrong value";');
  });

  function example(id: string, begin: number, end: number, more: Partial<DatasetExample> = {}): DatasetExample {
    return {
      task: "implement",
      id,
      messages: [
        { role: "system", content: "s" },
        { role: "user", content: `asked ${id}` },
        { role: "assistant", content: `answer ${id}` },
      ],
      group: id,
      begin,
      end,
      source: { pull: null, commit: id, path: "a", learntFrom: "commit" },
      ...more,
    };
  }

  it("leaves out what began before a boundary and ended after it, with all that belongs to it", () => {
    const short = Array.from({ length: 20 }, (_, at) => example(`e${at}`, at * 10, at * 10));
    const long = [example("l1", 35, 36, { group: "pull-1" }), example("l2", 170, 175, { group: "pull-1" })];
    const { examples, straddling } = splitByTime([...long, ...short]);
    expect(straddling).toBe(2);
    const ids = (part: Split): string[] => examples[part].map(({ id }) => id);
    expect(ids("train")).toEqual(short.slice(0, 18).map(({ id }) => id));
    expect([...ids("validation"), ...ids("test")]).toEqual(["e18", "e19"]);
  });

  it("takes an answer that shares most of its lines with an earlier part for a repetition", () => {
    const answer = (lines: string[]): DatasetExample["messages"] => [
      { role: "user", content: "asked" },
      { role: "assistant", content: lines.join("\n") },
    ];
    const lines = [
      "const first = 1;",
      "const second = 2;",
      "const third = 3;",
      "const fourth = 4;",
      "const fifth = 5;",
    ];
    const parts = {
      train: [example("a", 1, 1, { messages: answer(lines) })],
      validation: [example("b", 2, 2, { messages: answer(["const other = 9;", ...lines.slice(1)]) })],
      test: [
        example("c", 3, 3, {
          messages: answer([...lines.slice(0, 2), "let x = 12345;", "let y = 12345;", "let z = 12345;"]),
        }),
      ],
    };
    const { examples, repeated } = withoutRepeats(parts);
    expect(repeated).toBe(1);
    expect(splits.map((part) => examples[part].map(({ id }) => id))).toEqual([["a"], [], ["c"]]);
  });
});
