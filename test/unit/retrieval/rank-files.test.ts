import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMemoryEngramStore } from "../../../src/engram/memory-engram-store.ts";
import { createMemoryHistoryStore } from "../../../src/history/memory-history-store.ts";
import { openCodeGraph } from "../../../src/retrieval/graph/open-code-graph.ts";
import { sampleCompanions, sampleLocalisation } from "../../../src/retrieval/learn-floors.ts";
import { rankFilesForLines, rankFilesForText } from "../../../src/retrieval/rank-files.ts";
import type { RankingSources } from "../../../src/retrieval/ranked-file.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";

/** A shop whose invoices and their template change together, though they share no word. */
const files: Record<string, string> = {
  "billing/invoice.py": "def render_invoice(positions):\n    return sum(positions) * tax_rate\n",
  "templates/letter.hbs": "<h1>Dear customer</h1>\n<p>{{salutation}}</p>\n",
  "src/shipping.ts": "export function shipParcel(order) {\n  return carrier.book(order.address);\n}\n",
  "src/carrier.ts": "export const carrier = { book(address) { return label(address); } };\n",
  "test/shipping.test.ts": 'import { shipParcel } from "../src/shipping.ts";\nit("ships", () => shipParcel(order));\n',
  "docs/manual.md": "# Manual\n\nParcels are handed to a carrier.\n",
};

let repository: TestRepository;
const engrams = createMemoryEngramStore();
const histories = createMemoryHistoryStore();

async function sourcesAt(commit: string): Promise<RankingSources> {
  const { engram } = await engrams.update("shop", repository.dir, commit);
  const { index } = await histories.update("shop", repository.dir, [commit]);
  return { view: engram, history: index.at(commit), graph: openCodeGraph(engram) };
}

const paths = (ranked: { path: string }[]) => ranked.map(({ path }) => path);

let head: string;

beforeAll(() => {
  repository = createRepository();
  for (const [path, text] of Object.entries(files)) repository.write(path, text);
  repository.commit("First shop");
  for (let i = 1; i <= 4; i++) {
    repository.write("src/carrier.ts", `${files["src/carrier.ts"]}// ${i}\n`);
    repository.commit(`Labels of the carrier are wider ${i}`);
    repository.write("billing/invoice.py", `${files["billing/invoice.py"]}# rounding ${i}\n`);
    repository.write("templates/letter.hbs", `${files["templates/letter.hbs"]}<!-- ${i} -->\n`);
    repository.commit(`Rounding of dunning notices, part ${i}`);
  }
  head = repository.commit("Nothing changes here at all");
});

afterAll(() => repository.dispose());

describe("ranking files for a text", () => {
  it("puts the file that says it first, and says which lists named it", async () => {
    const [first] = rankFilesForText("shipParcel loses the address of an order", await sourcesAt(head), { k: 3 });
    expect(first?.path).toBe("src/shipping.ts");
    const lists = first?.contributions.map(({ list }) => list) ?? [];
    expect(lists).toEqual(expect.arrayContaining(["code", "title", "defined names", "walk"]));
    const sum = first?.contributions.reduce((total, { share }) => total + share, 0);
    expect(sum).toBeCloseTo(first?.score ?? Number.NaN, 10);
    expect(first?.score).toBeLessThanOrEqual(1);
    const shares = first?.contributions.map(({ share }) => share) ?? [];
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
  });

  it("finds a file by what was said whenever it changed, though it holds no such word", async () => {
    const found = rankFilesForText("dunning notices are wrong", await sourcesAt(head), { k: 2 });
    expect(paths(found).toSorted()).toEqual(["billing/invoice.py", "templates/letter.hbs"]);
    expect(found[0]?.contributions.map(({ list }) => list)).toContain("messages of files");
  });

  it("finds the files of a commit that the text names", async () => {
    const commit = repository.git("log", "-1", "--format=%h", "--grep=dunning notices, part 2");
    const found = rankFilesForText(`Broken since ${commit}0`.slice(0, -1), await sourcesAt(head), { k: 2 });
    expect(found[0]?.contributions.map(({ list }) => list)).toContain("named commits");
  });

  it("sees nothing newer than the history and the tree it is given", async () => {
    const first = repository.git("rev-list", "--max-parents=0", "HEAD");
    expect(rankFilesForText("dunning notices", await sourcesAt(first), { k: 5 })).toEqual([]);
  });

  it("keeps to the files that are asked for", async () => {
    const filter = (path: string) => path.startsWith("docs/");
    const found = rankFilesForText("carrier of parcels", await sourcesAt(head), { k: 5, filter });
    expect(paths(found)).toEqual(["docs/manual.md"]);
  });
});

describe("ranking files for changed lines", () => {
  const lines = {
    path: "billing/invoice.py",
    removed: ["    sum(positions) * tax_rate"],
    added: ["    half_even(sum(positions))"],
  };

  it("names what usually changes along, though it shares no word", async () => {
    const [first] = rankFilesForLines(lines, await sourcesAt(head), { k: 3 });
    expect(first?.path).toBe("templates/letter.hbs");
    expect(first?.contributions[0]?.list).toMatch(/changed along|usual|last change/);
  });

  it("names the test and never the file itself", async () => {
    const own = "src/shipping.ts";
    const change = { path: own, removed: ["  return carrier.book(order.address);"], added: ["  return null;"] };
    const found = paths(rankFilesForLines(change, await sourcesAt(head), { k: 10 }));
    expect(found.slice(0, 2).toSorted()).toEqual(["src/carrier.ts", "test/shipping.test.ts"]);
    expect(found).not.toContain(own);
  });

  it("takes lines around into account", async () => {
    const change = { path: "src/new.ts", removed: [], added: ["  twice();"] };
    const context = ["salutation", "customer"];
    const found = rankFilesForLines({ ...change, context }, await sourcesAt(head), { k: 10 });
    expect(found.find(({ path }) => path === "templates/letter.hbs")?.contributions.map(({ list }) => list)).toContain(
      "code",
    );
  });
});

describe("bad input", () => {
  it("answers an empty tree, unknown words and no words with nothing", async () => {
    const sources = await sourcesAt(head);
    for (const text of ["", " \n ", "zzqx wwvy", "§§ ?!"]) {
      expect(rankFilesForText(text, sources, { k: 5 })).toEqual([]);
    }
    const { engram } = await engrams.updateFrom("empty", {
      revision: "tree-0",
      entries: async () => [],
      sizes: async () => new Map(),
      async *blobs() {},
    });
    const empty = { ...sources, view: engram, graph: openCodeGraph(engram) };
    expect(rankFilesForText("carrier", empty, { k: 5 })).toEqual([]);
    expect(rankFilesForLines({ path: "a.ts", removed: ["a"], added: ["b"] }, empty, { k: 5 })).toEqual([]);
  });

  it("ranks by code and names alone where there is no history", async () => {
    const sources = await sourcesAt(head);
    const none = {
      ...sources.history,
      commits: [],
      commitsOf: () => [],
      searchMessages: () => [],
      positionOf: () => null,
      parentsOf: () => [],
    };
    const found = rankFilesForText("shipParcel", { ...sources, history: none }, { k: 1 });
    expect(paths(found)).toHaveLength(1);
    expect(found[0]?.path).toMatch(/shipping/);
    expect(found[0]?.contributions.every(({ list }) => !/messages|commits|usual/.test(list))).toBe(true);
  });

  it("takes a text of 65,000 characters", async () => {
    const text = "parcel `shipParcel` order.address #12 abc1234 src/shipping.ts ".repeat(1_200).slice(0, 65_000);
    expect(rankFilesForText(text, await sourcesAt(head), { k: 1 })[0]?.path).toBe("src/shipping.ts");
  });
});

describe("samples for floors", () => {
  it("asks past commits in the tree and the past of their parents", async () => {
    const asked: string[] = [];
    const { history } = await sourcesAt(head);
    const samples = await sampleLocalisation(
      history,
      (commit) => {
        asked.push(commit);
        return sourcesAt(commit);
      },
      { commits: 3, shown: 2 },
    );
    const parents = repository.git("log", "-3", "--skip=1", "--format=%P").split("\n").toReversed();
    expect(asked).toEqual(parents);
    expect(samples.length).toBeGreaterThan(3);
    expect(samples.some(({ right }) => right)).toBe(true);
  });

  it("judges companions by what was known before each commit", async () => {
    const { history } = await sourcesAt(head);
    const { index } = await histories.update("shop", repository.dir, [head]);
    const options = { commits: 100, shown: 3, leastTogether: 2 };
    const samples = sampleCompanions(history, (commit) => index.at(commit), options);
    // Before parts 2, 3 and 4 the pair had changed together twice or more; each of the two names the other.
    expect(samples.filter(({ right }) => right)).toHaveLength(6);
  });
});
