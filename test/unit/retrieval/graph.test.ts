import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EngramView } from "../../../src/engram/engram.ts";
import { createMemoryEngramStore } from "../../../src/engram/memory-engram-store.ts";
import { openCodeGraph } from "../../../src/retrieval/graph/open-code-graph.ts";
import { pushPageRank } from "../../../src/retrieval/graph/page-rank.ts";
import { textFile, treeSource } from "../../conformance/engram-store-history.ts";
import { createScenario, type Files, temporaryRepository, viewOf } from "./scenario.ts";

async function treeOf(files: Record<string, string>): Promise<EngramView> {
  const repository = temporaryRepository();
  for (const [path, text] of Object.entries(files)) repository.write(path, text);
  return viewOf(repository, repository.commit("Tree"));
}

const paths = (neighbours: { path: string }[]): string[] => neighbours.map(({ path }) => path);

describe("openCodeGraph", () => {
  it.each<[string, string, string, Record<string, string>]>([
    [
      "TypeScript",
      "src/shop.ts",
      "src/prices/net.ts",
      {
        "src/prices/net.ts": "export function netPrice(x: number) {\n  return x;\n}\n",
        "src/shop.ts": 'import { netPrice } from "./prices/net.js";\nexport const total = netPrice(1);\n',
      },
    ],
    [
      "TypeScript by the module alone",
      "src/shop.ts",
      "src/prices/index.ts",
      {
        "src/prices/index.ts": "export default { rate: 3 };\n",
        "src/shop.ts": 'import prices from "./prices";\nexport const total = prices.rate;\n',
      },
    ],
    [
      "Python",
      "app/shop.py",
      "app/prices.py",
      {
        "app/prices.py": "def net_price(x):\n    return x\n",
        "app/shop.py": "from .prices import net_price\n\nprint(net_price(1))\n",
      },
    ],
    [
      "Python by the module alone",
      "tests/test_shop.py",
      "src/app/prices.py",
      { "src/app/prices.py": "rate = 1\n", "tests/test_shop.py": "from app import prices\n\nprint(prices.rate)\n" },
    ],
    [
      "Go by the package",
      "cmd/shop.go",
      "prices/net.go",
      {
        "go.mod": "module example.org/shop\n",
        "prices/net.go": "package prices\n\nconst rate = 1\n",
        "cmd/shop.go": 'package main\n\nimport "example.org/shop/prices"\n\nvar r = prices.Rate\n',
      },
    ],
    [
      "Go by a name",
      "shop.go",
      "net.go",
      {
        "net.go": "package shop\n\nfunc NetPrice(x int) int { return x }\n",
        "shop.go": "package shop\n\nvar p = NetPrice(1)\n",
      },
    ],
    [
      "Java",
      "src/org/shop/Shop.java",
      "src/org/prices/Rates.java",
      {
        "src/org/prices/Rates.java": "package org.prices;\n\npublic interface Rates {\n}\n",
        "src/org/shop/Shop.java": "package org.shop;\n\nimport org.prices.Rates;\n\nclass Shop {\n  Rates rates;\n}\n",
      },
    ],
    [
      "Rust",
      "src/shop.rs",
      "src/prices/net.rs",
      {
        "src/prices/net.rs": "pub fn net_price(x: i32) -> i32 {\n    x\n}\n",
        "src/shop.rs": "use crate::prices::net::net_price;\n\nfn total() -> i32 {\n    net_price(1)\n}\n",
      },
    ],
    [
      "Ruby",
      "bin/shop.rb",
      "lib/prices/net.rb",
      {
        "lib/prices/net.rb": "RATE = 1\n",
        "bin/shop.rb": 'require_relative "../lib/prices/net"\n\nputs RATE\n',
      },
    ],
    [
      "C",
      "src/shop.c",
      "include/net_price.h",
      { "include/net_price.h": "#define RATE 1\n", "src/shop.c": '#include "net_price.h"\n\nint r = RATE;\n' },
    ],
    [
      "PHP",
      "src/Shop.php",
      "src/Prices/Net.php",
      {
        "src/Prices/Net.php": "<?php\nnamespace App\\Prices;\ninterface Net {}\n",
        "src/Shop.php": "<?php\nnamespace App;\nuse App\\Prices\\Net;\nfunction total(Net $n) {}\n",
      },
    ],
  ])("ties %s", async (_, user, home, files) => {
    const others = { "notes.md": "net_price netPrice NetPrice prices\n", "data/other.txt": "prices\n" };
    const graph = openCodeGraph(await treeOf({ ...files, ...others }));

    expect(paths(graph.uses(user))).toEqual([home]);
    expect(paths(graph.users(home))).toEqual([user]);
    expect(paths(graph.uses(home))).toEqual([]);
    expect(paths(graph.rank(new Map([[user, 1]]), 2))).toEqual([user, home]);
  });

  it("ties by rare names more than by common ones, and by no name of another language", async () => {
    const common = Object.fromEntries(
      Array.from({ length: 8 }, (_, i) => [`lib/part${i}.js`, `exports.start = () => ${i};\n`]),
    );
    const graph = openCodeGraph(
      await treeOf({
        ...common,
        "lib/rare.js": "exports.settleAccounts = () => 1;\n",
        "main.js": "run.start();\nrun.settleAccounts();\n",
        "tool.py": "def settleAccounts():\n    pass\n",
      }),
    );

    const [first, ...others] = graph.uses("main.js");
    expect(first?.path).toBe("lib/rare.js");
    expect(others).toHaveLength(8);
    expect(others.every(({ weight }) => weight < (first?.weight ?? 0) / 20)).toBe(true);
  });

  it("does not take a word in a comment or a string for a use or an import", async () => {
    const graph = openCodeGraph(
      await treeOf({
        "net.ts": "export function netPrice() {}\n",
        "other.ts": '// import { netPrice } from "./net.ts"; netPrice()\nexport const text = "./net.ts netPrice()";\n',
      }),
    );

    expect(graph.users("net.ts")).toEqual([]);
    expect(graph.uses("other.ts")).toEqual([]);
  });

  it("knows nothing around a file that is not there", async () => {
    const graph = openCodeGraph(await treeOf({ "a.ts": "export {};\n" }));

    expect(graph.users("gone.ts")).toEqual([]);
    expect(graph.rank(new Map([["gone.ts", 2]]), 5)).toEqual([{ path: "gone.ts", score: 0.5 }]);
  });

  it("of a change laid over an engram is the graph of the joint tree", async () => {
    const names = ["alpha", "beta", "gamma"];
    const line = fc.constantFrom(
      ...names.flatMap((name) => [
        `export function ${name}() {}`,
        `${name}();`,
        `import { ${name} } from "./${name}.ts";`,
        `import "./sub/${name}";`,
      ]),
    );
    const text = fc.array(line, { maxLength: 4 }).map((lines) => lines.join("\n") + "\n");
    const path = fc.constantFrom(...names.flatMap((name) => [`${name}.ts`, `sub/${name}.ts`]));
    const tree = fc.dictionary(path, text, { minKeys: 1, maxKeys: 6 });
    const change = fc.dictionary(path, fc.option(text), { minKeys: 1, maxKeys: 3 });
    await fc.assert(
      fc.asyncProperty(tree, change, async (before, after) => {
        const present = Object.entries(after).filter(([name, now]) => now !== null || name in before);
        const joint: Files = { ...before, ...Object.fromEntries(present) };
        const store = createMemoryEngramStore();
        const open = async (key: string, files: Files) => (await store.updateFrom(key, sourceOf(files))).engram;
        const laid = await (await open("before", before)).overlay(new Map(present), "after");
        const [over, fresh] = [openCodeGraph(laid), openCodeGraph(await open("fresh", joint))];
        for (const one of laid.paths()) {
          expect(over.users(one)).toEqual(fresh.users(one));
          expect(over.uses(one)).toEqual(fresh.uses(one));
          expect(over.rank(new Map([[one, 1]]), 9)).toEqual(fresh.rank(new Map([[one, 1]]), 9));
        }
      }),
      { numRuns: 25 },
    );
  });

  it("answers the same in the tree of a real change", async () => {
    const { view, repository, change } = await createScenario(
      {
        "a.ts": "export function first() {}\n",
        "b.ts": 'import { first } from "./a.ts";\nfirst();\n',
        "c.ts": "second();\n",
      },
      { "a.ts": "export function second() {}\n" },
    );
    const fresh = openCodeGraph(await viewOf(repository, change.head));

    expect(paths(openCodeGraph(view).users("a.ts"))).toEqual(["b.ts", "c.ts"]);
    expect(openCodeGraph(view).users("a.ts")).toEqual(fresh.users("a.ts"));
  });
});

describe("pushPageRank", () => {
  it("comes close to the power iteration it stands for", () => {
    const ties: Record<string, [string, number][]> = {
      a: [
        ["b", 2],
        ["c", 1],
      ],
      b: [
        ["a", 2],
        ["c", 1],
      ],
      c: [
        ["a", 1],
        ["b", 1],
        ["d", 3],
      ],
      d: [["c", 3]],
    };
    const seeds = new Map([
      ["a", 3],
      ["d", 1],
    ]);
    const pushed = pushPageRank(seeds, (path) => (ties[path] ?? []).map(([to, weight]) => ({ path: to, weight })));
    let exact: Record<string, number> = { a: 0.75, b: 0, c: 0, d: 0.25 };
    for (let step = 0; step < 100; step++) {
      const next: Record<string, number> = { a: 0.375, b: 0, c: 0, d: 0.125 };
      for (const [from, neighbours] of Object.entries(ties)) {
        const sum = neighbours.reduce((total, [, weight]) => total + weight, 0);
        for (const [to, weight] of neighbours) next[to] = (next[to] ?? 0) + (0.5 * (exact[from] ?? 0) * weight) / sum;
      }
      exact = next;
    }

    for (const [path, score] of Object.entries(exact)) expect(pushed.get(path)).toBeCloseTo(score, 2);
  });
});

function sourceOf(files: Files) {
  return treeSource(
    new Map(Object.entries(files).flatMap(([path, text]) => (text === null ? [] : [[path, textFile(text)]]))),
  );
}
