import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { repositoryConfigSchema } from "../../../src/config/repository-config.ts";
import { limits } from "../../../src/shared/limits.ts";
import { layChangeOver } from "../../../src/engram/lay-change-over.ts";
import { createMemoryEngramStore } from "../../../src/engram/memory-engram-store.ts";
import type { Message, ModelProvider } from "../../../src/model/model.ts";
import { fakeModel } from "../../helpers/fake-model.ts";
import type { ReviewOutcome } from "../../../src/publish/outcome.ts";
import { openPast } from "../../../src/handlers/remember.ts";
import { createUnitParser } from "../../../src/engram/units/tree-sitter-parser.ts";
import { resolves } from "../../../src/retrieval/citation.ts";
import { findSyntaxErrors } from "../../../src/api/check-syntax.ts";
import { decide } from "../../../src/model/decide.ts";
import { letModelRead } from "../../../src/tasks/review/let-model-read.ts";
import { expectation, notePace } from "../../../src/tasks/review/reading-speed.ts";
import { reviewChange } from "../../../src/tasks/review/review-change.ts";
import { openLocalClone } from "../../../src/workspace/local-clone.ts";
import { findMergeBase, readChange } from "../../../src/workspace/read-change.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";
import { createPastStores } from "../../helpers/past-stores.ts";

/** Two lists with the same off-by-one, a parser that is used twice, and a route table that is documented beside it. */
function writeService(repository: TestRepository): void {
  repository.write("src/orders.ts", listOf("orders"));
  repository.write("src/invoices.ts", listOf("invoices"));
  repository.write("src/parse.ts", "export function parseAmount(text: string): number {\n  return Number(text);\n}\n");
  repository.write(
    "src/pay.ts",
    'import { parseAmount } from "./parse.ts";\n\nexport const paid = parseAmount("12");\n',
  );
  repository.commit("A service");
  for (let i = 0; i < 10; i++) {
    repository.write("src/routes.ts", `export const routes = [${i}];\n`);
    repository.write("docs/api.md", `# Routes\n\n${i}\n`);
    repository.commit(`Route ${i}`);
  }
}

function listOf(name: string): string {
  return [
    `export function list_${name}(all: string[], page: number, size: number): string[] {`,
    `  const sorted = [...all].sort((left, right) => left.localeCompare(right));`,
    `  const first = page * size;`,
    `  const selection = sorted.slice(first, first + size);`,
    `  return selection.filter((entry) => entry.trim().length > 0);`,
    `}`,
    "",
  ].join("\n");
}

/** The fix: pages count from one, and an empty page is no page. */
function fixed(text: string): string {
  return text
    .replace("const first = page * size;", "const first = Math.max(page - 1, 0) * size;")
    .replace("sorted.slice(first, first + size)", "sorted.slice(first, first + Math.max(size, 1))");
}

let repository: TestRepository;
const units = createUnitParser();
let past: ReturnType<typeof createPastStores>;
beforeEach(() => {
  repository = createRepository();
  past = createPastStores();
  writeService(repository);
  repository.git("switch", "-q", "-c", "feature");
});
afterEach(() => {
  repository.dispose();
  past.dispose();
});

function changeEverything(): void {
  repository.write("src/orders.ts", fixed(listOf("orders")));
  repository.remove("src/parse.ts");
  repository.write("src/routes.ts", "export const routes = [99];\n");
  repository.write("logo.png", "\u0000png");
  repository.commit("Fix paging, drop the parser");
}

const noModel: ModelProvider = {
  modelFor: async () => ({ model: null, reason: "no model is installed" }),
  qualified: () => ({ allowed: false, reason: "not qualified" }),
  close: async () => {},
};

async function review(config: unknown = {}, models: ModelProvider = noModel): Promise<ReviewOutcome> {
  const workspace = await openLocalClone(repository.dir);
  const head = repository.git("rev-parse", "HEAD");
  const base = await findMergeBase(repository.dir, repository.git("rev-parse", "main"), head);
  const change = await readChange(repository.dir, base, head);
  const { engram } = await createMemoryEngramStore().update("k", workspace.gitDir, change.base);
  const { signal } = new AbortController();
  const input = {
    subject: null,
    asked: false,
    workspace,
    change,
    view: await layChangeOver(engram, change, workspace.gitDir),
    past: await openPast(
      { key: "k", gitDir: workspace.gitDir, commit: base, defaultCommit: base, learn: true, signal },
      past,
    ),
    units,
    others: [],
    engramCommit: change.base,
    config: repositoryConfigSchema.parse(config),
    startedAt: Date.now(),
    signal,
    progress: () => {},
  };
  const { model, reason } = await models.modelFor("coding");
  const found = await reviewChange(input, reason ?? "");
  return model === null ? found : letModelRead(found, model, models, input, { decide, findSyntaxErrors });
}

describe("reviewChange", () => {
  it("finds the copy left alone, the use of what is gone, and the file that usually changes along", async () => {
    changeEverything();
    const { findings, sheet } = await review();
    expect(sheet.map(({ citation }) => citation)).not.toContainEqual(
      expect.objectContaining({ path: "src/invoices.ts" }),
    );
    expect(findings.map(({ kind, anchor }) => [kind, anchor?.path, anchor?.startLine, anchor?.side])).toEqual([
      ["dangling-reference", "src/parse.ts", 1, "LEFT"],
      ["near-copy", "src/orders.ts", 3, "RIGHT"],
      ["companion", "src/routes.ts", 1, "RIGHT"],
    ]);
    expect(findings.map(({ title }) => title)).toEqual([
      "`parseAmount` is removed here, but `src/pay.ts:1` still uses it",
      "Changed here, but not in `src/invoices.ts:3`",
      "`docs/api.md` usually changes along with `src/routes.ts`",
    ]);
  });

  it("tells of a name that is removed and replaced almost everywhere only once", async () => {
    const user = (name: string): string =>
      `import { ${name} } from "./parse.ts";\n\nexport const due = (rows: string[]): number[] => {\n  log(rows.map(${name}));\n  return [rows[0]].map(${name});\n};\nexport const last = ${name}("3");\n`;
    repository.git("switch", "-q", "main");
    repository.write("src/due.ts", user("parseAmount"));
    repository.commit("What is due");
    repository.git("switch", "-q", "-C", "feature");
    repository.write("src/due.ts", user("readAmount"));
    const left = async (): Promise<string[]> => (await review()).findings.map(({ title }) => title);
    repository.commit("Read amounts");
    expect(await left()).toEqual(["Changed here, but not in `src/pay.ts:3`"]);
    const parse = "export function readAmount(text: string): number {\n  return Number(text);\n}\n";
    repository.write("src/parse.ts", parse);
    repository.commit("Read amounts only");
    expect(await left()).toEqual(["`parseAmount` is removed here, but `src/pay.ts:1` still uses it"]);
  });

  it("says which fix a change takes back, and which issue it had closed", async () => {
    const guarded =
      "export function retry(request: Request): boolean {\n  if (request.body?.locked === true) return false;\n  if (request.attempts >= maximumAttempts) return false;\n  return request.method === 'GET';\n}\n";
    const naive =
      "export function retry(request: Request): boolean {\n  return request.method !== 'POST' || true;\n}\n";
    repository.git("switch", "-q", "main");
    repository.write("src/retry.ts", naive);
    repository.commit("Retries");
    repository.write("src/retry.ts", guarded);
    const fix = repository.commit("Fix endless retries of locked bodies\n\nFixes #77");
    repository.git("switch", "-q", "-C", "feature");
    repository.write("src/retry.ts", naive);
    repository.commit("Simplify retries");
    const { findings, sheet } = await review();
    expect(findings).toMatchObject([{ kind: "undone", anchor: { path: "src/retry.ts", startLine: 2, side: "RIGHT" } }]);
    expect(findings[0]?.title).toContain(fix.slice(0, 8));
    expect(findings[0]?.body).toMatch(/^A fix, `Fix endless retries of locked bodies`, which closed #77/);
    expect(sheet.filter(({ kind }) => kind === "undone")).toEqual([]);
  });

  it("cites nothing that git does not bear out", async () => {
    changeEverything();
    const { findings, sheet } = await review();
    const evidence = [...findings.flatMap((finding) => finding.evidence), ...sheet];
    expect(evidence.length).toBeGreaterThan(4);
    for (const entry of evidence) expect(await resolves(repository.dir, entry), entry.why).toBe(true);
  });

  it("puts on lines only what the maintainer allows there, up to the cap", async () => {
    changeEverything();
    const placements = async (config: unknown) => (await review(config)).findings.map(({ placement }) => placement);
    expect(await placements({})).toEqual(["summary", "summary", "summary"]);
    expect(await placements({ review: { inline: ["near-copy", "companion"] } })).toEqual([
      "summary",
      "inline",
      "inline",
    ]);
    expect(await placements({ review: { inline: ["near-copy", "companion"], max_comments: 1 } })).toEqual([
      "summary",
      "inline",
      "summary",
    ]);
  });

  it("keeps the identity of a finding over a rebase and a further edit of its line", async () => {
    changeEverything();
    const before = (await review()).findings.map(({ id }) => id);
    repository.git("switch", "-q", "main");
    repository.write("src/orders.ts", `// The list of orders.\n\n${listOf("orders")}`);
    repository.commit("A comment on top");
    repository.git("switch", "-q", "feature");
    repository.git("-c", "rebase.backend=apply", "rebase", "-q", "main");
    const text = repository.git("show", "HEAD:src/orders.ts").replace("Math.max(page - 1, 0)", "(page - 1)");
    repository.write("src/orders.ts", `${text}\n`);
    repository.commit("Simpler");
    expect((await review()).findings.map(({ id }) => id)).toEqual(before);
  });

  it("counts what it read, and names what it did not", async () => {
    changeEverything();
    const { coverage } = await review({ review: { ignore: ["src/r*.ts"] } });
    expect(coverage).toMatchObject({
      filesRead: 2,
      filesTotal: 4,
      hunksRead: 2,
      hunksTotal: 3,
      linesRead: 7,
      linesTotal: 9,
    });
    expect(coverage.unread).toEqual([
      { path: "src/routes.ts", reason: "ignored by .github/assistant.yml" },
      { path: "logo.png", reason: "binary" },
    ]);
  });

  it("reviews nothing that a program wrote, tells why, and does not call it left alone", async () => {
    repository.git("switch", "-q", "main");
    repository.write(".gitattributes", "docs/api.md linguist-generated\ndist/** -linguist-generated\n");
    repository.commit("The pages of the interface are generated");
    repository.git("switch", "-q", "feature");
    repository.git("reset", "-q", "--hard", "main");
    repository.write("src/routes.ts", "export const routes = [99];\n");
    repository.write("docs/api.md", "# Routes\n\n99\n");
    repository.write("package-lock.json", "{}\n");
    repository.write("src/a.pb.go", `package a\nconst t = "ghp_${"a1B2".repeat(9)}"\n`);
    repository.write("src/b.ts", "// Code generated by a tool. DO NOT EDIT.\n");
    repository.write("dist/c.js", "hand();\n");
    repository.write("data.json", `"${"x".repeat(limits.diffFileBytes)}"\n`);
    repository.commit("A route");

    const { coverage, findings } = await review();

    expect(coverage).toMatchObject({ filesRead: 2, filesTotal: 7, hunksRead: 2, linesRead: 3 });
    expect(coverage.unread).toEqual([
      { path: "data.json", reason: "over 1024 KB" },
      { path: "src/b.ts", reason: "generated (its first lines)" },
      { path: "docs/api.md", reason: "generated (.gitattributes)" },
      { path: "package-lock.json", reason: "lock file (its path)" },
      { path: "src/a.pb.go", reason: "generated (its path)" },
    ]);
    expect(findings.map(({ kind, anchor }) => [kind, anchor?.path])).toEqual([["secret", "src/a.pb.go"]]);
  });

  it("says nothing about a change that is in order", async () => {
    repository.write("src/fresh.ts", "export const answer = 42;\n");
    repository.commit("Something new");
    expect((await review()).findings).toEqual([]);
  });
});

describe("the model's reading", () => {
  const line = "  const first = Math.max(page - 1, 0) * size;";
  const remark = {
    quote: line,
    evidence: "none",
    concern: "bug",
    severity: "high",
    claim: "A page before the first is taken for the first.",
    scenario: "With page 0 the first entries come twice.",
    replacement: "  const first = Math.max(page, 1) * size - size;",
  };

  /** Says this of every part, and one sentence of every finding. */
  function modelThatSays(change: Partial<typeof remark>, allowed: boolean): ModelProvider {
    const model = fakeModel(({ messages }) => {
      const asked = (messages.at(-1) as Message).content;
      if (asked.includes("Is the claim true?")) return JSON.stringify({ answer: "yes" });
      if (asked.includes("Copy the one line")) return JSON.stringify({ quote: line, it: "supports the claim" });
      const isTile = asked.includes(" CHANGE ");
      const tile = { verdict: "problem", remarks: [{ ...remark, ...change }] };
      return JSON.stringify(isTile ? tile : { sentence: "The same code stands elsewhere, too." });
    });
    const qualified = () => ({ allowed, reason: "not qualified" });
    return { ...noModel, qualified, modelFor: async () => ({ model, reason: null }) };
  }

  function changeOrders(): void {
    repository.write("src/orders.ts", fixed(listOf("orders")));
    repository.commit("Fix paging");
  }

  it.each([
    ["an invented name", { claim: "renderTable is wrong" }, true, /renderTable/],
    ["a true sentence of a model that has not qualified", {}, false, /not qualified/],
    ["evidence that was not offered", { evidence: "E9" }, true, /no usable answer/],
  ])("keeps back %s", async (_, change, allowed, reason) => {
    changeOrders();
    const { withheld, findings, model } = await review({}, modelThatSays(change, allowed));
    const [first] = withheld.filter(({ about }) => about.startsWith("src/orders.ts"));
    expect(first?.reason).toMatch(reason);
    // An answer that cannot be read has no line of its own: it is about the whole part.
    expect(first?.about).toBe("evidence" in change ? "src/orders.ts:1" : "src/orders.ts:3");
    expect(JSON.stringify(findings)).not.toContain("claim" in change ? change.claim : remark.claim);
    expect(model).toMatchObject({ name: "fake", prompts: 2 });
  });

  it("brings findings of a qualified model in, in the order of their kinds, and its wording of what code found", async () => {
    changeOrders();
    const { findings, model, withheld } = await review({}, modelThatSays({}, true));
    expect(findings.map(({ kind, placement }) => [kind, placement])).toEqual([
      ["near-copy", "summary"],
      ["model", "summary"],
    ]);
    expect(findings[0]).toMatchObject({ body: "The same code stands elsewhere, too.", writtenBy: "fake" });
    expect(findings[1]).toMatchObject({ title: remark.claim, replacement: remark.replacement });
    for (const entry of findings[1]?.evidence ?? []) expect(await resolves(repository.dir, entry)).toBe(true);
    expect(model).toMatchObject({ note: "read 1 of 1 part of the change", unread: [] });
    expect(withheld).toEqual([]);
  });

  it("puts a model's findings on lines where the maintainer lets them, within the same number of comments", async () => {
    changeOrders();
    const placements = async (max_comments: number) => {
      const config = { review: { inline: ["near-copy", "model"], max_comments } };
      return (await review(config, modelThatSays({}, true))).findings.map(({ placement }) => placement);
    };
    expect(await placements(2)).toEqual(["inline", "inline"]);
    expect(await placements(1)).toEqual(["inline", "summary"]);
  });

  it("shows a model the maintainer's words on the files that they are about", async () => {
    changeOrders();
    const asked: string[] = [];
    const model = fakeModel(({ messages }) => {
      asked.push((messages as Message[]).map(({ content }) => content).join("\n"));
      return JSON.stringify({ verdict: "no problem", remarks: [] });
    });
    const paths = [
      { match: "src/**", instructions: "Pages count from one." },
      { match: "docs/**", instructions: "Write plainly." },
    ];
    await review({ review: { paths } }, { ...noModel, modelFor: async () => ({ model, reason: null }) });
    expect(asked[0]).toContain("The maintainers ask: Pages count from one.");
    expect(asked[0]).not.toContain("Write plainly.");
  });

  it("tells beforehand how much there is to read, and by its own pace how long that takes", async () => {
    const plan = { tiles: [{ path: "a", lines: [], changed: 1 }], tokens: 1_234, left: [] };
    const models = { ...noModel };
    const model = fakeModel(() => "");
    expect(expectation(plan, model, models, 5)).toBe(
      "fake is reading the change: 1 part, about 1200 tokens, at most 5 minutes",
    );
    const report = { name: "fake", note: "", prompts: 1, promptTokens: 9, generatedTokens: 1, ms: 10 };
    notePace(models, { ...plan, tokens: 600 }, report, 20_000);
    expect(expectation(plan, model, models, 1)).toBe(
      "fake is reading the change: 1 part, about 1200 tokens, about 41 s at its pace here, at most 1 minute",
    );
  });
});
