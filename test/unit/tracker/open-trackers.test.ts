import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { limits } from "../../../src/shared/limits.ts";
import { createSqliteTrackerStore } from "../../../src/tracker/sqlite-tracker-store.ts";
import { fakeGitHub, issueAt } from "../../helpers/tracked-records.ts";

it("keeps few repositories open, and takes none out of anybody's hands", async () => {
  const directory = mkdtempSync(join(tmpdir(), "open-trackers-"));
  const store = createSqliteTrackerStore({ directory });
  const github = fakeGitHub({ issues: [issueAt(1, 1)] });
  const [key, busy] = ["github.com/acme/shop", "github.com/acme/busy"];
  const others = Array.from({ length: limits.openTrackers + 1 }, (_, index) => `github.com/acme/other-${index}`);
  for (const other of [...others, key]) await store.sync(other, github.source);
  const held = store.open(key);
  const slow = fakeGitHub({ issues: [issueAt(2, 1)] });
  slow.before = () => others.forEach((other) => void store.open(other));
  const report = await store.sync(busy, slow.source);

  expect(report.complete).toBe(true);
  expect(store.open(busy)?.issue(2)).not.toBeNull();
  expect([...(held?.issues() ?? [])].map(({ number }) => number)).toEqual([1]);
  // It was let go, and is another one by now, which says the same.
  expect(store.open(key)).not.toBe(held);
  expect(store.open(key)?.issue(1)).toEqual(held?.issue(1));
  store.close();
  rmSync(directory, { recursive: true });
});
