import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import type { IssueVector } from "../../src/tracker/issue-vectors.ts";
import { createMemoryIssueVectors } from "../../src/tracker/memory-issue-vectors.ts";
import { createMemoryTrackerStore } from "../../src/tracker/memory-tracker-store.ts";
import { openIssueVectorsFile } from "../../src/tracker/sqlite-issue-vectors.ts";
import { createSqliteTrackerStore } from "../../src/tracker/sqlite-tracker-store.ts";
import type { KeptTrackerStore } from "../../src/tracker/tracker-keeper.ts";
import { fakeGitHub, issueAt } from "../helpers/tracked-records.ts";

const folder = mkdtempSync(join(tmpdir(), "vectors-"));
let folders = 0;
const key = "github.com/acme/shop";
afterAll(() => rmSync(folder, { recursive: true }));

const vectorOf = (issue: number, ...values: number[]): IssueVector => ({
  issue,
  text: `text of ${issue}`,
  vector: Float32Array.from(values),
});

describe.each([
  ["sqlite", () => createSqliteTrackerStore({ directory: join(folder, String(++folders)) })],
  ["memory", () => createMemoryTrackerStore()],
])("vectors of a %s tracker", (_name, create: () => KeptTrackerStore) => {
  let store: KeptTrackerStore;
  beforeEach(async () => {
    store = create();
    await store.sync(key, fakeGitHub({ issues: [issueAt(1, 1), issueAt(2, 2), issueAt(3, 3)] }).source);
  });
  afterEach(() => store.close());
  const numbers = (encoder = "e"): number[] =>
    store
      .vectors(key)
      .read(encoder)
      .map(({ issue }) => issue);

  it("gives back what an encoder made, one vector an issue, in the order of numbers", () => {
    const vectors = store.vectors(key);
    vectors.save("e", [vectorOf(3, 0.5, -0.25), vectorOf(1, 0.1, 1e-7)]);
    expect(vectors.read("e")).toEqual([vectorOf(1, 0.1, 1e-7), vectorOf(3, 0.5, -0.25)]);

    vectors.save("e", [{ ...vectorOf(3, 1, 0), text: "edited" }]);
    expect(vectors.read("e")[1]).toEqual({ ...vectorOf(3, 1, 0), text: "edited" });
    expect(vectors.read("other")).toEqual([]);
    vectors.save("other", [vectorOf(3, 0, 1)]);
    expect([numbers(), numbers("other")]).toEqual([[1], [3]]);
  });

  it("keeps none of what is no issue, was forgotten or purged", async () => {
    const vectors = store.vectors(key);
    vectors.save("e", [vectorOf(1, 1), vectorOf(2, 1), vectorOf(9, 1)]);
    store.forgetIssue(key, 2);
    expect(numbers()).toEqual([1]);
    vectors.save("e", [vectorOf(2, 1)]);
    expect(numbers()).toEqual([1]);

    store.purge(key);
    vectors.save("e", [vectorOf(1, 1)]);
    expect([vectors.read("e"), store.open(key)]).toEqual([[], null]);
    await store.sync(key, fakeGitHub({ issues: [issueAt(1, 1)] }).source);
    expect(numbers()).toEqual([]);
  });

  it("says when there is something new", () => {
    const vectors = store.vectors(key);
    const stamps = [vectors.stamp()];
    const after = (change: () => void): void => {
      change();
      stamps.push(vectors.stamp());
    };
    after(() => vectors.save("e", [vectorOf(1, 1), vectorOf(2, 1)]));
    after(() => vectors.save("e", [vectorOf(2, 0.5)]));
    after(() => store.forgetIssue(key, 1));
    expect(new Set(stamps).size).toBe(stamps.length);
    expect(vectors.stamp()).toBe(stamps.at(-1));
  });
});

it("a tracker of before there were vectors keeps its records and gets a place for them", async () => {
  const directory = join(folder, "before");
  const one = createSqliteTrackerStore({ directory });
  await one.sync(key, fakeGitHub({ issues: [issueAt(1, 1)] }).source);
  one.close();
  const file = new Database(join(directory, `${key}.tracker`));
  file.exec("DROP TRIGGER issue_vector_goes; DROP TABLE issue_vector");
  file.close();

  const store = createSqliteTrackerStore({ directory });
  store.vectors(key).save("e", [vectorOf(1, 1)]);
  expect(store.open(key)?.issue(1)?.title).toBe("Issue 1");
  expect(store.vectors(key).read("e")).toHaveLength(1);
  store.forgetIssue(key, 1);
  expect(store.vectors(key).read("e")).toEqual([]);
  store.close();
});

it("a file of its own keeps vectors of any number, as memory does", () => {
  const path = join(folder, "deep", "export.vectors");
  const file = openIssueVectorsFile(path);
  const memory = createMemoryIssueVectors();
  for (const vectors of [file, memory]) vectors.save("e", [vectorOf(7, 0.5), vectorOf(4, 1)]);
  file.close();
  const again = openIssueVectorsFile(path);
  expect(again.read("e")).toEqual(memory.read("e"));
  expect(again.read("e").map(({ issue }) => issue)).toEqual([4, 7]);
  again.close();
});
