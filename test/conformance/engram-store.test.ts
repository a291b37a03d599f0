import * as fc from "fast-check";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import type { EngramView } from "../../src/engram/engram.ts";
import { createMemoryEngramStore, type MemoryEngramStore } from "../../src/engram/memory-engram-store.ts";
import { createSqliteEngramStore } from "../../src/engram/sqlite-engram-store.ts";
import { verifyEngramFile } from "../../src/engram/verify.ts";
import { limits } from "../../src/shared/limits.ts";
import {
  createHistory,
  type GitHistory,
  textFile,
  type Tree,
  type TreeFile,
  treeOf,
  treeSource,
} from "./engram-store-history.ts";

/** Few chunks make a segment, so that these small trees have several, some of them merged, some with dead files. */
vi.mock(import("../../src/shared/limits.ts"), async (original) => {
  const { limits: real } = await original();
  return { limits: { ...real, segmentChunks: 16 as never } };
});

const key = "github.com/octo/widgets";
const folders: string[] = [];
const histories: GitHistory[] = [];

interface StoreCase {
  create: () => MemoryEngramStore;
  /** Looks for anything that does not fit together in what the store has written. */
  check: () => Promise<void>;
}

const stores: [name: string, store: StoreCase][] = [
  ["memory", { create: () => createMemoryEngramStore(), check: async () => {} }],
  ["SQLite", { create: () => createSqliteEngramStore({ directory: newFolder() }), check: verifyLast }],
  [
    "SQLite with all bytes",
    { create: () => createSqliteEngramStore({ directory: newFolder(), keep: "all" }), check: verifyLast },
  ],
];

function newFolder(): string {
  folders.push(mkdtempSync(join(tmpdir(), "engrams-")));
  return folders.at(-1) as string;
}

async function verifyLast(): Promise<void> {
  const folder = folders.at(-1) as string;
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (name.endsWith(".engram")) expect(await verifyEngramFile(join(folder, name))).toMatchObject({ problems: [] });
  }
}

function historyOf(...trees: Tree[]): GitHistory {
  histories.push(createHistory(trees));
  return histories.at(-1) as GitHistory;
}

afterEach(() => {
  for (const history of histories.splice(0)) history.dispose();
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const words = fc.constantFrom(
  "parseHeader",
  "http_client",
  "retry",
  "größe",
  "return value;",
  "",
  "}",
  "a b c d",
  "export function parseHeader(text) {",
  'import { retry } from "./http/client";',
  "  retry(parseHeader(value));",
  "# Retry",
);
const text = fc.array(words, { maxLength: 130 }).map((lines) => lines.join("\n"));
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
  textFile("\uFEFFretry"),
  textFile(""),
  textFile("src/a.ts"), // the bytes of the symbolic link
);
const path = fc.constantFrom(
  "README.md",
  "src/a.ts",
  "src/A.ts",
  "src/http/client.ts",
  "src/http/client.py",
  "docs/a b.md",
  "Übersicht.txt",
  "U\u0308bersicht.txt",
  "\u{1F4BE}/\uFF5E.txt",
  "\uFF5E/disk.txt",
  'odd "quotes"\nand\tlines\\.txt',
  "-",
  "z",
);

function trees(file: fc.Arbitrary<TreeFile>): fc.Arbitrary<Tree> {
  return fc
    .uniqueArray(fc.tuple(path, file), { selector: ([name]) => name, maxLength: 9 })
    .map((list) => new Map(list));
}

const queries = [
  "parse header",
  "http client retry",
  "größe",
  "return value",
  "readme a",
  "nothing of this",
  // A hunk.
  'import { retry } from "./http/client";\nexport function parseHeader(text) {\n  retry(parseHeader(value));\n}\n',
];

/** Everything that can be asked of a view; rows say with `ids` whether blob ids are part of the answer. */
function answersOf(view: EngramView, ids = true): unknown {
  const { commit: _, ...info } = view.info();
  const paths = view.paths();
  const rows = [...view.rows()].map((row) => ({ ...row, oid: ids ? row.oid : "", mode: ids ? row.mode : "" }));
  const tokens = Uint32Array.from(
    new Set(rows.flatMap((row) => [...row.roleTokens, ...row.tokens].slice(0, 9))),
  ).sort();
  const vector = { tokens, values: tokens.map((_token, i) => (i * 7) % 5) };
  return {
    info,
    paths,
    files: ids ? view.files() : [],
    rows,
    texts: paths.map((name) => view.text(name)),
    chunks: paths.map((name) => view.chunks(name)),
    hits: queries.flatMap((query) => [
      view.search(query, { k: 20 }),
      view.search(query, { k: 3, paths: false }),
      view.search(query, { k: 5, filter: (name) => name.includes("a") }),
      view.search(query, { k: 5, globs: ["src/**", "*.md"] }),
      view.search(query, { k: 5, languages: ["typescript", "python"] }),
    ]),
    vectors: [view.searchVector(vector, { k: 10 }), view.searchVector(vector, { k: 2, globs: ["docs/**"] })],
    frequencies: view.frequencies(tokens),
    holders: ["retry", "parseHeader", "http_client", "größe"].map((word) => view.pathsWithToken(word)),
    tokenHolders: [...tokens].map((token) => view.pathsWithTokenId(token)),
  };
}

function bytesOf({ buffer, byteOffset, byteLength }: Int32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

describe.each(stores)("engram store: %s", (_, { create: createStore, check }) => {
  it(
    "after any history equals one built afresh: same dump, same answers in the same order",
    { timeout: 120_000 },
    async () => {
      const visits = fc.tuple(
        fc.array(trees(fc.oneof({ weight: 3, arbitrary: textFiles }, { weight: 2, arbitrary: oddFiles })), {
          minLength: 2,
          maxLength: 4,
        }),
        fc.infiniteStream(fc.nat()),
      );
      await fc.assert(
        fc.asyncProperty(visits, async ([snapshots, order]) => {
          const [store, afresh] = [createStore(), createMemoryEngramStore()];
          // Every tree in order, then back and forth, as forced pushes do.
          const route = [...snapshots, ...order.take(3).map((n) => snapshots[n % snapshots.length] as Tree)];
          for (const [visit, tree] of route.entries()) {
            const { engram } = await store.updateFrom(key, treeSource(tree));
            const { engram: expected } = await afresh.updateFrom(`fresh/${visit}`, treeSource(tree));
            expect(engram.dump() === expected.dump()).toBe(true);
            expect(answersOf(engram)).toEqual(answersOf(expected));
            expect(Buffer.compare(bytesOf(engram.hypervector()), bytesOf(expected.hypervector()))).toBe(0);
            engram.close();
            await check();
          }
          store.close();
        }),
        { numRuns: Number(process.env["ENGRAM_HISTORIES"] ?? 20) },
      );
    },
  );

  it("an overlay answers as the engram of the joint tree does", async () => {
    await fc.assert(
      fc.asyncProperty(trees(textFiles), trees(textFiles), async (before, after) => {
        const store = createStore();
        const { engram: base } = await store.updateFrom(key, treeSource(before));
        const { engram: joint } = await store.updateFrom("github.com/octo/other", treeSource(after));
        const names = new Set([...before.keys(), ...after.keys()]);
        const files = new Map(Array.from(names, (name) => [name, after.get(name)?.data.toString() ?? null]));
        const untouched = answersOf(base);

        const overlay = await base.overlay(files, "0123abcd");

        expect(answersOf(overlay, false)).toEqual(answersOf(joint, false));
        expect(overlay.info().commit).toBe("0123abcd");
        expect(answersOf(base)).toEqual(untouched);
        store.close();
      }),
      { numRuns: 12 },
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

  it("opens what was stored, and nothing where there is nothing", async () => {
    const { dir, commits } = historyOf(treeOf({ "a.ts": "const stored = 1;" }));
    const store = createStore();
    expect(await store.open(key)).toBeNull();
    const { engram } = await store.update(key, dir, commits[0] as string);
    const answers = answersOf(engram);
    engram.close();

    const opened = await store.open(key);

    expect(opened?.info().commit).toBe(commits[0]);
    expect(opened === null ? null : answersOf(opened)).toEqual(answers);
    store.close();
  });

  it("gives the bytes of indexed files", async () => {
    const { dir, commits } = historyOf(treeOf({ "a.ts": "const kept = 1;\r\n", "empty.txt": "" }));
    const store = createStore();

    const { engram } = await store.update(key, dir, commits[0] as string);

    expect(engram.bytes("a.ts")).toEqual(Buffer.from("const kept = 1;\r\n"));
    expect(engram.bytes("empty.txt")).toEqual(Buffer.alloc(0));
    expect(engram.bytes("missing")).toBeNull();
    store.close();
  });

  it("counts what its postings hold", async () => {
    const { dir, commits } = historyOf(
      treeOf({
        "src/a.ts": 'import { retry } from "./http";\nexport function parse() {\n  retry(parse());\n}\n',
        "b.md": "# Parse\n",
      }),
    );
    const store = createStore();
    const { engram } = await store.update(key, dir, commits[0] as string);

    const counted = engram
      .dump()
      .split("\n")
      .flatMap((line) => (/^\d+ \d+$/.test(line) ? [line.split(" ").map(Number)] : []));

    const tokens = Uint32Array.from(counted, ([token]) => token as number);
    expect(counted.length).toBeGreaterThan(15);
    expect([...engram.frequencies(tokens)]).toEqual(counted.map(([, frequency]) => frequency));
    for (const row of engram.rows()) expect([...tokens]).toEqual(expect.arrayContaining([...row.roleTokens]));
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
