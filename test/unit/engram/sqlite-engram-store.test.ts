import Database from "libsql";
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createMemoryEngramStore } from "../../../src/engram/memory-engram-store.ts";
import { createSqliteEngramStore, type SqliteEngramStoreOptions } from "../../../src/engram/sqlite-engram-store.ts";
import { encoderVersion, formatVersion } from "../../../src/engram/versions.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";

vi.mock(import("../../../src/shared/limits.ts"), async (original) => {
  const { limits } = await original();
  return { limits: { ...limits, engramLockMs: 50 as never } };
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
afterEach(() => rmSync(directory, { recursive: true, force: true }));

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
    const [row] = db.prepare("SELECT count(*) AS texts FROM texts").all([]) as { texts: number }[];
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
  it.each([
    ["an older format", "PRAGMA user_version = 0; DROP TABLE counters"],
    ["an older encoder", `UPDATE engram SET encoder_version = ${encoderVersion - 1}`],
  ])("%s is built again", async (_, sql) => {
    await update(commits[0]);
    execute(sql);

    expect(await update(commits[1])).toMatchObject({ report: { from: null, read: 40 }, dump: dumps[1] });
  });

  it("another seed is built again", async () => {
    await update(commits[0], { seed: 1 });

    expect(await update(commits[1])).toMatchObject({ report: { from: null }, dump: dumps[1] });
  });

  it.each([
    ["a newer format", "PRAGMA user_version =", formatVersion],
    ["a newer encoder", "UPDATE engram SET encoder_version =", encoderVersion],
  ])("%s is refused and left alone, also where damaged files are rebuilt", async (_, sql, version) => {
    await update(commits[0]);
    execute(`${sql} ${version + 1}`);

    await expect(update(commits[1], { rebuildDamaged: true })).rejects.toMatchObject({ code: "engram-newer" });

    execute(`${sql} ${version}`);
    expect(await update(commits[0])).toMatchObject({ report: { from: commits[0] }, dump: dumps[0] });
  });
});

describe("damage", () => {
  const damages: [string, () => void][] = [
    ["bytes that are no database", () => writeFileSync(file, "not a database ".repeat(1_000))],
    ["another program's database", () => (rmSync(file), execute("CREATE TABLE notes (text)"))],
    ["a file cut in half", () => writeFileSync(file, readFileSync(file).subarray(0, readFileSync(file).length >> 1))],
    ["an overwritten page", () => overwrite(file, 3 * 4_096, Buffer.alloc(4_096, 0x5a))],
    ["a lost row", () => execute("DELETE FROM files WHERE path = 'src/file3.ts'")],
    ["an altered row", () => execute("UPDATE files SET oid = mode WHERE path = 'src/file3.ts'")],
    ["columns that do not unpack", () => execute("UPDATE files SET columns = x'0102' WHERE path = 'src/file3.ts'")],
  ];

  it.each(damages)("%s is found, named, and mended by deleting the file", async (_, damage) => {
    await update(commits[0]);
    damage();

    await expect(update(commits[0])).rejects.toMatchObject({
      code: "engram-corrupt",
      message: expect.stringContaining(file),
      remedy: expect.stringContaining("Delete the file"),
    });

    for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
    expect((await update(commits[0])).dump).toBe(dumps[0]);
  });

  it.each(damages)("%s is rebuilt where the store may", async (_, damage) => {
    await update(commits[0]);
    damage();

    expect(await update(commits[1], { rebuildDamaged: true })).toMatchObject({
      report: { from: null },
      dump: dumps[1],
    });
  });

  it.each([
    ["missing", "DELETE FROM texts"],
    ["altered", "UPDATE texts SET deflated = x'789c0102'"],
  ])("a text that is %s is found when it is read", async (_, sql) => {
    await update(commits[0]);
    execute(sql);

    await expect(update(commits[0])).rejects.toMatchObject({ code: "engram-corrupt" });
  });

  function overwrite(path: string, position: number, bytes: Buffer): void {
    const descriptor = openSync(path, "r+");
    writeSync(descriptor, bytes, 0, bytes.length, position);
    closeSync(descriptor);
  }
});

describe("other processes", () => {
  it("an update that another one overtook starts over and ends right", async () => {
    await update(commits[0]);
    const store = createSqliteEngramStore({ directory });
    let plans = 0;

    const { engram } = await store.update(key, repository.dir, commits[1], {
      // Called once for each plan, between reading the engram and writing it.
      onProgress: () => {
        plans += 1;
        if (plans === 1) execute("UPDATE engram SET commit_id = 'another'");
      },
    });

    expect(plans).toBe(2);
    expect(engram.dump()).toBe(dumps[1]);
    store.close();
  });

  it("an update that is overtaken again and again gives up", async () => {
    await update(commits[0]);
    const store = createSqliteEngramStore({ directory });
    let writes = 0;
    const onProgress = () => execute(`UPDATE engram SET commit_id = 'another ${writes++}'`);

    await expect(store.update(key, repository.dir, commits[1], { onProgress })).rejects.toMatchObject({
      code: "engram-busy",
      transient: true,
    });
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
