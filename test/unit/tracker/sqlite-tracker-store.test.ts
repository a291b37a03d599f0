import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "libsql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createMemoryTrackerStore } from "../../../src/tracker/memory-tracker-store.ts";
import { createSqliteTrackerStore } from "../../../src/tracker/sqlite-tracker-store.ts";
import type { Tracker } from "../../../src/tracker/tracker.ts";
import { fakeGitHub, issueAt } from "../../helpers/tracked-records.ts";
import { killedKey, manyRecords } from "./many-records.ts";

const key = "github.com/acme/shop";
const script = fileURLToPath(import.meta.resolve("./endless-sync.ts"));

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tracker-"));
  file = join(directory, `${key}.tracker`);
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Everything that a tracker says. */
function contents(tracker: Tracker | null): unknown {
  if (!tracker) throw new Error("nothing was read");
  const issues = [...tracker.issues()];
  return {
    issues,
    comments: issues.map(({ number }) => tracker.comments(number)),
    links: issues.map(({ number }) => tracker.links(number)),
    reviewComments: [...tracker.reviewComments()],
    readTo: tracker.readTo(),
  };
}

/** Starts a sync and kills it when it has asked for so many pages. */
async function syncAndKill(pages: number): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, ["--import", "tsx", script, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.on("data", (text: Buffer) => {
    printed += text.toString();
    if (printed.length >= pages) child.kill("SIGKILL");
  });
  return new Promise((resolve) => child.on("close", (_code, signal) => resolve(signal)));
}

test("a process that is killed leaves whole pages, and the next one goes on", { timeout: 120_000 }, async () => {
  const whole = createMemoryTrackerStore();
  await whole.sync(killedKey, fakeGitHub(manyRecords()).source);
  const known: number[] = [];
  for (const pages of [1, 30, 47, 61, 90]) {
    expect(await syncAndKill(pages)).toBe("SIGKILL");
    const store = createSqliteTrackerStore({ directory });
    const tracker = store.open(killedKey);
    known.push(tracker ? [...tracker.issues()].length : 0);
    store.close();
  }
  const store = createSqliteTrackerStore({ directory });
  const report = await store.sync(killedKey, fakeGitHub(manyRecords()).source);

  expect(known).toEqual(known.toSorted((a, b) => a - b));
  expect(known[1]).toBeGreaterThan(0);
  expect(report).toMatchObject({ issues: 400 - (known.at(-1) ?? 0), complete: true });
  expect(contents(store.open(killedKey))).toEqual(contents(whole.open(killedKey)));
  store.close();
});

test("what was read is there for the next process, and for one beside it", async () => {
  const store = createSqliteTrackerStore({ directory });
  await store.sync(key, fakeGitHub(manyRecords()).source);
  const beside = createSqliteTrackerStore({ directory });

  expect(contents(beside.open(key))).toEqual(contents(store.open(key)));
  await beside.sync(key, fakeGitHub({ issues: [issueAt(900, 90_000)] }).source);
  expect(store.open(key)?.issue(900)?.number).toBe(900);
  store.close();
  beside.close();
  const next = createSqliteTrackerStore({ directory });
  expect(next.open(key)?.readTo().issues).toBe(issueAt(1, 90_000).updatedAt);
  next.close();
});

test("looking at a repository that was never read makes no file, nor does forgetting", () => {
  const store = createSqliteTrackerStore({ directory });

  expect(store.open(key)).toBeNull();
  store.forgetIssue(key, 1);
  store.purge(key);
  expect(readdirSync(directory)).toEqual([]);
});

test("a purge leaves no file, also one by another process", async () => {
  const store = createSqliteTrackerStore({ directory });
  const beside = createSqliteTrackerStore({ directory });
  await store.sync(key, fakeGitHub({ issues: [issueAt(1, 1)] }).source);
  beside.open(key);
  store.purge(key);

  expect(readdirSync(join(file, ".."))).toEqual([]);
  expect(beside.open(key)).toBeNull();
  expect(await beside.sync(key, fakeGitHub({ issues: [issueAt(2, 1)] }).source)).toMatchObject({ issues: 1 });
  beside.close();
});

test("others on the machine cannot list the folder", async () => {
  const store = createSqliteTrackerStore({ directory: join(directory, "trackers") });
  await store.sync(key, fakeGitHub({ issues: [issueAt(1, 1)] }).source);

  expect(statSync(join(directory, "trackers")).mode & 0o077).toBe(0);
  store.close();
});

test.each([
  [
    "that is no database",
    () => writeFileSync(file, "this is no database at all, but long enough for a header".repeat(99)),
  ],
  [
    "whose tables cannot be read",
    () => {
      const db = new Database(file);
      db.exec("PRAGMA journal_mode = WAL; CREATE TABLE other (a); PRAGMA user_version = 1");
      db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      db.close();
      const bytes = readFileSync(file);
      writeFileSync(file, bytes.fill(0x5a, 108));
    },
  ],
  ["that is cut off", () => writeFileSync(file, `SQLite format 3\0${"\u0001".repeat(200)}`)],
  [
    "of another version",
    () => {
      const db = new Database(file);
      db.exec("CREATE TABLE other (a); PRAGMA user_version = 99");
      db.close();
    },
  ],
])("a file %s is begun afresh", async (_name, damage) => {
  const store = createSqliteTrackerStore({ directory });
  await store.sync(key, fakeGitHub({ issues: [issueAt(1, 1), issueAt(2, 2)] }).source);
  store.close();
  for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
  damage();
  const again = createSqliteTrackerStore({ directory });

  expect(again.open(key)).toBeNull();
  expect(await again.sync(key, fakeGitHub({ issues: [issueAt(1, 1)] }).source)).toMatchObject({ issues: 1 });
  again.close();
});

test("damage that shows only when it is read is told, and mended by the next sync", async () => {
  const store = createSqliteTrackerStore({ directory });
  await store.sync(key, fakeGitHub(manyRecords()).source);
  store.close();
  // All but the header and the tables' names.
  const bytes = readFileSync(file);
  bytes.fill(0x5a, 16_384 * 8);
  writeFileSync(file, bytes);
  const again = createSqliteTrackerStore({ directory });

  expect(() => contents(again.open(key))).toThrow("is damaged");
  await again.sync(key, fakeGitHub(manyRecords()).source);
  expect(contents(again.open(key))).toMatchObject({ issues: { length: 400 } });
  again.close();
});

test("a file that cannot be written is named, with what to do", async () => {
  writeFileSync(join(directory, "github.com"), "in the way");
  const store = createSqliteTrackerStore({ directory });

  await expect(store.sync(key, fakeGitHub().source)).rejects.toMatchObject({
    code: "tracker-unusable",
    message: expect.stringContaining(file) as string,
  });
});

test.each(["../elsewhere", "a//b", "github.com/../../etc", "a/./b", "", "a\\b"])("no key leads out: %j", (bad) => {
  const store = createSqliteTrackerStore({ directory });

  expect(() => store.open(bad)).toThrow("cannot name a tracker");
  expect(() => store.purge(bad)).toThrow("cannot name a tracker");
  expect(existsSync(join(directory, "..", "elsewhere.tracker"))).toBe(false);
});
