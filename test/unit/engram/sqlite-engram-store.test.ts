import Database from "libsql";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createMemoryEngramStore } from "../../../src/engram/memory-engram-store.ts";
import {
  createSqliteEngramStore,
  openEngramFile,
  type SqliteEngramStoreOptions,
} from "../../../src/engram/sqlite-engram-store.ts";
import { verifyEngramFile } from "../../../src/engram/verify.ts";
import { formatVersion } from "../../../src/engram/versions.ts";
import type { TreeSource } from "../../../src/engram/tree-source.ts";
import { limits } from "../../../src/shared/limits.ts";
import { treeOf, treeSource } from "../../conformance/engram-store-history.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";

vi.mock(import("../../../src/shared/limits.ts"), async (original) => {
  const { limits } = await original();
  return { limits: { ...limits, engramLockMs: 300 as never } };
});

const key = "github.com/octo/widgets";

let repository: TestRepository;
let commits: [string, string];
let dumps: [string, string];
let directory: string;
let file: string;

beforeAll(async () => {
  repository = createRepository();
  for (let i = 0; i < 40; i++) repository.write(`src/file${i}.ts`, `export function work${i}() {}\n`.repeat(30));
  const first = repository.commit("first");
  repository.write("src/file7.ts", "export function changed() {}\n");
  commits = [first, repository.commit("second")];
  const memory = createMemoryEngramStore();
  const dumpOf = async (commit: string) => (await memory.update(commit, repository.dir, commit)).engram.dump();
  dumps = [await dumpOf(commits[0]), await dumpOf(commits[1])];
});
afterAll(() => repository.dispose());

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "engrams-"));
  file = join(directory, `${key}.engram`);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(directory, { recursive: true, force: true });
});

/** Updates in a store of its own, as another process would, and closes everything. */
async function update(commit: string, options: Partial<SqliteEngramStoreOptions> = {}) {
  const store = createSqliteEngramStore({ directory, ...options });
  try {
    const { engram, report } = await store.update(key, repository.dir, commit);
    return { report, dump: engram.dump(), text: engram.text("src/file7.ts") };
  } finally {
    store.close();
  }
}

function execute(sql: string): void {
  const db = new Database(file);
  db.exec(sql);
  db.close();
}

describe("the engram file", () => {
  it("stands at DIRECTORY/KEY.engram and is complete without its log", async () => {
    await update(commits[0]);
    const copy = join(directory, "copied/to/another.engram");
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(file, copy);
    const store = createSqliteEngramStore({ directory: join(directory, "copied") });

    const { engram, report } = await store.update("to/another", repository.dir, commits[0]);

    expect(report.from).toBe(commits[0]);
    expect(engram.dump()).toBe(dumps[0]);
    store.close();
  });

  it("is read back as it was written, and updated where it stands", async () => {
    await update(commits[0]);

    expect(await update(commits[0])).toMatchObject({ report: { from: commits[0], read: 0 }, dump: dumps[0] });
    expect(await update(commits[1])).toMatchObject({
      report: { from: commits[0], read: 1 },
      dump: dumps[1],
      text: "export function changed() {}\n",
    });
  });

  it("keeps no text that no file has any more", async () => {
    await update(commits[0]);
    await update(commits[1]);
    const db = new Database(file);
    const [row] = db.prepare("SELECT count(*) AS texts FROM contents").all([]) as { texts: number }[];
    db.close();

    expect(row?.texts).toBe(40);
  });

  it.each(["../escape/x", "a//b", "a/./b", "", "a/\0/b", "a\\b"])("is not named by the key %j", async (bad) => {
    const store = createSqliteEngramStore({ directory });

    await expect(store.update(bad, repository.dir, commits[0])).rejects.toMatchObject({ code: "bad-engram-key" });
  });

  it("says what stands in the way where it cannot be written", async () => {
    const occupied = join(directory, "occupied");
    writeFileSync(occupied, "a file, not a folder");
    const store = createSqliteEngramStore({ directory: occupied });

    await expect(store.update(key, repository.dir, commits[0])).rejects.toMatchObject({ code: "engram-unwritable" });
  });
});

describe("versions", () => {
  it("an older format is not opened, and is built again by the next update", async () => {
    mkdirSync(dirname(file), { recursive: true });
    execute(`
      CREATE TABLE engram (encoder_version INTEGER, seed INTEGER, commit_id TEXT);
      CREATE TABLE files (path TEXT PRIMARY KEY, columns BLOB); CREATE TABLE texts (oid TEXT PRIMARY KEY, deflated BLOB);
      INSERT INTO texts VALUES ('1', zeroblob(100000));
      PRAGMA application_id = 1162757970; PRAGMA user_version = 1`);
    const store = createSqliteEngramStore({ directory });

    expect(await store.open(key)).toBeNull();
    await expect(openEngramFile(file)).rejects.toMatchObject({
      code: "engram-older",
      message: expect.stringContaining("format is 1"),
      remedy: expect.stringContaining("built again"),
    });
    expect(await update(commits[1])).toMatchObject({ report: { from: null, read: 40 }, dump: dumps[1] });
    expect(await verifyEngramFile(file)).toMatchObject({ problems: [] });
  });

  it("another seed is not opened, and is built again", async () => {
    await update(commits[0], { seed: 1 });

    await expect(openEngramFile(file)).rejects.toMatchObject({ code: "engram-older" });
    await expect(verifyEngramFile(file)).rejects.toMatchObject({ code: "engram-older" });
    expect(await update(commits[1])).toMatchObject({ report: { from: null }, dump: dumps[1] });
  });

  it("an older engram is as it was where its rebuilding fails", async () => {
    const { dump } = await update(commits[0], { seed: 1 });
    const source = treeSource(treeOf({ "a.ts": "a", "b.ts": "b" }));
    // Rows are written as they come, so the tables were emptied when it fails.
    vi.spyOn(limits, "heldUpdateBytes", "get").mockReturnValue(0);
    const failing: TreeSource = {
      ...source,
      async *blobs(oids) {
        yield* source.blobs(oids.slice(0, 1));
        throw new Error("the second blob is not there");
      },
    };
    const store = createSqliteEngramStore({ directory });

    await expect(store.updateFrom(key, failing)).rejects.toThrow("second blob");

    expect((await openEngramFile(file, { seed: 1 })).dump()).toBe(dump);
  });

  it("a newer format is refused and left alone, also where damaged files are rebuilt", async () => {
    await update(commits[0]);
    execute(`PRAGMA user_version = ${formatVersion + 1}`);

    await expect(update(commits[1], { rebuildDamaged: true })).rejects.toMatchObject({ code: "engram-newer" });
    await expect(openEngramFile(file)).rejects.toMatchObject({ code: "engram-newer" });

    execute(`PRAGMA user_version = ${formatVersion}`);
    expect(await update(commits[0])).toMatchObject({ report: { from: commits[0] }, dump: dumps[0] });
  });
});

describe("damage", () => {
  const found: [string, () => void][] = [
    ["bytes that are no database", () => writeFileSync(file, "not a database ".repeat(1_000))],
    ["another program's database", () => (rmSync(file), execute("CREATE TABLE notes (text)"))],
    ["a file cut in half", () => writeFileSync(file, readFileSync(file).subarray(0, readFileSync(file).length >> 1))],
    ["a missing table", () => execute("DROP TABLE tombstones")],
    ["an altered head", () => execute("UPDATE engram SET revision = 'another'")],
    ["two heads", () => execute("INSERT INTO engram SELECT * FROM engram")],
    ["an altered segment", () => execute("UPDATE segments SET image = zeroblob(length(image))")],
    ["a missing segment", () => execute("DELETE FROM segments")],
    ["altered marks", () => execute("INSERT INTO tombstones SELECT id, 0, x'ff' FROM segments")],
    ["marks without a segment", () => execute("INSERT INTO tombstones VALUES (99, 0, x'ff')")],
  ];

  it.each(found)("%s is found, named, and mended by deleting the file", async (_, damage) => {
    await update(commits[0]);
    damage();

    for (const opening of [openEngramFile(file), update(commits[0])]) {
      await expect(opening).rejects.toMatchObject({
        code: "engram-corrupt",
        message: expect.stringContaining(file),
        remedy: expect.stringContaining("Delete the file"),
      });
    }

    for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
    expect((await update(commits[0])).dump).toBe(dumps[0]);
  });

  it.each(found)("%s is rebuilt where the store may", async (_, damage) => {
    await update(commits[0]);
    damage();
    const store = createSqliteEngramStore({ directory, rebuildDamaged: true });

    expect(await store.open(key)).toBeNull();
    expect(await update(commits[1], { rebuildDamaged: true })).toMatchObject({
      report: { from: null },
      dump: dumps[1],
    });
  });

  const foundWhenRead: [string, string][] = [
    ["a text that is missing", "DELETE FROM contents"],
    ["a text that is altered", "UPDATE contents SET deflated = x'789c0102'"],
    ["a text that is another", "UPDATE contents SET deflated = (SELECT deflated FROM contents LIMIT 1), size = 900"],
    ["a row that is missing", "DELETE FROM files WHERE path = 'src/file7.ts'"],
    ["a row that is altered", "UPDATE files SET oid = mode WHERE path = 'src/file7.ts'"],
    ["columns that do not unpack", "UPDATE files SET columns = x'0102' WHERE path = 'src/file7.ts'"],
    ["text that is not UTF-8", "UPDATE files SET skipped = CAST(x'61ff' AS TEXT) WHERE path = 'src/file7.ts'"],
  ];

  it.each(foundWhenRead)("%s is found when it is read, and mended by the next update", async (_, sql) => {
    await update(commits[0]);
    execute(sql);
    const store = createSqliteEngramStore({ directory, rebuildDamaged: true });
    const { engram } = await store.update(key, repository.dir, commits[0]);
    const read = () => [engram.text("src/file7.ts"), engram.row("src/file7.ts")];

    expect(read).toThrow(expect.objectContaining({ code: "engram-corrupt" }));

    const { engram: mended, report } = await store.update(key, repository.dir, commits[0]);
    expect(report.from).toBeNull();
    expect(mended.dump()).toBe(dumps[0]);
    store.close();
  });
});

describe("other processes", () => {
  it.each([
    ["held", limits.heldUpdateBytes],
    ["streamed", 0],
  ])("an update that another one overtook starts over and ends right (%s)", async (_, heldUpdateBytes) => {
    await update(commits[0]);
    vi.spyOn(limits, "heldUpdateBytes", "get").mockReturnValue(heldUpdateBytes);
    const store = createSqliteEngramStore({ directory });
    const source = treeSource(treeOf({ "mine.ts": "const mine = 1;" }));
    let plans = 0;
    const overtaken = {
      ...source,
      // Asked once for each plan, after the engram was read.
      entries: async () => {
        plans += 1;
        if (plans === 1) await update(commits[1]);
        return source.entries();
      },
    };

    const { engram, report } = await store.updateFrom(key, overtaken);

    expect(plans).toBe(2);
    expect(report.from).toBe(commits[1]);
    expect(engram.paths()).toEqual(["mine.ts"]);
    store.close();
    expect(await verifyEngramFile(file)).toMatchObject({ problems: [] });
  });

  it("an update that is overtaken again and again gives up", async () => {
    await update(commits[0]);
    const store = createSqliteEngramStore({ directory });
    const source = treeSource(treeOf({ "mine.ts": "const mine = 1;" }));
    let plans = 0;
    const entries = async () => {
      await update(commits[++plans % 2] as string);
      return source.entries();
    };

    await expect(store.updateFrom(key, { ...source, entries })).rejects.toMatchObject({
      code: "engram-busy",
      transient: true,
    });
    expect(plans).toBe(limits.engramUpdateTries);
  });

  it("two stores in one process wait for each other without blocking it", async () => {
    const trees = ["one", "two"].map((word) =>
      treeOf({ "a.ts": `const ${word} = 1;`, "b.ts": `const b = "${word}";` }),
    );

    const done = await Promise.all(
      trees.map((tree) => createSqliteEngramStore({ directory }).updateFrom(key, treeSource(tree))),
    );

    expect(done.map(({ engram }) => engram.info().commit)).toEqual(trees.map((tree) => treeSource(tree).revision));
    for (const { engram } of done) engram.close();
    expect(await verifyEngramFile(file)).toMatchObject({ problems: [] });
  });

  it("an open engram keeps its snapshot, texts included", async () => {
    const store = createSqliteEngramStore({ directory });
    const { engram } = await store.update(key, repository.dir, commits[0]);

    await update(commits[1]);

    expect(engram.text("src/file7.ts")).toContain("work7");
    expect(engram.dump()).toBe(dumps[0]);
    store.close();
  });

  it("a writer that does not let go is named, as an error that passes", async () => {
    await update(commits[0]);
    const writer = new Database(file);
    writer.exec("BEGIN IMMEDIATE");

    await expect(update(commits[1])).rejects.toMatchObject({ code: "engram-busy", transient: true });
    writer.close();
  });
});
