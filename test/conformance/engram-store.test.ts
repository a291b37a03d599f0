import * as fc from "fast-check";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { EngramView } from "../../src/engram/engram.ts";
import { createMemoryEngramStore, type MemoryEngramStore } from "../../src/engram/memory-engram-store.ts";
import { createSqliteEngramStore } from "../../src/engram/sqlite-engram-store.ts";
import { limits } from "../../src/shared/limits.ts";
import { createHistory, type GitHistory, textFile, type Tree, type TreeFile } from "./engram-store-history.ts";

const key = "github.com/octo/widgets";
const folders: string[] = [];
const histories: GitHistory[] = [];

const stores: [name: string, create: () => MemoryEngramStore][] = [
  ["memory", () => createMemoryEngramStore()],
  ["SQLite", () => createSqliteEngramStore({ directory: newFolder() })],
];

function newFolder(): string {
  folders.push(mkdtempSync(join(tmpdir(), "engrams-")));
  return folders.at(-1) as string;
}

function historyOf(...trees: Tree[]): GitHistory {
  histories.push(createHistory(trees));
  return histories.at(-1) as GitHistory;
}

function treeOf(files: Record<string, string | TreeFile>): Tree {
  const entries = Object.entries(files);
  return new Map(entries.map(([path, file]) => [path, typeof file === "string" ? textFile(file) : file]));
}

afterEach(() => {
  for (const history of histories.splice(0)) history.dispose();
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const words = fc.constantFrom("parseHeader", "http_client", "retry", "größe", "return value;", "", "}", "a b c d");
const text = fc.array(words, { maxLength: 90 }).map((lines) => lines.join("\n"));
const textFiles = text.map(textFile);
const oddFiles = fc.constantFrom<TreeFile>(
  { mode: "100755", data: Buffer.from("#!/bin/sh\nretry\n") },
  { mode: "120000", data: Buffer.from("src/a.ts") },
  { mode: "160000", data: Buffer.from("ab".repeat(20)) },
  textFile("windows\r\nlines\r\n"),
  textFile(`retry\0`),
  textFile("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"),
  textFile(`minified${"x".repeat(limits.indexedLineCharacters)}`),
  textFile("large\n".repeat(limits.indexedFileBytes / 5)),
  { mode: "100644", data: Buffer.from([0xff, 0xfe, 0x20, 0x72, 0x65, 0x74, 0x72, 0x79]) },
  textFile(""),
);
const path = fc.constantFrom(
  "README.md",
  "src/a.ts",
  "src/A.ts",
  "src/http/client.ts",
  "docs/a b.md",
  "Übersicht.txt",
  "z",
);

function trees(file: fc.Arbitrary<TreeFile>): fc.Arbitrary<Tree> {
  return fc
    .uniqueArray(fc.tuple(path, file), { selector: ([name]) => name, maxLength: 7 })
    .map((list) => new Map(list));
}

const queries = ["parse header", "http client retry", "größe", "return value", "readme a", "nothing of this"];

/** Everything that can be asked of a view. */
function answersOf(view: EngramView): unknown {
  const { commit: _, ...info } = view.info();
  return {
    info,
    paths: view.paths(),
    texts: view.paths().map((name) => view.text(name)),
    hits: queries.flatMap((query) => [view.search(query, { k: 20 }), view.search(query, { k: 3, paths: false })]),
    holders: ["retry", "parseHeader", "http_client", "größe"].map((word) => view.pathsWithToken(word)),
  };
}

describe.each(stores)("engram store: %s", (_, createStore) => {
  it("after any history equals one built afresh: same dump, same answers in the same order", async () => {
    const visits = fc.tuple(
      fc.array(trees(fc.oneof({ weight: 3, arbitrary: textFiles }, { weight: 2, arbitrary: oddFiles })), {
        minLength: 2,
        maxLength: 4,
      }),
      fc.infiniteStream(fc.nat()),
    );
    await fc.assert(
      fc.asyncProperty(visits, async ([snapshots, order]) => {
        const { dir, commits, dispose } = createHistory(snapshots);
        const [store, afresh] = [createStore(), createMemoryEngramStore()];
        // Every commit in order, then back and forth, as forced pushes do.
        const route = [...commits, ...order.take(2).map((n) => commits[n % commits.length] as string)];
        for (const [visit, commit] of route.entries()) {
          const { engram } = await store.update(key, dir, commit);
          const { engram: expected } = await afresh.update(`fresh/${visit}`, dir, commit);
          expect(engram.dump()).toBe(expected.dump());
          expect(answersOf(engram)).toEqual(answersOf(expected));
          engram.close();
        }
        store.close();
        dispose();
      }),
      { numRuns: 8 },
    );
  });

  it("an overlay answers as the engram of the joint tree does", async () => {
    await fc.assert(
      fc.asyncProperty(trees(textFiles), trees(textFiles), async (before, after) => {
        const { dir, commits, dispose } = createHistory([before, after]);
        const store = createStore();
        const { engram: base } = await store.update(key, dir, commits[0] as string);
        const { engram: joint } = await store.update("github.com/octo/other", dir, commits[1] as string);
        const names = new Set([...before.keys(), ...after.keys()]);
        const files = new Map(Array.from(names, (name) => [name, after.get(name)?.data.toString() ?? null]));
        const untouched = answersOf(base);

        const overlay = base.overlay(files, "0123abcd");

        expect(answersOf(overlay)).toEqual(answersOf(joint));
        expect(overlay.info().commit).toBe("0123abcd");
        expect(answersOf(base)).toEqual(untouched);
        store.close();
        dispose();
      }),
      { numRuns: 8 },
    );
  });

  it("reads as many blobs as changed, and reports what it did", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [`src/file${i}.ts`, `export const v${i} = 1;`]),
    );
    const { dir, commits } = historyOf(
      treeOf(many),
      treeOf({ ...many, "src/file3.ts": "export const v3 = 2;", "src/new.ts": "export const fresh = 1;" }),
    );
    const store = createStore();
    const progress: [number, number][] = [];

    const first = await store.update(key, dir, commits[0] as string, { onProgress: (...call) => progress.push(call) });
    const second = await store.update(key, dir, commits[1] as string);
    const third = await store.update(key, dir, commits[1] as string);

    expect(first.report).toMatchObject({ from: null, to: commits[0], added: 30, removed: 0, read: 30 });
    expect(progress.at(-1)).toEqual([30, 30]);
    expect(second.report).toMatchObject({ from: commits[0], to: commits[1], added: 2, removed: 1, read: 2 });
    expect(third.report).toMatchObject({ from: commits[1], to: commits[1], added: 0, removed: 0, read: 0 });
    store.close();
  });

  it("follows renames, deletions and changes of mode", async () => {
    const { dir, commits } = historyOf(
      treeOf({ "old.ts": "const renamed = 1;", "gone.ts": "const gone = 1;", "run.sh": "echo run" }),
      treeOf({ "new/name.ts": "const renamed = 1;", "run.sh": { mode: "100755", data: Buffer.from("echo run") } }),
    );
    const store = createStore();
    await store.update(key, dir, commits[0] as string);

    const { engram } = await store.update(key, dir, commits[1] as string);

    expect(engram.paths()).toEqual(["new/name.ts", "run.sh"]);
    expect(engram.pathsWithToken("renamed")).toEqual(["new/name.ts"]);
    expect(engram.pathsWithToken("gone")).toEqual([]);
    expect(engram.dump()).toContain('["run.sh","100755"');
    store.close();
  });

  it("lists everything and indexes text", async () => {
    const { dir, commits } = historyOf(
      treeOf({
        "a.ts": "const indexed = 1;\r\n",
        "image.bin": "indexed\0",
        link: { mode: "120000", data: Buffer.from("a.ts") },
        vendored: { mode: "160000", data: Buffer.from("cd".repeat(20)) },
      }),
    );
    const store = createStore();

    const { engram } = await store.update(key, dir, commits[0] as string);

    expect(engram.info()).toMatchObject({ commit: commits[0], files: 4, indexedFiles: 1, chunks: 1 });
    expect(engram.paths()).toEqual(["a.ts", "image.bin", "link", "vendored"]);
    expect(engram.text("a.ts")).toBe("const indexed = 1;\r\n");
    expect(["image.bin", "link", "vendored", "missing"].map((name) => engram.text(name))).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(engram.pathsWithToken("indexed")).toEqual(["a.ts"]);
    store.close();
  });

  it("answers for the empty tree and for an empty query", async () => {
    const { dir, commits } = historyOf(treeOf({}), treeOf({ "a.ts": "x" }));
    const store = createStore();

    const { engram: empty } = await store.update(key, dir, commits[0] as string);
    expect([empty.paths(), empty.search("x", { k: 5 }), empty.pathsWithToken("x")]).toEqual([[], [], []]);

    const { engram } = await store.update(key, dir, commits[1] as string);
    expect([engram.search("", { k: 5 }), engram.search("?!", { k: 5 }), engram.pathsWithToken("")]).toEqual([
      [],
      [],
      [],
    ]);
    expect(engram.search("x", { k: 0 })).toEqual([]);
    store.close();
  });

  it("keeps an open engram as it was while the store moves on", async () => {
    const { dir, commits } = historyOf(treeOf({ "a.ts": "const before = 1;" }), treeOf({ "b.ts": "const after = 1;" }));
    const store = createStore();
    const { engram } = await store.update(key, dir, commits[0] as string);
    const asItWas = answersOf(engram);

    const next = await store.update(key, dir, commits[1] as string);

    expect(answersOf(engram)).toEqual(asItWas);
    expect(next.engram.paths()).toEqual(["b.ts"]);
    store.close();
  });

  it("serves updates of one key that are asked for at the same time, one after another", async () => {
    const { dir, commits } = historyOf(
      treeOf({ "a.ts": "one" }),
      treeOf({ "a.ts": "two" }),
      treeOf({ "b.ts": "three" }),
    );
    const store = createStore();

    const done = await Promise.all(commits.map((commit) => store.update(key, dir, commit)));

    expect(done.map(({ report }) => report.from)).toEqual([null, commits[0], commits[1]]);
    expect(done.map(({ engram }) => engram.info().commit)).toEqual(commits);
    store.close();
  });

  it("stops when it is told to and keeps the state it had", async () => {
    const { dir, commits } = historyOf(treeOf({ "a.ts": "one" }), treeOf({ "a.ts": "two" }));
    const store = createStore();
    await store.update(key, dir, commits[0] as string);
    const stopped = AbortSignal.abort();

    await expect(store.update(key, dir, commits[1] as string, { signal: stopped })).rejects.toThrow(/abort/i);

    const { report } = await store.update(key, dir, commits[1] as string);
    expect(report.from).toBe(commits[0]);
    store.close();
  });

  it("names a commit that is not there", async () => {
    const { dir } = historyOf(treeOf({ "a.ts": "one" }));
    const store = createStore();

    await expect(store.update(key, dir, "1".repeat(40))).rejects.toMatchObject({ code: "unknown-commit" });
    store.close();
  });
});
