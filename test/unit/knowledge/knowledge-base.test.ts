import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { openKnowledge } from "../../../src/api/open-knowledge.ts";
import type { EngramStore } from "../../../src/engram/engram.ts";
import { createMemoryEngramStore } from "../../../src/engram/memory-engram-store.ts";
import { createSqliteEngramStore } from "../../../src/engram/sqlite-engram-store.ts";
import { type CollectionId, parseCollectionId, parseScope, sharedScopes } from "../../../src/knowledge/collections.ts";
import { documentSource } from "../../../src/knowledge/document-source.ts";
import { engramFolder } from "../../../src/knowledge/engram-folder.ts";
import { createKnowledgeBase, type KnowledgeBase } from "../../../src/knowledge/knowledge-base.ts";
import { createOpenEngrams } from "../../../src/knowledge/open-engrams.ts";
import { readDocument } from "../../../src/knowledge/read-document.ts";
import { makePdf } from "../../helpers/documents.ts";

const parent = mkdtempSync(join(tmpdir(), "knowledge-"));
const opened: KnowledgeBase[] = [];
let folder: string;
let knowledge: KnowledgeBase;

beforeEach(() => {
  folder = mkdtempSync(join(parent, "base-"));
  knowledge = open();
});

afterAll(() => {
  for (const base of opened) base.close();
  rmSync(parent, { recursive: true, force: true });
});

function open(): KnowledgeBase {
  const base = openKnowledge(folder);
  opened.push(base);
  return base;
}

const papers = parseCollectionId("research/papers");
const read = (name: string, text: string) => readDocument(name, Buffer.from(text));

async function add(id: CollectionId | string, ...texts: [string, string][]) {
  const documents = await Promise.all(texts.map(([name, text]) => read(name, text)));
  return knowledge.add(typeof id === "string" ? parseCollectionId(id) : id, documents);
}

const search = (query: string, ...scopes: string[]) =>
  knowledge.search(query, {
    k: 5,
    scopes: scopes.length === 0 ? sharedScopes : scopes.map(parseScope),
    repository: null,
  });

describe("documents", () => {
  it("are replaced by name, and others stay", async () => {
    const first = await add(papers, ["a.md", "# A\n\napples\n"], ["b.md", "# B\n\nbananas\n"], ["d.md", "dates\n"]);
    expect(first).toEqual({ added: 3, replaced: 0, unchanged: 0 });
    const second = await add(papers, ["b.md", "# B\n\nberries\n"], ["a.md", "# A\n\napples\n"], ["c.md", "cherries\n"]);
    expect(second).toEqual({ added: 1, replaced: 1, unchanged: 1 });
    expect((await knowledge.documents(papers)).map(({ name }) => name)).toEqual(["a.md", "b.md", "c.md", "d.md"]);
    expect(await search("bananas")).toEqual([]);
    expect(await search("dates")).toHaveLength(1);
    expect(await search("berries")).toMatchObject([{ document: "b.md", heading: ["B"], startLine: 1 }]);
    expect(await search("apples")).toMatchObject([{ collection: "research/papers", document: "a.md", line: 3 }]);
  });

  it("are seen by whoever opens the folder later, and by one that has it open", async () => {
    await add(papers, ["a.md", "apples\n"]);
    const other = open();
    const ask = (query: string) => other.search(query, { k: 5, scopes: sharedScopes, repository: null });
    expect(await ask("apples")).toHaveLength(1);
    await add(papers, ["b.md", "bananas\n"]);
    expect(await ask("bananas")).toHaveLength(1);
  });

  it("are removed one by one; with the last one the collection is gone", async () => {
    await add(papers, ["a.md", "apples\n"], ["b.md", "bananas\n"]);
    expect(await knowledge.remove(papers, ["a.md", "none.md"])).toEqual(["a.md"]);
    expect(await search("apples")).toEqual([]);
    expect(await search("bananas")).toHaveLength(1);
    expect(await knowledge.remove(papers, ["b.md"])).toEqual(["b.md"]);
    expect(await knowledge.list()).toEqual([]);
    expect(await knowledge.remove(papers, null)).toBe(null);
  });

  it("longer than one file of an engram are one document, cited by their own lines and headings", async () => {
    const filler = Array.from({ length: 30_000 }, (_, i) => `filler line number ${i}\n`).join("");
    await add(papers, ["book.md", `# Book\n\n${filler}\n## Late\n\nthe zebra at the end\n`]);
    expect(await knowledge.documents(papers)).toMatchObject([{ name: "book.md", skipped: null }]);
    const [hit] = await search("zebra");
    expect(hit).toMatchObject({ document: "book.md", heading: ["Book", "Late"], line: 30_006 });
    await add(papers, ["book.md", "short\n"]);
    expect(await search("zebra filler")).toEqual([]);
  });

  it("of other programs in the folder, and damaged ones, keep nothing else from being listed", async () => {
    await add(papers, ["a.md", "apples\n"]);
    await add("research/broken", ["b.md", "bananas\n"]);
    knowledge.close();
    writeFileSync(join(folder, "research/broken.engram"), "garbage".repeat(1_000));
    writeFileSync(join(folder, "other.engram"), "garbage");
    knowledge = open();
    const [broken, whole] = await knowledge.list();
    expect(whole).toMatchObject({ collection: "research", name: "papers", documents: 1, chunks: 1, problem: null });
    expect(broken?.problem).toContain("broken.engram");
    expect(readFileSync(join(folder, "research/broken.engram"), "utf8")).toMatch(/^garbage/);
    expect(await knowledge.remove(parseCollectionId("research/broken"), null)).toEqual([]);
    expect(await knowledge.list()).toHaveLength(1);
  });
});

describe("search", () => {
  it("cites the page on which the words stand, also where the piece begins on the page before", async () => {
    const page = (word: string) => Array.from({ length: 20 }, (_, i) => `${word} sentence ${i} says nothing`);
    const bytes = makePdf([page("first"), page("second"), ["The retry budget is three", ...page("third")]]);
    await knowledge.add(papers, [await readDocument("paper.pdf", bytes)]);
    const [hit] = await search("retry budget");
    expect(hit).toMatchObject({ document: "paper.pdf", page: 3, heading: null });
    expect(hit?.text.split("\n")[(hit?.line ?? 0) - (hit?.startLine ?? 0)]).toBe("The retry budget is three");
  });

  it("ranks several collections as if they were one engram", async () => {
    const large: [string, string][] = Array.from({ length: 40 }, (_, i) => [
      `large/${i}.md`,
      `retries of request ${i} ${i % 3 === 0 ? "budget" : ""} ${"padding ".repeat(i)}\n`,
    ]);
    const small: [string, string][] = [
      ["small/one.md", "the budget of retries\n"],
      ["small/two.md", "a request\n"],
    ];
    await add(papers, ...large);
    await add("references/small", ...small);
    const store = createMemoryEngramStore();
    const texts = await Promise.all([...large, ...small].map(([name, text]) => read(name, text)));
    const { engram } = await store.updateFrom("joint", documentSource(texts));
    for (const query of ["retries budget", "small request", "budget padding 12"]) {
      const hits = await knowledge.search(query, { k: 10, scopes: sharedScopes, repository: null });
      const joint = engram.search(query, { k: 10 });
      const scored = (found: { score: number }[]) => found.map(({ score }) => score.toFixed(6));
      expect(scored(hits)).toEqual(scored(joint));
      const all = engram.search(query, { k: 100 });
      for (const { document, score } of hits) {
        expect(all.find(({ path }) => path === document)?.score).toBeCloseTo(score, 6);
      }
    }
  });

  it("reads a shared collection, one name of it, or all", async () => {
    await add(papers, ["a.md", "apples\n"]);
    await add("research/notes", ["b.md", "apples too\n"]);
    await add("specifications/api", ["c.md", "apples three\n"]);
    expect(await search("apples")).toHaveLength(3);
    expect(await search("apples", "research")).toHaveLength(2);
    expect(await search("apples", "research/notes", "specifications")).toHaveLength(2);
    expect(await search("apples", "research/none")).toEqual([]);
  });

  it("never mixes private collections of different repositories", async () => {
    const [one, two] = ["github.com/acme/shop", "github.com/acme/shop2"];
    await add(`issues/${one}`, ["1.md", "apples crash\n"]);
    await add(`reviews/${two}`, ["2.md", "apples rot\n"]);
    const ask = (repository: string | null, ...scopes: string[]) =>
      knowledge.search("apples", { k: 5, repository, scopes: scopes.map(parseScope) });
    expect(await search("apples")).toEqual([]);
    expect(await ask(one, `issues/${one}`)).toMatchObject([{ document: "1.md" }]);
    expect(await ask("GitHub.com/Acme/Shop", `issues/${one}`, "research")).toHaveLength(1);
    expect(await ask(one, `reviews/${one}`)).toEqual([]);
    await expect(ask(one, `issues/${one}`, `reviews/${two}`)).rejects.toMatchObject({ code: "foreign-collection" });
    await expect(ask(null, `issues/${one}`)).rejects.toMatchObject({ code: "foreign-collection" });
    expect(() => parseScope("issues")).toThrow("names no collection");
    await expect(
      knowledge.search("apples", { k: 5, repository: null, scopes: [{ collection: "issues", name: null }] }),
    ).rejects.toMatchObject({ code: "foreign-collection" });
  });
});

describe("names of collections", () => {
  it.each([
    "papers",
    "research",
    "research/",
    "research/a/b",
    "research/..",
    "issues/github.com/a",
    "issues/../../x/y",
    "x/y",
  ])("%s is refused", (text) => {
    expect(() => parseCollectionId(text)).toThrow(expect.objectContaining({ code: "bad-collection" }));
  });
});

describe("an engram that the store does not open", () => {
  it("is never taken for an empty one", async () => {
    await add(papers, ["a.md", "apples\n"]);
    knowledge.close();
    // The store opens nothing that an older version wrote, and an update would begin anew.
    const file = join(folder, "research/papers.engram");
    const bytes = readFileSync(file);
    const version = bytes.readUInt32BE(60);
    expect(version).toBeGreaterThan(1);
    bytes.writeUInt32BE(version - 1, 60);
    writeFileSync(file, bytes);
    knowledge = open();
    await expect(add(papers, ["b.md", "bananas\n"])).rejects.toMatchObject({ code: "knowledge-older" });
    await expect(search("apples")).rejects.toThrow("research/papers");
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });
});

/** A second knowledge base on the folder, as another process has it, without a look at the files' times. */
function openBeside(wrap: (store: EngramStore) => EngramStore = (store) => store): KnowledgeBase {
  const store = createSqliteEngramStore({ directory: folder });
  const none = { tokens: new Uint32Array(), counts: new Uint8Array() };
  const base = createKnowledgeBase({
    store: wrap(store),
    folder: engramFolder(folder),
    engrams: createOpenEngrams({ open: (key) => store.open(key), sizeOf: () => 1, maxBytes: 100 }),
    tokensOf: () => ({ text: none, path: none }),
  });
  opened.push(base);
  return base;
}

describe("what was written", () => {
  it("is seen at once by whoever wrote it", async () => {
    const base = openBeside();
    await base.add(papers, [await read("a.md", "apples\n")]);
    expect(await base.documents(papers)).toHaveLength(1);
    await base.add(papers, [await read("b.md", "bananas\n")]);
    expect(await base.documents(papers)).toHaveLength(2);
    await base.remove(papers, ["a.md"]);
    expect(await base.documents(papers)).toHaveLength(1);
  });

  it("by another process at the same time: the one that overwrote it is told", async () => {
    await add(papers, ["a.md", "apples\n"]);
    const base = openBeside((store) => ({
      ...store,
      updateFrom: async (...given) => {
        await add(papers, ["b.md", "bananas\n"]);
        return store.updateFrom(...given);
      },
    }));
    const writing = base.add(papers, [await read("c.md", "cherries\n")]);
    await expect(writing).rejects.toMatchObject({ code: "knowledge-busy" });
  });
});
