import { describe, expect, it } from "vitest";
import { keepResolving } from "../../../src/retrieval/citation.ts";
import { findFixingCommits } from "../../../src/retrieval/fixing-commits.ts";
import { readHistory } from "../../../src/retrieval/history.ts";
import { localise } from "../../../src/retrieval/localise.ts";
import { temporaryRepository, viewOf } from "./scenario.ts";

const CART =
  "export class Cart {\n  addItem(item) {\n    this.items.push(item);\n  }\n\n  grandTotal() {\n    return this.items.length;\n  }\n}\n";
const filler = (count: number): string =>
  Array.from({ length: count }, (_, i) => `const filler${i} = ${i};\n`).join("");

async function shop() {
  const repository = temporaryRepository();
  repository.write("src/cart.ts", filler(60) + CART);
  repository.write("src/checkout.ts", "export function checkout(cart) {\n  return cart.grandTotal();\n}\n");
  repository.write("src/mail.ts", "export function send(to, text) {\n  return [to, text];\n}\n");
  repository.write("test/cart.test.ts", `${CART}// Grand total: cart with items.\n`);
  repository.write("CHANGELOG.md", "The cart's grand total of items is wrong when empty.\n");
  repository.commit("Create the shop");
  repository.write("src/mail.ts", "export function send(to, text) {\n  return [to, text, 1];\n}\n");
  const commit = repository.commit("Confirmation letter is written in the wrong language");
  const view = await viewOf(repository, commit);
  const history = await readHistory(repository.dir, commit);
  const ask = (title: string, body = "") =>
    localise({ title, body }, view, history, { k: 5, citeCommit: () => commit });
  return { repository, ask };
}

describe("localise", () => {
  it("finds file and lines by their words, before the tests that use the same, and says which lists agreed", async () => {
    const { ask, repository } = await shop();

    const suspects = ask("The grand total of the cart is wrong", "I call `grandTotal` on a cart without items.");

    const paths = suspects.map(({ path }) => path);
    expect(paths[0]).toBe("src/cart.ts");
    expect(paths).toContain("test/cart.test.ts");
    expect(paths).not.toContain("CHANGELOG.md");
    expect(suspects[0]?.evidence.citation).toMatchObject({ startLine: 61, endLine: 67 });
    expect(suspects[0]?.contributions.map(({ list }) => list)).toEqual(["code search", "names mentioned"]);
    const evidence = suspects.map((suspect) => suspect.evidence);
    expect(await keepResolving(repository.dir, evidence)).toEqual(evidence);
  });

  it("believes a stack frame more than words, and cites its line", async () => {
    const { ask } = await shop();

    const [first] = ask(
      "Cart grand total wrong",
      "Error\n    at /srv/app/src/checkout.ts:2:10\n    at node:internal/x:1",
    );

    expect(first?.path).toBe("src/checkout.ts");
    expect(first?.evidence.citation).toMatchObject({ startLine: 1, endLine: 3 });
    expect(first?.evidence.why).toBe("named in the issue, 1st by the words it shares");
  });

  it("finds by history what code does not say", async () => {
    const { ask } = await shop();

    expect(ask("Wrong language of the confirmation")).toMatchObject([
      { path: "src/mail.ts", contributions: [{ list: "past commits", rank: 1 }] },
    ]);
  });

  it("puts tests first where the text is about tests", async () => {
    const { ask } = await shop();

    expect(ask("Flaky test of cart items grand total with the cart")[0]?.path).toBe("test/cart.test.ts");
  });
});

describe("findFixingCommits", () => {
  it("puts those that say so first, and cites the lines that they wrote", async () => {
    const repository = temporaryRepository();
    repository.write("a.ts", "one\ntwo\nthree\n");
    repository.commit("Create");
    repository.write("a.ts", "one\n++ b/x\n@@ -1 +1 @@\nthree\nfour");
    repository.write("package-lock.json", "{}\n");
    const fix = repository.commit("Count better (#31)\n\nFixes #30");
    repository.write("a.ts", "one\nthree\nfour\n");
    repository.commit("Note on #30, not on #301 or x/y#30");
    repository.commit("Fixes #301 and x/y#30");
    const history = await readHistory(repository.dir, "HEAD");

    const found = await findFixingCommits(repository.dir, history, 30, { k: 5 });

    expect(found.map(({ subject, pull, closes }) => [subject, pull, closes])).toEqual([
      ["Count better (#31)", 31, true],
      ["Note on #30, not on #301 or x/y#30", null, false],
    ]);
    const code = found[0]?.evidence.filter(({ citation }) => citation.kind === "code");
    expect(code?.map(({ citation, text }) => [citation, text])).toEqual([
      [{ kind: "code", path: "a.ts", startLine: 2, endLine: 3, commit: fix }, "++ b/x\n@@ -1 +1 @@"],
      [{ kind: "code", path: "a.ts", startLine: 5, endLine: 5, commit: fix }, "four"],
    ]);
    const evidence = found.flatMap((commit) => commit.evidence);
    expect(await keepResolving(repository.dir, evidence)).toEqual(evidence);
  });

  it("shows what a merge brought", async () => {
    const repository = temporaryRepository();
    repository.write("a.ts", "one\n");
    repository.commit("Create");
    repository.git("checkout", "--quiet", "-b", "side");
    repository.write("b.ts", "two\n");
    repository.commit("Work");
    repository.git("checkout", "--quiet", "main");
    repository.git("merge", "--quiet", "--no-ff", "-m", "Merge pull request #5 from x/side\n\nCloses: #4", "side");
    const history = await readHistory(repository.dir, "HEAD");

    const [found] = await findFixingCommits(repository.dir, history, 4);

    expect(found).toMatchObject({ pull: 5, closes: true });
    expect(found?.evidence.map(({ text }) => text)).toEqual(["Merge pull request #5 from x/side", "two"]);
  });
});
