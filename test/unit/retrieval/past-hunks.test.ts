import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createJsKernel } from "../../../src/engram/kernel/js-kernel.ts";
import { createMemoryHistoryStore } from "../../../src/history/memory-history-store.ts";
import { createSqlitePastChangesStore } from "../../../src/history/sqlite-past-changes-store.ts";
import { keepResolving } from "../../../src/retrieval/citation.ts";
import { findPastHunks, findUndone } from "../../../src/retrieval/past-hunks.ts";
import { readChange } from "../../../src/workspace/read-change.ts";
import type { TestRepository } from "../../helpers/git-repository.ts";
import { type Files, temporaryRepository } from "./scenario.ts";

/** A commit message and what it writes. */
type Step = [message: string, files: Files];

const rounded = "  return Math.round(net * rate * 100) / 100;";
const plain = "  return net * rate;";
const withTax = (line: string): string => shop(["export function tax(net, rate) {", line, "}"]);

describe("findUndone", () => {
  it("cites the commit that is taken back, its lines, its issue and its pull request", async () => {
    const { found, gitDir, ids } = await undone(
      ["Base", { "src/tax.js": withTax(plain) }],
      ["Round taxes to cents (#15)\n\nFixes #12", { "src/tax.js": withTax(rounded) }],
      ["More", { "src/other.js": "export const other = 1;\n" }],
      ["Simplify", { "src/tax.js": withTax(plain), "src/other.js": "export const other = 2;\n" }],
    );
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ kind: "undone", pull: 15, issues: [12], isFix: true, score: 1, band: "whole" });
    expect(found[0]).toMatchObject({ lines: 2, shared: 2, takenBackBy: null });
    expect(found[0]?.file.path).toBe("src/tax.js");
    expect(found[0]?.runs.map(({ lines }) => lines.map(({ text }) => text))).toEqual([[rounded, plain]]);
    const [commit, code] = found[0]?.evidence ?? [];
    expect(commit).toEqual({
      kind: "undone",
      citation: { kind: "commit", commit: ids[1], subject: "Round taxes to cents (#15)" },
      score: 1,
      why: "2 of 2 changed lines take back what this commit did; it closes #12 and came with #15",
      text: "Round taxes to cents (#15)",
    });
    expect(code).toMatchObject({ kind: "undone", text: rounded, why: `written by ${ids[1]?.slice(0, 12)}` });
    expect(code?.citation).toEqual({ kind: "code", path: "src/tax.js", startLine: 8, endLine: 8, commit: ids[1] });
    expect(await keepResolving(gitDir, found[0]?.evidence ?? [])).toHaveLength(2);
  });

  it("sees one hunk of a commit that is taken back among other changes, and says how much of it", async () => {
    const check = "  if (cart.items.length === 0) return emptyReceipt(cart);";
    const other = "export const currencies = [`EUR`, `USD`];\nexport const fallback = currencies[0];\n";
    const { found, ids } = await undone(
      ["Base", { "src/tax.js": withTax(plain), "src/cart.js": shop(["export function pay(cart) {", "}"]) }],
      [
        "Rounding and empty carts",
        { "src/tax.js": withTax(rounded), "src/cart.js": shop(["export function pay(cart) {", check, "}"]) },
      ],
      ["Currencies", { "src/tax.js": withTax(`  logTax(net, rate);\n${plain}`), "src/currency.js": other }],
    );
    expect(
      found.map(({ commit, file, lines, shared, band }) => [commit.commit, file.path, lines, shared, band]),
    ).toEqual([[ids[1], "src/tax.js", 3, 2, "most"]]);
  });

  it("reports code that was only added, and goes, only where most of a fix goes", async () => {
    const guard = [
      "  if (customer === undefined) return noCustomer(cart);",
      "  if (customer.blocked) return refuse(customer);",
    ];
    const more = [
      "  const discount = discountOf(customer);",
      "  log(discount, customer);",
      "  notify(customer, discount);",
      "  save(customer);",
    ];
    const cart = (lines: string[]): string => shop(["export function pay(cart, customer) {", ...lines, "}"]);
    const run = (message: string, added: string[], left: string[]) =>
      undone(
        ["Base", { "src/cart.js": cart([]) }],
        [message, { "src/cart.js": cart(added) }],
        ["Clean up", { "src/cart.js": cart(left) }],
      );
    expect((await run("fix: refuse blocked customers", guard, [])).found).toHaveLength(1);
    expect((await run("Refuse blocked customers\n\nCloses #3", guard, [])).found).toHaveLength(1);
    expect((await run("Refuse blocked customers", guard, [])).found).toEqual([]);
    const edited = guard.map((line) => line.replace("customer", "buyer"));
    expect((await run("fix: refuse blocked customers", guard, edited)).found).toEqual([]);
    expect((await run("fix: refuse blocked customers", [...guard, ...more], more)).found).toEqual([]);
    expect((await run("fix: refuse blocked customers", [...guard, ...more], guard)).found).toHaveLength(1);
  });

  it("does not take a new file, or one of the same name elsewhere, for what a fix removed", async () => {
    const entity = ["@Entity()", "export class Category {", "  id: number;", "  name: string;", "}"];
    const text = (lines: string[]): string => lines.map((line) => `${line}\n`).join("");
    const added = await undone(
      ["Base", { "a/category.ts": text(entity), "b/x.ts": "x\n", "b/category.ts": shop([]) }],
      ["Fix the schema", { "a/category.ts": null }],
      ["Elsewhere", { "c/category.ts": text(entity), "a/category.ts": text(entity), "b/category.ts": shop(entity) }],
    );
    expect(added.found).toEqual([]);
  });

  it("takes a file that goes for a decision about the file", async () => {
    const { found } = await undone(
      ["Base", { "src/a.js": "export const a = 1;\n" }],
      [
        "Fix refunds (#4)",
        { "src/refund.js": shop(["export function refund(order) {", "  return pay(-order.total);", "}"]) },
      ],
      ["Drop refunds", { "src/refund.js": null }],
    );
    expect(found).toEqual([]);
  });

  it("cites what was there before where the commit only removed", async () => {
    const retry = ["  const tries = options.tries ?? 3;", "  return retry(tries, () => send(order));"];
    const send = (lines: string[]): string => shop(["export function ship(order, options) {", ...lines, "}"]);
    const { found, gitDir, ids } = await undone(
      ["Base", { "src/ship.js": send(retry) }],
      ["Fix orders that were sent twice", { "src/ship.js": send([]) }],
      ["Be robust", { "src/ship.js": send(retry) }],
    );
    const [, code] = found[0]?.evidence ?? [];
    expect(code).toMatchObject({ citation: { commit: ids[0] }, text: retry.join("\n") });
    expect(code?.why).toBe(`removed by ${ids[1]?.slice(0, 12)}`);
    expect(await keepResolving(gitDir, found[0]?.evidence ?? [])).toHaveLength(2);
  });

  it("takes no move, format run, import, text, lock file or generated file for it", async () => {
    const fix = "Fix taxes\n\nFixes #12";
    const tax = ["export function tax(net, rate) {", rounded, "}"];
    const moved = await undone(
      ["Base", { "src/tax.js": shop([]), "src/cents.js": shop([]) }],
      [fix, { "src/tax.js": shop(tax) }],
      ["Move", { "src/tax.js": shop([]), "src/cents.js": shop(tax) }],
    );
    expect(moved.found).toEqual([]);
    const formatted = "  return (\n    net * rate\n  );";
    const call = ["  shop.prepareAll(", "    orders, customers, settings", "  );"];
    const reformatted = await undone(
      ["Base", { "src/a.js": shop(call) }],
      [fix, { "src/a.js": shop(["  shop.prepareAll(orders, customers, settings);"]) }],
      ["Limits", { "src/a.js": shop([call[0] ?? "", "    orders, customers, settings, limits", "  );"]) }],
    );
    expect(reformatted.found).toEqual([]);
    const [first, second] = ["  const { orders, customers } = loadAll()", "    limits = limitsOf(customers);"];
    const comma = await undone(
      ["Base", { "src/a.js": shop([first]) }],
      [fix, { "src/a.js": shop([`${first},`, second]) }],
      ["Punctuation", { "src/a.js": shop([first, second]) }],
    );
    expect(comma.found).toEqual([]);
    const pairs: [string, string, string][] = [
      ["src/tax.js", withTax(plain), withTax(formatted)],
      [
        "src/tax.js",
        shop(['import { cents } from "./cents.js";']),
        shop(['import { cents, euros } from "./cents.js";']),
      ],
      ...["docs/taxes.md", "package-lock.json", "dist/tax.js", "CHANGES", "src/tax.min.js"].map(
        (path): [string, string, string] => [path, withTax(plain), withTax(rounded)],
      ),
    ];
    for (const [path, before, after] of pairs) {
      const { found } = await undone(
        ["Base", { [path]: before }],
        [fix, { [path]: after }],
        ["Back", { [path]: before }],
      );
      expect([path, found]).toEqual([path, []]);
    }
  });

  it("asks for the place of a line that may stand in several", async () => {
    const flip = (a: string, b: string): string =>
      shop([
        "export function first(order) {",
        "  validate(order);",
        a,
        "}",
        ...padding,
        "export function second(cart) {",
        "  prepare(cart);",
        b,
        "}",
      ]);
    const padding = Array.from({ length: 9 }, (_, n) => `// padding number ${n}`);
    const [yes, no] = ["  return isComplete === true;", "  return isComplete === false;"];
    const elsewhere = await undone(
      ["Base", { "src/order.js": flip(no, yes) }],
      ["Fix first", { "src/order.js": flip(yes, yes) }],
      ["Change second", { "src/order.js": flip(yes, no) }],
    );
    expect(elsewhere.found).toEqual([]);
    const here = await undone(
      ["Base", { "src/order.js": flip(no, yes) }],
      ["Fix first", { "src/order.js": flip(yes, yes) }],
      ["Change first", { "src/order.js": flip(no, yes) }],
    );
    expect(here.found).toHaveLength(1);
  });

  it("follows a file that was renamed since, and no other file", async () => {
    const renamed = await undone(
      ["Base", { "src/tax.js": withTax(plain) }],
      ["Round", { "src/tax.js": withTax(rounded) }],
      ["Rename", { "src/tax.js": null, "src/money/vat.js": withTax(rounded) }],
      ["Back", { "src/money/vat.js": withTax(plain) }],
    );
    expect(renamed.found.map(({ commit }) => commit.commit)).toEqual([renamed.ids[1]]);
    const other = await undone(
      ["Base", { "src/tax.js": withTax(plain), "src/vat.js": withTax(rounded) }],
      ["Round", { "src/tax.js": withTax(rounded) }],
      ["Back", { "src/vat.js": withTax(plain) }],
    );
    expect(other.found).toEqual([]);
  });

  it("names the newest of several that did the same, and nothing that is not the change's past", async () => {
    const { found, ids } = await undone(
      ["Base", { "src/tax.js": withTax(plain) }],
      ["Round", { "src/tax.js": withTax(rounded) }],
      ["Back", { "src/tax.js": withTax(plain) }],
      ["Round again", { "src/tax.js": withTax(rounded) }],
      ["Back again", { "src/tax.js": withTax(plain) }],
    );
    expect(found.map(({ commit }) => commit.commit)).toEqual([ids[3]]);
  });

  it("says nothing where the files of the past are not here any more", async () => {
    const { repository, change, history, changes, ids } = await past([
      ["Base", { "src/tax.js": withTax(plain) }],
      ["Round", { "src/tax.js": withTax(rounded) }],
      ["Back", { "src/tax.js": withTax(plain) }],
    ]);
    const oid = repository.git("rev-parse", `${ids[1]}:src/tax.js`);
    repository.remove(`.git/objects/${oid.slice(0, 2)}/${oid.slice(2)}`);
    expect(await findUndone(change, history, changes, { gitDir: repository.dir })).toEqual([]);
  });

  it("ends with the signal's error", async () => {
    const { repository, change, history, changes } = await past([
      ["Base", { "src/tax.js": withTax(plain) }],
      ["Round", { "src/tax.js": withTax(rounded) }],
      ["Back", { "src/tax.js": withTax(plain) }],
    ]);
    const options = { gitDir: repository.dir, signal: AbortSignal.abort(new Error("enough")) };
    await expect(findUndone(change, history, changes, options)).rejects.toThrow();
  });
});

describe("findPastHunks", () => {
  const wrapped = ["  lock(order, () => {", "    persist(order, database);", "  });"];
  const unsafe = ["  open(order, database);", "  persist(order, database);", "  close(order, database);"];
  const save = (lines: string[]): string => shop(["export function save(order, database) {", ...lines, "}"]);

  it("finds the same replacement in another file", async () => {
    const { found, ids, gitDir } = await repeated(
      ["Base", { "src/a.js": save(unsafe), "src/b.js": save(unsafe) }],
      ["Fix races (#7)", { "src/a.js": save(wrapped) }],
      ["The same for b", { "src/b.js": save(wrapped) }],
    );
    expect(found.map(({ commit, file }) => [commit.commit, file.path])).toEqual([[ids[1], "src/b.js"]]);
    expect(found[0]?.evidence[0]?.why).toMatch(/changed lines do what this commit did before; it came with #7$/);
    expect(await keepResolving(gitDir, found[0]?.evidence ?? [])).toHaveLength(2);
  });

  it("says how many places of a sweep were not looked for", async () => {
    const text = (verb: string): string =>
      Array.from({ length: 602 }, (_, i) => (i % 2 === 0 ? `${verb}Order(order${i});\n` : `keep(${i});\n`)).join("");
    const { change, history, changes, repository } = await past([
      ["Create", { "src/a.js": text("read") }],
      ["Sweep", { "src/a.js": text("write") }],
    ]);
    const { unsearched } = await findPastHunks(change, history, changes, { gitDir: repository.dir });
    expect(unsearched).toBe(1);
  });

  it("calls code that is added twice no news, unless it was taken back in between", async () => {
    const copied = await repeated(
      ["Base", { "src/a.js": save([]), "src/b.js": save([]) }],
      ["Feature", { "src/a.js": save(unsafe) }],
      ["Copy", { "src/b.js": save(unsafe) }],
    );
    expect(copied.found).toEqual([]);
    const { repository, ids } = copied;
    repository.git("revert", "--no-edit", ids[1] as string);
    const base = repository.git("rev-parse", "HEAD");
    repository.write("src/a.js", save(unsafe));
    const head = repository.commit("Feature again");
    const { change, history, changes } = await lookBack(repository, base, head);
    const options = { gitDir: repository.dir };
    const [again] = (await findPastHunks(change, history, changes, options)).repeated;
    expect([again?.commit.commit, again?.takenBackBy?.commit]).toEqual([ids[1], base]);
    expect(again?.evidence[0]?.why).toContain(`it was taken back by ${base.slice(0, 12)}`);
    const [back] = await findUndone(change, history, changes, options);
    expect(back?.commit.subject).toBe('Revert "Feature"');
  });
});

async function undone(...steps: Step[]) {
  const found = await past(steps);
  const options = { gitDir: found.repository.dir };
  return { ...found, found: await findUndone(found.change, found.history, found.changes, options) };
}

async function repeated(...steps: Step[]) {
  const found = await past(steps);
  const options = { gitDir: found.repository.dir };
  return { ...found, found: (await findPastHunks(found.change, found.history, found.changes, options)).repeated };
}

/** The last step is the change, the others are its past. */
async function past(steps: readonly Step[]) {
  const repository = temporaryRepository();
  const ids = steps.map(([message, files]) => {
    for (const [path, text] of Object.entries(files)) {
      if (text === null) repository.remove(path);
      else repository.write(path, text);
    }
    return repository.commit(message);
  });
  const [base, head] = ids.slice(-2) as [string, string];
  return { repository, gitDir: repository.dir, ids, ...(await lookBack(repository, base, head)) };
}

/** The change's own commit is among the indexed ones, as it is where somebody asks about an older commit. */
async function lookBack(repository: TestRepository, base: string, head: string) {
  const directory = mkdtempSync(join(tmpdir(), "past-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const { index } = await createMemoryHistoryStore().update("shop", repository.dir, [base]);
  const commits = repository.git("rev-list", "--no-merges", head).split("\n");
  const store = createSqlitePastChangesStore({ directory, kernel: createJsKernel() });
  const { changes } = await store.update("shop", repository.dir, commits);
  return { change: await readChange(repository.dir, base, head), history: index.at(base), changes };
}

/** Enough lines around that git sees a file that changes, and not another file. */
function shop(lines: readonly string[]): string {
  const before = ["// The shop.", "const settings = loadSettings();", "const version = settings.version;"];
  const after = ["", "export function describeShop() {", "  return `${settings.name} ${version}`;", "}"];
  return [...before, "", "start(settings, version);", "", ...lines, ...after].map((line) => `${line}\n`).join("");
}
