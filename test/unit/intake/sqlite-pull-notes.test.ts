import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterEach, expect, it, vi } from "vitest";
import { openSqlitePullNotes } from "../../../src/intake/sqlite-pull-notes.ts";
import { limits } from "../../../src/shared/limits.ts";

const pull = { repository: "github.com/acme/shop", number: 7 };
const other = { ...pull, number: 8 };
const folders: string[] = [];

afterEach(() => {
  vi.useRealTimers();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFile(): string {
  folders.push(mkdtempSync(join(tmpdir(), "notes-")));
  return join(folders.at(-1) ?? "", "deep", "pulls.db");
}

it("knows nothing of a new pull request", () => {
  const notes = openSqlitePullNotes(newFile());
  expect(notes.read(pull)).toEqual({ paused: false, ignored: new Map(), reviewed: null, configurationNote: null });
  notes.shut();
});

it("keeps what was noted, of each pull request for itself, over a restart", () => {
  const file = newFile();
  let notes = openSqlitePullNotes(file);
  notes.setPaused(pull, true, 100);
  notes.ignoreFinding(pull, "0123456789abcdef", "ann");
  notes.ignoreFinding(pull, "0123456789abcdef", "ben");
  notes.setReviewed(pull, "abc main");
  notes.setConfigurationNote(pull, "digest");
  notes.shut();

  notes = openSqlitePullNotes(file);
  expect(notes.read(pull)).toEqual({
    paused: true,
    ignored: new Map([["0123456789abcdef", "ann"]]),
    reviewed: "abc main",
    configurationNote: "digest",
  });
  expect(notes.read(other).paused).toBe(false);
  expect(notes.read({ ...pull, repository: "github.com/acme/other" }).ignored.size).toBe(0);
  notes.setConfigurationNote(pull, null);
  expect(notes.read(pull).configurationNote).toBeNull();
  notes.shut();
});

it("goes by when a command was written, not by when it ran", () => {
  const notes = openSqlitePullNotes(newFile());
  notes.setPaused(pull, true, 100);
  notes.setPaused(pull, false, 101);
  notes.setPaused(pull, true, 100);
  expect(notes.read(pull).paused).toBe(false);
  notes.setPaused(pull, true, 102);
  expect(notes.read(pull).paused).toBe(true);
  notes.shut();
});

it("forgets closed pull requests after a while, and not those that were opened again", () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const notes = openSqlitePullNotes(newFile());
  const third = { ...pull, number: 10 };
  for (const one of [pull, other, third]) {
    notes.setPaused(one, true, 1);
    notes.ignoreFinding(one, "0123456789abcdef", "ann");
    notes.close(one);
  }
  notes.setReviewed(other, "abc main");
  notes.keepOpen(third);
  const dayMs = 24 * 60 * 60_000;
  vi.setSystemTime(Date.now() + (limits.closedPullDays - 1) * dayMs);
  notes.setReviewed({ ...pull, number: 9 }, "abc main");
  expect(notes.read(pull)).toMatchObject({ paused: true, ignored: new Map([["0123456789abcdef", "ann"]]) });

  vi.setSystemTime(Date.now() + 2 * dayMs);
  notes.setReviewed({ ...pull, number: 9 }, "abc main");
  expect(notes.read(pull)).toMatchObject({ paused: false, ignored: new Map() });
  for (const open of [other, third])
    expect(notes.read(open)).toMatchObject({ paused: true, ignored: new Map([["0123456789abcdef", "ann"]]) });
  notes.shut();
});

it("keeps nothing of a pull request that was closed without a note", () => {
  const notes = openSqlitePullNotes(newFile());
  notes.close(pull);
  expect(notes.read(pull).paused).toBe(false);
  notes.shut();
});

it("knows what was reported last, of each repository", () => {
  const notes = openSqlitePullNotes(newFile());
  const { repository } = pull;
  expect(notes.isReported(repository, "a")).toBe(false);
  notes.setReported(repository, "a");
  notes.setReported("github.com/acme/other", "b");
  expect(notes.isReported(repository, "a")).toBe(true);
  notes.setReported(repository, "b");
  expect(["a", "b"].map((text) => notes.isReported(repository, text))).toEqual([false, true]);
  notes.shut();
});

it("says what to do with a file that is no database or is newer", () => {
  const damaged = newFile();
  const notes = openSqlitePullNotes(damaged);
  notes.shut();
  const db = new Database(damaged);
  db.pragma("user_version = 99");
  db.close();
  expect(() => openSqlitePullNotes(damaged)).toThrow(expect.objectContaining({ code: "pull-notes-newer" }) as Error);

  const text = newFile().replace("deep/", "");
  writeFileSync(text, "x".repeat(4_096));
  expect(() => openSqlitePullNotes(text)).toThrow(expect.objectContaining({ code: "pull-notes-unusable" }) as Error);
});

it("remembers up to where a branch was looked at, and forgets it after a while", () => {
  const notes = openSqlitePullNotes(newFile());
  expect(notes.readBranch("r", "topic")).toBeNull();
  notes.setBranch("r", "topic", "");
  notes.setBranch("r", "Topic", "abc");
  notes.setBranch("other", "topic", "def");
  expect([notes.readBranch("r", "topic"), notes.readBranch("r", "Topic")]).toEqual(["", "abc"]);

  vi.useFakeTimers({ now: Date.now() + (limits.branchNoteDays + 1) * 24 * 60 * 60_000 });
  notes.setBranch("r", "new", "abc");
  expect([notes.readBranch("r", "topic"), notes.readBranch("r", "new")]).toEqual([null, "abc"]);
  notes.shut();
});

it("lists open check runs until they are ended, the oldest first", () => {
  vi.useFakeTimers({ now: 1_000 });
  const notes = openSqlitePullNotes(newFile());
  const repository = { host: "github.com", owner: "Acme", name: "shop" };
  const one = { repository, installationId: 3, about: "pull-7", head: "abc" };
  notes.noteOpenCheck(one);
  vi.setSystemTime(2_000);
  notes.noteOpenCheck({ ...one, head: "def" });
  expect(notes.openChecks(2_000)).toEqual([one]);
  expect(notes.openChecks(Infinity)).toEqual([one, { ...one, head: "def" }]);
  notes.forgetOpenCheck({ ...one, repository: { ...repository, owner: "acme" } });
  expect(notes.openChecks(Infinity)).toEqual([{ ...one, head: "def" }]);
  notes.shut();
});

it("goes on with a file of before branches, check runs and stops were kept", () => {
  const file = newFile();
  const made = openSqlitePullNotes(file);
  made.setReviewed(pull, "abc main");
  made.shut();
  const old = new Database(file);
  old.exec("DROP TABLE branch; DROP TABLE open_check; DROP TABLE stop; PRAGMA user_version = 1");
  old.close();

  const notes = openSqlitePullNotes(file);
  expect(notes.read(pull).reviewed).toBe("abc main");
  notes.setBranch("r", "topic", "abc");
  expect(notes.readBranch("r", "topic")).toBe("abc");
  const stop = { at: "2031-01-01T00:00:00Z", comment: 5, by: "ann" };
  notes.noteStop(pull, stop);
  expect(notes.readStop(pull)).toEqual(stop);
  notes.shut();
});

it("forgets after a while who wanted something to end", () => {
  vi.useFakeTimers({ now: 1_000 });
  const notes = openSqlitePullNotes(newFile());
  const stop = { at: "2031-01-01T00:00:00Z", comment: 5, by: "ann" };
  notes.noteStop(pull, stop);
  vi.setSystemTime(2_000 + limits.closedPullDays * 24 * 60 * 60_000);
  notes.noteStop(other, stop);
  expect([notes.readStop(pull), notes.readStop(other)]).toEqual([null, stop]);
  notes.shut();
});
