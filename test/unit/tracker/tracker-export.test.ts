import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../../src/shared/limits.ts";
import { createExportSource, openExportedTracker } from "../../../src/tracker/exported-tracker.ts";
import { createMemoryTrackerStore } from "../../../src/tracker/memory-tracker-store.ts";
import { readTrackerExport } from "../../../src/tracker/tracker-export.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "export-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(...lines: (object | string)[]): string {
  const file = join(folder, "tracker.jsonl");
  writeFileSync(file, lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"));
  return file;
}

const full = {
  number: 7,
  title: "Totals are off",
  body: "By one.",
  state: "closed",
  labels: ["bug"],
  createdAt: "2026-01-02T03:04:05.678+01:00",
  closedAt: "2026-01-04T00:00:00Z",
  author: "bob",
  comments: [{ author: "ada", body: "I see it, too", createdAt: "2026-01-05T00:00:00Z" }],
  duplicates: [3, 7],
};

describe("an exported tracker", () => {
  test("tells what a line tells, its times in UTC, and when it last changed", async () => {
    const { tracker, exported } = await openExportedTracker(write(full, { number: 3, title: "First" }, ""));
    expect([...tracker.issues()].map(({ number }) => number)).toEqual([3, 7]);
    expect(tracker.issue(7)).toEqual({
      number: 7,
      pull: false,
      title: "Totals are off",
      body: "By one.",
      author: { login: "bob", association: "UNKNOWN", bot: false },
      state: "closed",
      stateReason: null,
      labels: ["bug"],
      createdAt: "2026-01-02T02:04:05Z",
      updatedAt: "2026-01-05T00:00:00Z",
      closedAt: "2026-01-04T00:00:00Z",
      mergedAt: null,
    });
    expect(tracker.comments(7)).toMatchObject([{ issue: 7, body: "I see it, too", author: { login: "ada" } }]);
    expect(tracker.issue(3)).toMatchObject({ body: "", state: "open", labels: [], createdAt: "", closedAt: null });
    expect(exported.map(({ duplicates }) => duplicates)).toEqual([[], [3]]);
    expect(tracker.readTo()).toEqual({
      issues: "2026-01-05T00:00:00Z",
      comments: "2026-01-05T00:00:00Z",
      reviewComments: null,
    });
  });

  test("may leave out everything but number and title, or say null", async () => {
    const nulls = Object.fromEntries(Object.keys(full).map((key) => [key, null]));
    const { tracker } = await openExportedTracker(
      write({ ...nulls, number: 1, title: "" }, '{"number":2,"title":"x"}\r'),
    );
    expect([...tracker.issues()]).toHaveLength(2);
    expect(tracker.issue(1)).toMatchObject({ author: { login: "ghost" }, state: "open" });
  });

  test("keeps nothing that nobody sees", async () => {
    const hidden = "\u{e0049}\u{e0067}";
    const { tracker } = await openExportedTracker(
      write({ number: 1, title: `Crash${hidden}`, body: `Seen${hidden}`, comments: [{ body: `Yes${hidden}` }] }),
    );
    expect(tracker.issue(1)).toMatchObject({ title: "Crash", body: "Seen" });
    expect(tracker.comments(1)[0]?.body).toBe("Yes");
  });

  test("is read through a mark at its beginning, and with characters on the border of two reads", async () => {
    const body = "ä€😀".repeat(30_000);
    const { tracker } = await openExportedTracker(write(`\uFEFF${JSON.stringify({ number: 1, title: "é", body })}`));
    expect(tracker.issue(1)?.title).toBe("é");
    expect(body.startsWith(tracker.issue(1)?.body ?? "-")).toBe(true);
    expect(tracker.issue(1)?.body.length).toBeGreaterThan(limits.commentCharacters - 2);
  });

  test.each([
    [["{"], "line 1: this is not JSON"],
    [[full, "[1]"], "line 2: the value: "],
    [[full, "", { title: "x" }], "line 3: number: "],
    [[{ number: 0, title: "x" }], "line 1: number: "],
    [[{ number: 1, title: "x", createdAt: "yesterday" }], "line 1: createdAt: no time that can be read"],
    [[{ number: 1, title: "x", comments: [{ createdAt: 5 }] }], "line 1: comments.0.createdAt: "],
    [[{ number: 1, title: "x", state: "done" }], "line 1: state: "],
    [[full, full], "line 2: issue 7 stands in line 1 already"],
    [["", ""], "there is no issue in the file"],
  ])("names the line that is wrong, and why: %j", async (lines, message) => {
    const file = write(...lines);
    await expect(openExportedTracker(file)).rejects.toMatchObject({
      code: "bad-tracker-export",
      message: expect.stringContaining(`${file}, `) as string,
    });
    await expect(openExportedTracker(file)).rejects.toThrow(message);
  });

  test("refuses a line that never ends before it fills the memory", async () => {
    const file = write(`{"number": 1, "title": "${"x".repeat(limits.exportedLineCharacters + 100_000)}`);
    await expect(openExportedTracker(file)).rejects.toThrow("the line is too long for one issue");
  });

  test("says when the file is not there, and stops when it is told to", async () => {
    await expect(openExportedTracker(join(folder, "none"))).rejects.toMatchObject({ code: "cannot-read-file" });
    const stop = new AbortController();
    const reading = (async () => {
      for await (const _ of readTrackerExport(write(full, { number: 8, title: "x" }), stop.signal)) stop.abort();
    })();
    await expect(reading.then(() => stop.signal.throwIfAborted())).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("an import", () => {
  test("brings issues and comments into the kept tracker, once", async () => {
    const store = createMemoryTrackerStore();
    const file = write({ number: 3, title: "First" }, full);
    const report = await store.sync("k", createExportSource(file));
    expect(report).toMatchObject({ issues: 2, comments: 1, complete: true, skipped: [{ kind: "links" }] });
    expect(store.open("k")?.issue(7)?.title).toBe("Totals are off");
    expect(await store.sync("k", createExportSource(file))).toMatchObject({ issues: 0, comments: 0 });
  });
});
