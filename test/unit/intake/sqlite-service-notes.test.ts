import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openSqliteServiceNotes } from "../../../src/intake/sqlite-service-notes.ts";

const folder = mkdtempSync(join(tmpdir(), "service-notes-"));
let files = 0;
afterAll(() => rmSync(folder, { recursive: true }));

const hello = "github.com/octo/hello";

function open() {
  return openSqliteServiceNotes(join(folder, `${++files}.db`));
}

it("switches one repository, or all of them, and another process sees it", () => {
  const notes = open();
  const other = openSqliteServiceNotes(join(folder, `${files}.db`));
  expect(notes.isOff(hello)).toBe(false);
  notes.setSwitch(hello, true, "mara", 7);
  expect([other.isOff(hello), other.isOff("github.com/octo/other"), other.isOff()]).toEqual([true, false, false]);
  notes.setSwitch(null, true, "root");
  expect([other.isOff("github.com/octo/other"), other.isOff()]).toEqual([true, true]);
  expect(other.switchedOff().map(({ repository, by }) => [repository, by])).toEqual([
    [hello, "mara"],
    [null, "root"],
  ]);
  notes.setSwitch(null, false, "root");
  expect([notes.isOff(hello), notes.isOff()]).toEqual([true, false]);
  notes.shut();
  other.shut();
});

it("lets no older comment undo a newer one, and the command line undo any", () => {
  const notes = open();
  notes.setSwitch(hello, true, "mara", 9);
  notes.setSwitch(hello, false, "mara", 8);
  expect(notes.isOff(hello)).toBe(true);
  notes.setSwitch(hello, false, "root");
  expect(notes.isOff(hello)).toBe(false);
  notes.setSwitch(hello, true, "mara", 9);
  expect(notes.isOff(hello)).toBe(false);
  notes.setSwitch(hello, true, "mara", 10);
  expect(notes.isOff(hello)).toBe(true);
  notes.shut();
});

it.each([
  [true, false],
  [false, true],
  [true, true],
])("leaves a renamed repository off where it was off under either name (%s, %s)", (from, to) => {
  const notes = open();
  const renamed = "github.com/octo/renamed";
  notes.setSwitch(hello, from, "mara", 9);
  notes.setSwitch(renamed, to, "ann", 4);
  notes.renameRepository(hello, renamed);
  expect([notes.isOff(hello), notes.isOff(renamed)]).toEqual([false, true]);
  notes.setSwitch(renamed, false, "ann", 10);
  expect(notes.isOff(renamed)).toBe(false);
  notes.shut();
});

it("knows when anything was switched last that counts for a repository", () => {
  const notes = open();
  expect(notes.switchedAt(hello)).toBeNull();
  notes.setSwitch("github.com/octo/other", true, "mara");
  expect(notes.switchedAt(hello)).toBeNull();
  notes.setSwitch(null, true, "root");
  expect(notes.switchedAt(hello)).toBeGreaterThan(Date.now() - 60_000);
  notes.shut();
});

it("keeps marks of a repository until it is forgotten", () => {
  const notes = open();
  notes.setMark(hello, "comments", "2026-01-01T00:00:00Z");
  notes.setSwitch(hello, true, "mara", 1);
  expect(notes.mark(hello, "comments")).toBe("2026-01-01T00:00:00Z");
  notes.forgetRepository(hello);
  expect([notes.mark(hello, "comments"), notes.isOff(hello)]).toEqual([null, false]);
  notes.shut();
});

it("says which file is none of its own", () => {
  const file = join(folder, "text.db");
  writeFileSync(file, "hello ".repeat(1_000));
  expect(() => openSqliteServiceNotes(file)).toThrow(expect.objectContaining({ code: "service-notes-unusable" }));
});
