import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { AskLimit } from "../../../src/intake/ask-limit.ts";
import { openSqliteAskLimit } from "../../../src/intake/sqlite-ask-limit.ts";
import { limits } from "../../../src/shared/limits.ts";

let folder: string;
let now: number;
let asks: AskLimit;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "asks-"));
  now = 1_000_000_000;
  asks = openSqliteAskLimit(join(folder, "asks.db"), () => now);
});
afterEach(() => {
  asks.shut();
  rmSync(folder, { recursive: true });
});

let comment = 0;
const by = (sender: string, repository = "github.com/octo/hello") => ({ repository, sender, comment: ++comment });

it("answers a person so often within the window, and again as it moves on", () => {
  for (let i = 0; i < limits.asksOfPerson; i++) {
    expect(asks.take(by(i % 2 === 0 ? "ann" : "Ann"))).toBe(true);
    now += 1_000;
  }
  expect(asks.take(by("ann"))).toBe(false);
  expect(asks.take(by("bob"))).toBe(true);
  expect(asks.take(by("ann", "github.com/octo/other"))).toBe(true);

  now = 1_000_000_000 + limits.askWindowMs;
  expect(asks.take(by("ann"))).toBe(true);
  expect(asks.take(by("ann"))).toBe(false);
});

it("counts a comment once, also in another process", () => {
  const first = by("ann");
  for (let i = 0; i < limits.asksOfPerson; i++) expect(asks.take(first)).toBe(true);
  const other = openSqliteAskLimit(join(folder, "asks.db"), () => now);
  for (let i = 1; i < limits.asksOfPerson; i++) expect(other.take(by("ann"))).toBe(true);
  expect(other.take(by("ann"))).toBe(false);
  expect(asks.take(first)).toBe(true);
  other.shut();
});

it("answers a repository so often, whoever asks", () => {
  for (let i = 0; i < limits.asksOfRepository; i++) expect(asks.take(by(`person-${i}`))).toBe(true);
  expect(asks.take(by("one-more"))).toBe(false);
});

it("lets a refusal be said once in a window to each person, and tries of it again", () => {
  const refused = by("ann");
  expect(asks.mayRefuse(refused)).toBe(true);
  expect(asks.mayRefuse(refused)).toBe(true);
  expect(asks.mayRefuse(by("ann"))).toBe(false);
  expect(asks.mayRefuse(by("bob"))).toBe(true);
  now += limits.askWindowMs;
  expect(asks.mayRefuse(by("ann"))).toBe(true);
});

it("says what to do with a file that is no database", () => {
  const file = join(folder, "other.db");
  writeFileSync(file, "no database at all, but long enough to be looked at as one".repeat(20));
  expect(() => openSqliteAskLimit(file)).toThrow(expect.objectContaining({ code: "ask-limit-unusable" }));
});
