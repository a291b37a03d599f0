import { describe, expect, it } from "vitest";
import { keepResolving } from "../../../src/retrieval/citation.ts";
import { findNearCopies } from "../../../src/retrieval/near-copies.ts";
import { createScenario, type Files } from "./scenario.ts";

const retry = (name: string, call: string, delay: string): string => `
export async function ${name}(attempts) {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const response = await ${call}({ timeout: 1000 });
    if (response.ok) return response.body;
    const delay = ${delay};
    await sleep(delay, { signal: controller.signal });
  }
  throw new Error("gave up");
}
`;
const LINEAR = "attempt * baseDelay + jitter(attempt, 50)";
const EXPONENTIAL = "baseDelay * 2 ** attempt + jitter(attempt, 50)";

const sum = (price: string): string =>
  `const total = items.reduce((sum, item) => sum + ${price} * item.count * (1 + item.tax), shippingCost);\n`;

async function nearCopies(before: Files, after: Files) {
  const scenario = await createScenario(before, after);
  const { citeCommit } = scenario;
  return { ...findNearCopies(scenario.change, scenario.view, { citeCommit }), scenario };
}

describe("findNearCopies", () => {
  it("finds the copy that a change forgot, cites it where it stands, and says what the change did", async () => {
    const { found, scenario } = await nearCopies(
      {
        "src/users.ts": retry("loadUser", "fetchUser", LINEAR),
        "src/orders.ts": "// Orders.\n" + retry("loadOrder", "fetchOrder", LINEAR),
        "src/other.ts": "export const unrelated = [1, 2, 3].map((value) => value * 2);\n",
      },
      { "src/users.ts": retry("loadUser", "fetchUser", EXPONENTIAL) },
    );

    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      anchor: { path: "src/users.ts", startLine: 6, endLine: 6, side: "RIGHT" },
      removed: [`    const delay = ${LINEAR};`],
      added: [`    const delay = ${EXPONENTIAL};`],
      copies: [{ similarity: 1, renamed: [], differences: [] }],
    });
    const evidence = found.flatMap(({ copies }) => copies.map((copy) => copy.evidence));
    expect(evidence[0]?.citation).toMatchObject({ path: "src/orders.ts", commit: scenario.change.base });
    expect(evidence[0]?.text).toContain(LINEAR);
    expect(await keepResolving(scenario.gitDir, evidence)).toEqual(evidence);
  });

  it("sends nobody to one place twice, though two edits looked like it", async () => {
    const { found } = await nearCopies(
      {
        "src/a.ts": retry("loadUser", "fetchUser", LINEAR) + retry("loadOrder", "fetchOrder", LINEAR),
        "src/b.ts": retry("loadItem", "fetchItem", LINEAR),
      },
      { "src/a.ts": retry("loadUser", "fetchUser", EXPONENTIAL) + retry("loadOrder", "fetchOrder", EXPONENTIAL) },
    );

    expect(found.map(({ copies }) => copies.map(({ evidence }) => evidence.citation))).toMatchObject([
      [{ path: "src/b.ts" }],
    ]);
  });

  it("looks for the edits of those files that are asked about", async () => {
    const { scenario } = await nearCopies(
      { "src/a.ts": retry("loadUser", "fetchUser", LINEAR), "src/b.ts": retry("loadItem", "fetchItem", LINEAR) },
      { "src/a.ts": retry("loadUser", "fetchUser", EXPONENTIAL) },
    );
    const { change, view, citeCommit } = scenario;
    const found = (isAsked: (path: string) => boolean) => findNearCopies(change, view, { citeCommit, isAsked }).found;
    expect(found((path) => path === "src/a.ts")).toHaveLength(1);
    expect(found((path) => path !== "src/a.ts")).toEqual([]);
  });

  it("finds a copy in the file that was edited, and cites it at the head", async () => {
    const { found, scenario } = await nearCopies(
      { "src/a.ts": retry("loadUser", "fetchUser", LINEAR) + retry("loadOrder", "fetchOrder", LINEAR) },
      {
        "src/a.ts":
          retry("loadUser", "fetchUser", `${EXPONENTIAL} +\n      1`) + retry("loadOrder", "fetchOrder", LINEAR),
      },
    );

    expect(found[0]?.copies.map(({ evidence }) => evidence.citation)).toEqual([
      { kind: "code", path: "src/a.ts", startLine: 16, endLine: 17, commit: scenario.change.head },
    ]);
    const evidence = found.flatMap(({ copies }) => copies.map((copy) => copy.evidence));
    expect(await keepResolving(scenario.gitDir, evidence)).toEqual(evidence);
  });

  it("reports renamed names and a lower similarity", async () => {
    const { found } = await nearCopies(
      {
        "src/a.py":
          "def total_price(order):\n    price = sum(line.price * line.count for line in order.lines)\n    return round(price * (1 - order.discount), 2)\n",
        "src/b.py":
          "def total_cost(cart):\n    price = sum(line.price * line.count for line in cart.lines)\n    return round(price * (1 - cart.discount), 2)\n",
      },
      {
        "src/a.py":
          "def total_price(order):\n    price = sum(line.net * line.count for line in order.positions)\n    return order.currency.round(price * (1 - order.rebate), 2)\n",
      },
    );

    expect(found).toHaveLength(1);
    expect(found[0]?.copies[0]?.renamed).toEqual([{ old: "order", copy: "cart" }]);
    expect(found[0]?.copies[0]?.similarity).toBeGreaterThan(0.7);
    expect(found[0]?.copies[0]?.similarity).toBeLessThan(1);
    expect(found[0]?.copies[0]?.evidence.why).toContain("order → cart");
  });

  it("takes neighbours into account where the replaced line alone is too short to be recognised", async () => {
    const loop = (name: string, operator: string): string =>
      `function ${name}(items, visit) {\n  const results = [];\n  let i = 0;\n  while (i ${operator} items.length) {\n    results.push(visit(items[i++]));\n  }\n  return results;\n}\n`;
    const { found } = await nearCopies(
      { "a.js": loop("mapAll", "<="), "b.js": loop("collect", "<="), "c.js": loop("gather", "<") },
      { "a.js": loop("mapAll", "<") },
    );

    expect(found.flatMap(({ copies }) => copies.map(({ evidence }) => evidence.citation))).toMatchObject([
      { path: "b.js" },
    ]);
    expect(found[0]?.removedWords).toBeLessThan(8);
  });

  it("finds all siblings in one file, above and below the edit", async () => {
    const file = (delay: string): string =>
      retry("one", "getOne", LINEAR).replace("sleep", "pause") +
      retry("two", "getTwo", delay) +
      retry("three", "getThree", LINEAR) +
      retry("four", "getFour", LINEAR).replace("sleep", "pause");
    const { found } = await nearCopies({ "a.ts": file(LINEAR) }, { "a.ts": file(EXPONENTIAL) });

    expect(found[0]?.copies.map(({ evidence }) => evidence.citation)).toMatchObject([
      { startLine: 5, endLine: 6 },
      { startLine: 25, endLine: 26 },
      { startLine: 35, endLine: 36 },
    ]);
  });

  it.each<[string, Files, Files]>([
    [
      "a copy that already has the new code",
      { "a.ts": `${sum("item.price")}a();\n`, "b.ts": `${sum("item.net")}b();\n` },
      { "a.ts": `${sum("item.net")}a();\n` },
    ],
    [
      "a relative of a short line, however alike its neighbours",
      {
        "a.js": "const results = createResults(firstOption, secondOption);\nwhile (i <= items.length) visit();\n",
        "b.js": "const results = createResults(firstOption, secondOption);\nwhile (i <= users.length) visit();\n",
      },
      { "a.js": "const results = createResults(firstOption, secondOption);\nwhile (i < items.length) visit();\n" },
    ],
    [
      "a copy that is quite different from the old code as well",
      { "a.ts": retry("one", "get", LINEAR), "b.ts": retry("two", "get", EXPONENTIAL) },
      { "a.ts": retry("one", "get", EXPONENTIAL) },
    ],
    [
      "an idiom that stands in many places",
      Object.fromEntries(["a", "b", "c", "d", "e"].map((name) => [`${name}.ts`, retry(name, name, LINEAR)])),
      { "a.ts": retry("a", "a", EXPONENTIAL) },
    ],
    [
      "a copy that the change edits as well",
      { "a.ts": retry("one", "get", LINEAR), "b.ts": retry("two", "get", LINEAR) },
      { "a.ts": retry("one", "get", EXPONENTIAL), "b.ts": retry("two", "get", EXPONENTIAL) },
    ],
    [
      "a copy that the change deletes",
      { "a.ts": retry("one", "get", LINEAR), "b.ts": retry("two", "get", LINEAR) },
      { "a.ts": retry("one", "get", EXPONENTIAL), "b.ts": null },
    ],
    [
      "code that the change moved elsewhere",
      { "a.ts": retry("one", "get", LINEAR), "b.ts": "export {};\n" },
      { "a.ts": "export {};\n", "b.ts": retry("one", "get", LINEAR) },
    ],
    [
      "whitespace",
      { "a.ts": retry("one", "get", LINEAR), "b.ts": retry("two", "get", LINEAR) },
      { "a.ts": retry("one", "get", LINEAR).replaceAll("    ", "\t\t") },
    ],
    [
      "imports",
      {
        "a.ts": 'import { one, two, three, four, five, six } from "./shared/all-of-it";\n',
        "b.ts": 'import { one, two, three, four, five, six } from "./shared/all-of-it";\n',
      },
      { "a.ts": 'import { one, two, three, four, five, seven } from "./shared/all-of-it";\n' },
    ],
    [
      "comments",
      {
        "a.ts": "// The quick brown fox jumps over the lazy dog every single day.\nexport {};\n",
        "b.ts": "// The quick brown fox jumps over the lazy dog every single day.\nexport {};\n",
      },
      { "a.ts": "// The quick brown fox walks around the lazy dog every single day.\nexport {};\n" },
    ],
    [
      "vendored copies",
      { "a.ts": retry("one", "get", LINEAR), "vendor/b.ts": retry("two", "get", LINEAR) },
      { "a.ts": retry("one", "get", EXPONENTIAL) },
    ],
    [
      "too few words",
      { "a.ts": "export const limit = 10;\n", "b.ts": "export const limit = 10;\n" },
      { "a.ts": "export const limit = 20;\n" },
    ],
  ])("is silent about %s", async (_, before, after) => {
    expect((await nearCopies(before, after)).found).toEqual([]);
  });
});
