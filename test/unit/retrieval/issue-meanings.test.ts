import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Encoder } from "../../../src/model/encoder.ts";
import { embedIssues, openIssueMeanings, readMeaning } from "../../../src/retrieval/issue-meanings.ts";
import { limits } from "../../../src/shared/limits.ts";
import { createMemoryTrackerStore } from "../../../src/tracker/memory-tracker-store.ts";
import type { KeptTrackerStore } from "../../../src/tracker/tracker-keeper.ts";
import type { TrackedIssue } from "../../../src/tracker/tracker.ts";
import { fakeGitHub, issueAt } from "../../helpers/tracked-records.ts";

const key = "github.com/acme/shop";

/** Texts with the same words in whatever order have the same vector; `read` says what was computed. */
function wordEncoder(more: Partial<Encoder> = {}): Encoder & { read: string[] } {
  const read: string[] = [];
  return {
    identity: { name: "words", sha256: "a".repeat(64), backend: "llama" },
    dimensions: 64,
    read,
    async encode(texts) {
      read.push(...texts);
      return texts.map((text) => {
        const vector = new Float32Array(64);
        for (const word of text.toLowerCase().match(/\w+/g) ?? []) {
          vector[Buffer.from(word).reduce((sum, byte) => (sum * 31 + byte) % 64, 7)] = 1;
        }
        const length = Math.hypot(...vector) || 1;
        return vector.map((value) => value / length);
      });
    },
    close: async () => {},
    ...more,
  };
}

let store: KeptTrackerStore;
beforeEach(() => {
  store = createMemoryTrackerStore();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function tracked(issues: TrackedIssue[]) {
  await store.sync(key, fakeGitHub({ issues }).source);
  const tracker = store.open(key);
  if (tracker === null) throw new Error("nothing was read");
  return { tracker, vectors: store.vectors(key) };
}

const login = issueAt(1, 1, { title: "Login fails", body: "### Steps\n<!-- be precise -->\nexpired token" });
const dark = issueAt(2, 2, { title: "Dark mode", body: "flickers" });
const pull = issueAt(3, 3, { title: "Fix login", body: "", pull: true });

describe("embedIssues", () => {
  it("reads what people wrote in each issue once, the newest first, and no pull request", async () => {
    const { tracker, vectors } = await tracked([login, dark, pull]);
    const encoder = wordEncoder();

    expect(await embedIssues(tracker, vectors, encoder)).toBe(0);
    expect(encoder.read).toEqual(["Dark mode\nflickers", "Login fails\nexpired token"]);
    expect(await embedIssues(tracker, vectors, encoder)).toBe(0);
    expect(encoder.read).toHaveLength(2);
    expect(openIssueMeanings(tracker, vectors, encoder).size).toBe(2);
  });

  it("reads an edited issue again, and none for a label; another encoder reads all", async () => {
    const { tracker, vectors } = await tracked([login, dark]);
    const encoder = wordEncoder();
    await embedIssues(tracker, vectors, encoder);
    await tracked([
      { ...login, labels: ["bug"], updatedAt: issueAt(1, 8).updatedAt },
      { ...dark, body: "blinks", updatedAt: issueAt(1, 9).updatedAt },
    ]);

    expect(openIssueMeanings(tracker, vectors, encoder).of(2)).toBeNull();
    await embedIssues(tracker, vectors, encoder);
    expect(encoder.read.slice(2)).toEqual(["Dark mode\nblinks"]);
    const other = wordEncoder({ identity: { name: "other", sha256: "b".repeat(64), backend: "llama" } });
    expect(openIssueMeanings(tracker, vectors, other).size).toBe(0);
    await embedIssues(tracker, vectors, other);
    expect(openIssueMeanings(tracker, vectors, other).size).toBe(2);
  });

  it("ends at its deadline or when it is stopped, keeps what it has, and goes on with the rest", async () => {
    const many = Array.from({ length: 3 * limits.embedBatch }, (_, at) => issueAt(at + 1, at));
    const { tracker, vectors } = await tracked(many);
    const encoder = wordEncoder();
    const told: number[] = [];
    const onProgress = (done: number): void => void told.push(done);
    vi.useFakeTimers({ toFake: ["Date"] });
    const slow = wordEncoder({
      encode: async (texts) => {
        vi.setSystemTime(Date.now() + 10_000);
        return encoder.encode(texts);
      },
    });

    const left = await embedIssues(tracker, vectors, slow, { deadline: Date.now() + 15_000, onProgress });
    expect([left, told]).toEqual([limits.embedBatch, [limits.embedBatch, 2 * limits.embedBatch]]);
    const stop = new AbortController();
    stop.abort(new Error("shutting down"));
    await expect(embedIssues(tracker, vectors, encoder, { signal: stop.signal })).rejects.toThrow("shutting down");
    expect(await embedIssues(tracker, vectors, encoder)).toBe(0);
    expect(new Set(encoder.read).size).toBe(encoder.read.length);
    expect(openIssueMeanings(tracker, vectors, encoder).size).toBe(many.length);
  });

  it("keeps nothing of what is forgotten while it is read", async () => {
    const { tracker, vectors } = await tracked([login, dark]);
    const inner = wordEncoder();
    const encoder = wordEncoder({
      encode: async (texts) => {
        store.forgetIssue(key, 1);
        return inner.encode(texts);
      },
    });
    await embedIssues(tracker, vectors, encoder);
    expect(openIssueMeanings(tracker, vectors, encoder).size).toBe(1);
  });
});

describe("meanings", () => {
  it("compare any text with the issues that have a vector", async () => {
    const { tracker, vectors } = await tracked([login, dark]);
    const encoder = wordEncoder();
    await embedIssues(tracker, vectors, encoder);
    const meanings = openIssueMeanings(tracker, vectors, encoder);
    const meaning = await meanings.read({ number: null, title: "token expired", body: "login fails" });

    expect(meaning?.cosineOf(1)).toBeCloseTo(1);
    expect(meaning?.cosineOf(2)).toBeLessThan(0.5);
    expect(meaning?.cosineOf(77)).toBeNull();
    expect(meanings.of(1)?.cosineOf(1)).toBeCloseTo(1);
    expect(meanings.of(77)).toBeNull();
  });

  it("compute the vector of a new issue once, and keep it with the issue", async () => {
    const { tracker, vectors } = await tracked([login, dark]);
    const encoder = wordEncoder();
    await openIssueMeanings(tracker, vectors, encoder).read(login);
    await openIssueMeanings(tracker, vectors, encoder).read(login);
    expect(encoder.read).toHaveLength(1);
    expect(openIssueMeanings(tracker, vectors, encoder).of(1)).not.toBeNull();
    // Edited on GitHub, and the tracker does not know it yet: the text that was given is what counts.
    await openIssueMeanings(tracker, vectors, encoder).read({ ...login, body: "something else" });
    expect(encoder.read).toHaveLength(2);
    expect(openIssueMeanings(tracker, vectors, encoder).size).toBe(1);
  });

  it("do without a vector that does not come in time or cannot be had, but not when the work is stopped", async () => {
    const { tracker, vectors } = await tracked([login]);
    vi.spyOn(AbortSignal, "timeout").mockImplementation(() => AbortSignal.abort(new Error("late")));
    const hanging = wordEncoder({ encode: (_, { signal } = {}) => Promise.reject(signal?.reason) });
    expect(await openIssueMeanings(tracker, vectors, hanging).read(login)).toBeNull();
    const broken = wordEncoder({ encode: () => Promise.reject(new Error("out of memory")) });
    expect(await openIssueMeanings(tracker, vectors, broken).read(login)).toBeNull();
    const stopped = AbortSignal.abort(new Error("stopped"));
    await expect(openIssueMeanings(tracker, vectors, hanging).read(login, stopped)).rejects.toThrow("stopped");
  });

  it("are none without an encoder", async () => {
    expect(await readMeaning(login, {})).toBeNull();
    expect(await readMeaning(login, { meanings: async () => null })).toBeNull();
  });
});
