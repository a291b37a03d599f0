import { describe, expect, it } from "vitest";
import { createUnitParser } from "../../../src/engram/units/tree-sitter-parser.ts";
import { createMemoryHistoryStore } from "../../../src/history/memory-history-store.ts";
import { keepResolving } from "../../../src/retrieval/citation.ts";
import { openCodeGraph } from "../../../src/retrieval/graph/open-code-graph.ts";
import { localise } from "../../../src/retrieval/localise.ts";
import { limits } from "../../../src/shared/limits.ts";
import { temporaryRepository, viewOf } from "./scenario.ts";

const filler = (count: number): string =>
  Array.from({ length: count }, (_, i) => `const filler${i} = ${i};\n`).join("");
/** Line 61: the class; 62: addItem; 66: grandTotal. */
const CART =
  filler(60) +
  "export class Cart {\n  addItem(item) {\n    this.items.push(item);\n  }\n\n" +
  "  grandTotal() {\n    return this.items.length;\n  }\n}\n";

async function shop(more: Record<string, string> = {}) {
  const repository = temporaryRepository();
  const files = {
    "src/cart.ts": CART,
    "src/checkout.ts": "export function checkout(cart) {\n  return cart.grandTotal();\n}\n",
    "src/mail.ts": "export function send(to, text) {\n  return [to, text];\n}\n",
    "test/cart.test.ts": `${CART.slice(CART.indexOf("export"))}// Grand total: cart with items.\n`,
    "CHANGELOG.md": "The cart's grand total of items is wrong when empty.\n",
    ...more,
  };
  for (const [path, text] of Object.entries(files)) repository.write(path, text);
  repository.commit("Create the shop");
  repository.write("src/mail.ts", "export function send(to, text) {\n  return [to, text, 1];\n}\n");
  const commit = repository.commit("Confirmation letter is written in the wrong language");
  const view = await viewOf(repository, commit);
  const { index } = await createMemoryHistoryStore().update("shop", repository.dir, [commit]);
  const sources = { view, history: index.at(commit), graph: openCodeGraph(view) };
  const units = createUnitParser();
  await units.prepare(view.paths());
  const ask = (title: string, body = "", k = 5) =>
    localise({ title, body }, sources, { k, citeCommit: () => commit, units });
  return { repository, ask };
}

const placeOf = ({ evidence: { citation }, symbol }: ReturnType<typeof localise>[number]) =>
  citation.kind === "code" ? [citation.path, citation.startLine, citation.endLine, symbol] : [];

describe("localise", () => {
  it("finds file, function and lines by their words, before the tests that use the same", async () => {
    const { ask, repository } = await shop();

    const suspects = ask("The grand total of the cart is wrong", "I call `grandTotal` on a cart without items.");

    expect(placeOf(suspects[0] as never)).toEqual(["src/cart.ts", 66, 68, "grandTotal"]);
    const paths = suspects.map(({ path }) => path);
    expect(paths).toContain("test/cart.test.ts");
    expect(paths).not.toContain("CHANGELOG.md");
    const evidence = suspects.map((suspect) => suspect.evidence);
    expect(await keepResolving(repository.dir, evidence)).toEqual(evidence);
  });

  it("says what each list added, and no more than all of it", async () => {
    const { ask } = await shop();

    for (const { evidence, contributions } of ask(
      "Cart grand total wrong",
      "Error\n    at /srv/src/checkout.ts:2:10",
    )) {
      const sum = contributions.reduce((total, { share }) => total + share, 0);
      expect(evidence.score).toBeCloseTo(sum, 10);
      expect(contributions.map(({ share }) => share)).toEqual(
        contributions.map(({ share }) => share).toSorted((a, b) => b - a),
      );
    }
  });

  it("puts a test behind code with the very same words, unless the text is about tests", async () => {
    const voucher = "export function deleteVoucher(code) {\n  return vouchers.delete(code);\n}\n";
    const { ask } = await shop({ "spec/voucher.ts": voucher, "zrc/voucher.ts": voucher });

    const [code, test] = ask("A voucher code is deleted");
    expect([code?.path, test?.path]).toEqual(["zrc/voucher.ts", "spec/voucher.ts"]);
    expect(code?.evidence.score).toBeGreaterThan(1.5 * (test?.evidence.score ?? 1));
    const [first, second] = ask("A voucher code is deleted, flaky");
    expect(new Set([first?.path, second?.path])).toEqual(new Set(["spec/voucher.ts", "zrc/voucher.ts"]));
    expect(first?.evidence.score).toBeLessThan(1.5 * (second?.evidence.score ?? 0));
  });

  it("puts tests first where the text is about tests", async () => {
    const { ask } = await shop();

    expect(ask("Flaky test of cart items grand total with the cart")[0]?.path).toBe("test/cart.test.ts");
  });

  it("finds by history what code does not say", async () => {
    const { ask } = await shop();

    expect(ask("Wrong language of the confirmation")[0]?.path).toBe("src/mail.ts");
  });

  it("says where a name is defined that the text mentions, also in a file without that line", async () => {
    const { ask } = await shop();

    const found = ask("`addItem` does nothing", "See src/cart.ts:9999, of my version.");

    expect(placeOf(found[0] as never)).toEqual(["src/cart.ts", 62, 64, "addItem"]);
  });
});

describe("stack traces", () => {
  it("count more than words: the innermost own frame first, with its function", async () => {
    const { ask } = await shop();

    const suspects = ask(
      "Mail language wrong: send mail text",
      "Error\n    at push (/srv/node_modules/lodash/src/mail.ts:2:1)\n    at Cart.addItem (/srv/app/src/cart.ts:63:5)\n" +
        "    at checkout (/srv/app/src/checkout.ts:2:10)\n    at node:internal/x:1",
    );

    expect(suspects.slice(0, 2).map(placeOf)).toEqual([
      ["src/cart.ts", 62, 64, "addItem"],
      ["src/checkout.ts", 1, 3, "checkout"],
    ]);
    expect(suspects[0]?.evidence.why).toMatch(/^innermost in the stack trace/);
    const shares = suspects.flatMap(({ contributions }) => contributions.filter(({ list }) => list === "stack trace"));
    expect(shares.map(({ rank, share }) => [rank, share])).toEqual([
      [1, 0.5],
      [2, 0.25],
    ]);
  });

  it("below node_modules are the repository's own where it is that package", async () => {
    const { ask } = await shop({ "package.json": '{ "name": "@shop/cart" }' });
    const trace = (name: string) => `Error\n    at x (/srv/node_modules/${name}/src/checkout.ts:2:10)`;
    const traced = (name: string) =>
      ask("It fails", trace(name)).flatMap(({ path, contributions }) =>
        contributions.some(({ list }) => list === "stack trace") ? [path] : [],
      );

    expect(traced("@shop/cart")).toEqual(["src/checkout.ts"]);
    expect(traced("@shop/other")).toEqual([]);
    const prose = ask("It fails", "in node_modules/@shop/other/src/checkout.ts, line 2").flatMap(
      (one) => one.contributions,
    );
    expect(prose.map(({ list }) => list)).not.toContain("named in the text");
  });

  it("of compiled code lead to the source, whose lines are others", async () => {
    const { ask } = await shop();

    const [first] = ask("It fails", "Error\n    at Cart.grandTotal (/app/dist/cart.js:3:10)");

    expect(placeOf(first as never)).toEqual(["src/cart.ts", 66, 68, "grandTotal"]);
  });

  it("of another program with a file of the same name say nothing", async () => {
    const { ask } = await shop({ "lib/index.ts": "export const unrelated = 1;\n" });

    const lists = ask("It fails", "Error\n    at x (/home/me/program/index.ts:1:1)").flatMap(
      (one) => one.contributions,
    );

    expect(lists.map(({ list }) => list)).not.toContain("stack trace");
    expect(lists.map(({ list }) => list)).not.toContain("named in the text");
  });

  it("are found at the end of a body as long as GitHub allows", async () => {
    const { ask } = await shop();
    const log = "2026-01-01T00:00:00Z INFO request completed with statusCode 200 in 12ms\n".repeat(1_000);
    const body = `${log.slice(0, limits.commentCharacters - 100)}\nError\n    at checkout (/app/src/checkout.ts:2:10)`;

    for (const text of [body, log.repeat(60) + body]) {
      const [first] = ask("It fails after a while", text);
      expect(placeOf(first as never)).toEqual(["src/checkout.ts", 1, 3, "checkout"]);
      expect(first?.evidence.why).toMatch(/^innermost in the stack trace/);
    }
  });
});

describe("bad input", () => {
  it("gives nothing for an empty tree", async () => {
    const repository = temporaryRepository();
    const commit = repository.commit("Nothing yet");
    const view = await viewOf(repository, commit);
    const { index } = await createMemoryHistoryStore().update("empty", repository.dir, [commit]);
    const sources = { view, history: index.at(commit), graph: openCodeGraph(view) };

    expect(
      localise({ title: "It fails", body: "at f (a.ts:1:1)" }, sources, { k: 5, citeCommit: () => commit }),
    ).toEqual([]);
  });

  it("does without grammars", async () => {
    const repository = temporaryRepository();
    repository.write("src/cart.ts", CART);
    const commit = repository.commit("Cart");
    const view = await viewOf(repository, commit);
    const { index } = await createMemoryHistoryStore().update("plain", repository.dir, [commit]);
    const sources = { view, history: index.at(commit), graph: openCodeGraph(view) };
    const issue = { title: "`addItem` fails", body: "" };

    const [first] = localise(issue, sources, { k: 1, citeCommit: () => commit });
    expect(placeOf(first as never)).toEqual(["src/cart.ts", 62, 64, "addItem"]);
  });
});
