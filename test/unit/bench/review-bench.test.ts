import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newestChanges } from "../../../bench/review/changes.ts";
import { parsePatch, readMergedChanges, withoutEdit } from "../../../bench/review/merged-changes.ts";
import { repeatedIn } from "../../../bench/review/on-github.ts";
import { type PlantSources, plantDefects } from "../../../bench/review/plant.ts";
import { judgePlanted, type Planted, pointsAt, tabulatePlanted } from "../../../bench/review/planted.ts";
import { writePushes } from "../../../bench/review/pushes.ts";
import { createStageClock } from "../../../bench/review/reviewer.ts";
import { writePlanted } from "../../../bench/review/write-planted.ts";
import type { Finding } from "../../../src/publish/outcome.ts";
import { git } from "../../../src/shared/git.ts";
import { readFileAt } from "../../../src/shared/git-objects.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";

let repository: TestRepository;
let gitDir: string;
let tip: string;
const commits: Record<string, string> = {};

const total = (rounding: string): string =>
  ["export function total(lines) {", `  return ${rounding};`, "}", "export const unit = 1;", ""].join("\n");
const early = "lines.map((line) => round(line.price)).reduce(add)";
const late = "round(lines.map((line) => line.price).reduce(add))";

beforeAll(() => {
  repository = createRepository();
  gitDir = `${repository.dir}/.git`;
  const commit = (name: string, message: string, files: Record<string, string>): void => {
    for (const [path, text] of Object.entries(files)) repository.write(path, text);
    commits[name] = repository.commit(message);
  };
  commit("first", "Begin", {
    "src/order.ts": total(early),
    "src/invoice.ts": total(early),
    "src/tax.ts": "export function taxOf(amount) {\n  return amount / 5;\n}\n",
    "src/use.ts": 'import { taxOf } from "./tax.ts";\n\nexport const a = 1;\n\nexport const tax = taxOf(5);\n',
    "docs/tax.md": "# Tax\n",
  });
  for (const round of [1, 2, 3]) {
    commit(`tax${round}`, `Tax ${round}`, {
      "src/tax.ts": `export function taxOf(amount) {\n  return amount / ${5 + round};\n}\n`,
      "docs/tax.md": `# Tax\n\nA part of ${5 + round}.\n`,
    });
  }
  commit("fix", "Fix the rounding of totals", { "src/order.ts": total(late), "src/invoice.ts": total(late) });
  commit("release", "Bumped v2.0.0", {
    "src/order.ts": `${total(late)}// 2\n`,
    "src/invoice.ts": `${total(late)}// 2\n`,
  });
  commit("rename", "Say what the tax is of", {
    "src/tax.ts": "export function taxOnAmount(amount) {\n  return amount / 8;\n}\n",
    "src/use.ts":
      'import { taxOnAmount } from "./tax.ts";\n\nexport const a = 1;\n\nexport const tax = taxOnAmount(5);\n',
    "docs/tax.md": "# Tax on an amount\n",
  });
  tip = commits["rename"] ?? "";
});
afterAll(() => repository.dispose());

const sources: PlantSources = {
  textAt: async (commit, path) => (await readFileAt(gitDir, commit, path))?.toString("utf8") ?? null,
  standsIn: async (commit, word) =>
    (await git(gitDir, ["grep", "-l", "-w", word, commit], { okCodes: [0, 1] })).length > 0,
};

describe("merged changes", () => {
  it("are read newest first with the places of their edits", async () => {
    const changes = await readMergedChanges(gitDir, tip, 10);
    expect(changes.map(({ subject }) => subject).slice(0, 2)).toEqual(["Say what the tax is of", "Bumped v2.0.0"]);
    expect(changes[0]?.files.map(({ path, status }) => [path, status])).toContainEqual(["src/use.ts", "modified"]);
    const use = changes[0]?.files.find(({ path }) => path === "src/use.ts");
    expect(use?.edits.map(({ newStart }) => newStart)).toEqual([1, 5]);
  });

  it("stand for pull requests where there are none, oldest first", async () => {
    const { changes, from } = await newestChanges(gitDir, tip, [], 2);
    expect(from).toBe("merges and commits");
    expect(changes.map(({ number, head }) => [number, head])).toEqual([
      [null, commits["release"]],
      [null, commits["rename"]],
    ]);
  });

  it("can have one edit taken back, where the text is what the edit made", () => {
    const edit = { newStart: 2, removed: ["b", "c"], added: ["x"] };
    expect(withoutEdit("a\nx\nd\n", edit)).toBe("a\nb\nc\nd\n");
    expect(withoutEdit("a\ny\nd\n", edit)).toBeNull();
    // git names the line before where nothing was put in.
    expect(withoutEdit("a\nd\n", { newStart: 1, removed: ["b"], added: [] })).toBe("a\nb\nd\n");
  });

  it("leave out what has no text", () => {
    expect(parsePatch("diff --git a/x.png b/x.png\nnew file mode 100644\nBinary files differ\n")).toEqual([]);
  });
});

describe("planted defects", () => {
  let planted: Planted[];
  const one = (kind: Planted["kind"]): Planted => planted.find((each) => each.kind === kind) as Planted;
  beforeAll(async () => {
    planted = await plantDefects(await readMergedChanges(gitDir, tip, 20), sources, 5);
  });

  it("leave out one of two places that had the same words replaced", () => {
    // The name that changes twice in one file is another one, made of a newer change.
    const made = planted.filter(({ kind }) => kind === "near_copy");
    expect(made.map(({ commit }) => commit)).toEqual([commits["rename"], commits["fix"]]);
    const { files, place } = made[1] as Planted;
    expect(place.startLine).toBe(2);
    expect([...files]).toEqual([[place.path, total(early)]]);
  });

  it("keep one use of a name that is gone everywhere", () => {
    const { commit, name, place, files } = one("dangling");
    expect([commit, name, place.path]).toEqual([commits["rename"], "taxOf", "src/use.ts"]);
    expect(files.get("src/use.ts")).toMatch(/taxOf\b/);
  });

  it("forget a file that changed together with another one before", () => {
    const { commit, files, place } = one("companion");
    expect(commit).toBe(commits["rename"]);
    expect([...files.keys()]).toEqual([place.path]);
  });

  it("take back a fix in a file that the change leaves alone", () => {
    const { commit, undoes, files } = one("undone");
    expect([commit, undoes]).toEqual([commits["rename"], commits["fix"]]);
    expect([...files.values()][0]).toContain(early);
  });

  it("are not made of releases", () => {
    expect(planted.map(({ commit }) => commit)).not.toContain(commits["release"]);
  });

  it("are commits beside the real ones, on the same parents", async () => {
    const heads = await writePlanted(gitDir, planted);
    for (const [index, head] of heads.entries()) {
      const { parent, commit, files } = planted[index] as Planted;
      const differing = (await git(gitDir, ["diff", "--name-only", commit, head])).toString("utf8").trim().split("\n");
      expect(differing).toEqual([...files.keys()]);
      expect((await git(gitDir, ["rev-parse", `${head}^`])).toString("utf8").trim()).toBe(parent);
    }
  });
});

describe("a finding", () => {
  const planted: Planted = {
    kind: "near_copy",
    commit: "c",
    parent: "p",
    files: new Map(),
    place: { path: "src/b.ts", startLine: 10, endLine: 12 },
  };
  const finding = (kind: Finding["kind"], path: string, line: number): Finding => ({
    id: "0".repeat(16),
    kind,
    anchor: { path: "src/a.ts", startLine: 1, endLine: 1, side: "RIGHT" },
    title: "Changed here",
    body: "",
    evidence: [
      {
        kind: "near-copy",
        citation: { kind: "code", path, startLine: line, endLine: line + 1, commit: "c" },
        score: 1,
        why: "",
        text: "",
      },
    ],
    placement: "summary",
  });

  it("points at a defect by what it cites, if its kind can say it", () => {
    expect(pointsAt(finding("near-copy", "src/b.ts", 11), planted)).toBe(true);
    expect(pointsAt(finding("near-copy", "src/b.ts", 13), planted)).toBe(false);
    expect(pointsAt(finding("companion", "src/b.ts", 11), planted)).toBe(false);
    expect(pointsAt(finding("model", "src/b.ts", 11), planted)).toBe(true);
    const test = { ...planted, kind: "companion" as const };
    expect(pointsAt(finding("paired-test", "src/b.ts", 99), test)).toBe(true);
  });

  it("counts against precision where the real change has it, there or anywhere", () => {
    const there = finding("near-copy", "src/b.ts", 11);
    const elsewhere = finding("near-copy", "src/c.ts", 1);
    const results = [
      judgePlanted(planted, [there], []),
      judgePlanted(planted, [there], [there]),
      judgePlanted(planted, [elsewhere], [elsewhere]),
    ];
    expect(tabulatePlanted(results)).toMatchObject({ planted: 3, found: 2, false_there: 1, false_anywhere: 2 });
    expect(tabulatePlanted(results).precision).toBeCloseTo(2 / 3);
    expect(tabulatePlanted(results).precision_strict).toBeCloseTo(2 / 4);
    expect(tabulatePlanted([])).toMatchObject({ recall: null, precision: null });
    // Nobody followed these: a model has no finders.
    expect(tabulatePlanted(results)).toMatchObject({ detected: null, shown: null, in_tests: 0 });
    const [found, silent, missed] = results.map((result, i) => {
      return { ...result, detected: i < 2, shown: i === 0 ? ("summary" as const) : null };
    });
    expect(tabulatePlanted([found, silent, missed].flatMap((one) => one ?? []))).toMatchObject({
      planted: 3,
      detected: 2,
      shown: { inline: 0, summary: 1 },
    });
  });
});

describe("pushes", () => {
  it("are five and a rebase, and none alters what the change does", async () => {
    const [base, head] = [commits["release"] ?? "", commits["rename"] ?? ""];
    const pushes = await writePushes(gitDir, base, head);
    expect(pushes).toHaveLength(6);
    expect(new Set(pushes.map((push) => push.head)).size).toBe(6);
    for (const push of pushes) {
      const from = push.base ?? base;
      const diff = (await git(gitDir, ["diff", from, push.head, "--", "src/use.ts"])).toString("utf8");
      expect(diff).toContain("-export const tax = taxOf(5);\n+export const tax = taxOnAmount(5);");
      expect((await git(gitDir, ["merge-base", from, push.head])).toString("utf8").trim()).toBe(from);
    }
    expect(pushes.at(-1)?.base).not.toBeNull();
  });

  it("repeat a comment that says what stands at that path already, under whatever identity", () => {
    const comment = (id: string, said: string) => ({ id, path: "a.ts", said });
    const before = [comment("1", "**Changed**")];
    expect(repeatedIn(before, [...before, comment("2", "**Changed**")])).toHaveLength(1);
    expect(repeatedIn(before, [...before, comment("1", "**Other**")])).toHaveLength(1);
    expect(repeatedIn(before, [...before, comment("3", "**New**")])).toEqual([]);
  });
});

describe("the clock of stages", () => {
  it("adds up what each step takes, and gives reading the past back to the evidence when it is done", () => {
    let time = 0;
    const clock = createStageClock(() => time);
    const at = (ms: number, ...step: [string, number?, number?]): void => {
      time = ms;
      clock.step(...step);
    };
    at(0, "reading the change");
    at(10, "gathering evidence");
    at(15, "reading past changes", 0, 2);
    at(35, "reading past changes", 2, 2);
    at(40, "publishing");
    time = 47;
    expect(clock.end()).toEqual({
      stages: { "reading the change": 10, "gathering evidence": 10, "reading past changes": 20, publishing: 7 },
      ms: 47,
    });
  });
});
