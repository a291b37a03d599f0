import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { FeedbackStore, PublishedFinding, SeenFinding } from "../../src/feedback/feedback.ts";
import { createMemoryFeedbackStore } from "../../src/feedback/memory-feedback-store.ts";
import { openSqliteFeedbackStore } from "../../src/feedback/sqlite-feedback-store.ts";
import { limits } from "../../src/shared/limits.ts";

const folder = mkdtempSync(join(tmpdir(), "feedback-"));
let files = 0;
const newFile = (): string => join(folder, `${++files}`, "feedback.db");

afterEach(() => vi.useRealTimers());
afterAll(() => rmSync(folder, { recursive: true }));

const pull = { repository: "github.com/acme/shop", number: 7 };
const head = "b".repeat(40);

function published(id: string, changes: Partial<PublishedFinding> = {}): PublishedFinding {
  const texts = { path: "src/a.ts", words: "listInvoices", code: "return rows;" };
  return { id, kind: "near-copy", band: null, title: `Finding ${id}`, ...texts, ...changes };
}

function seen(id: string, changes: Partial<SeenFinding> = {}): SeenFinding {
  return { id, comment: `PRRC_${id}`, votes: [], addressed: false, setAside: false, ...changes };
}

describe.each([
  ["sqlite", () => openSqliteFeedbackStore(newFile())],
  ["memory", () => createMemoryFeedbackStore()],
])("%s feedback store", (_name, open: () => FeedbackStore) => {
  let store: FeedbackStore;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 9, 31, 23, 59) });
    store = open();
  });
  afterEach(() => store.shut());

  const answers = (): (string | null)[] => store.published(pull).map(({ answer }) => answer);

  it("gives back what was said on a pull request, in order, and nothing of others", () => {
    const band = "code, exact";
    store.notePublished(pull, [published("2", { band }), published("1")], head);
    store.notePublished({ ...pull, number: 8 }, [published("3")], head);
    store.notePublished({ ...pull, repository: "github.com/acme/other" }, [published("4")], head);

    const unanswered = { head, comment: null, answer: null };
    expect(store.published(pull)).toEqual([
      { ...published("2", { band }), ...unanswered },
      { ...published("1"), ...unanswered },
    ]);
    expect(store.published({ ...pull, number: 9 })).toEqual([]);
  });

  it("keeps the answers of a finding that is said again, and its month; not its head and words", () => {
    store.notePublished(pull, [published("1")], head);
    store.noteSeen(pull, [seen("1", { votes: [{ login: "ann", vote: -1 }] })]);
    vi.setSystemTime(Date.UTC(2026, 10, 1));
    const newer = published("1", { words: "listOrders" });
    store.notePublished(pull, [newer], "c".repeat(40));

    expect(store.published(pull)).toEqual([{ ...newer, head: "c".repeat(40), comment: "PRRC_1", answer: "dismissed" }]);
    expect(store.figures(pull.repository).map(({ month }) => month)).toEqual(["2026-10"]);
  });

  it("takes what is seen in place of what was seen", () => {
    store.notePublished(pull, [published("1")], head);
    store.noteSeen(pull, [seen("1", { votes: [{ login: "ann", vote: -1 }] })]);
    expect(answers()).toEqual(["dismissed"]);
    store.noteSeen(pull, [seen("1", { votes: [{ login: "ann", vote: 1 }] })]);
    expect(answers()).toEqual(["accepted"]);
    store.noteSeen(pull, [seen("1", { setAside: true })]);
    expect(answers()).toEqual(["dismissed"]);
    store.noteSeen(pull, [seen("1", { addressed: true })]);
    expect(answers()).toEqual(["accepted"]);
    store.noteSeen(pull, [seen("1")]);
    expect(answers()).toEqual([null]);
  });

  it("passes over findings that nobody noted", () => {
    store.notePublished(pull, [published("1")], head);
    store.noteSeen(pull, [seen("2", { setAside: true })]);
    store.noteIgnored(pull, "3", "ann");

    expect(store.published(pull)).toHaveLength(1);
    expect(store.lessons(pull.repository)).toEqual([]);
  });

  it("counts a command beside what is seen, and one person once", () => {
    store.notePublished(pull, [published("1")], head);
    store.noteIgnored(pull, "1", "Ann");
    store.noteIgnored(pull, "1", "Ann");
    expect(answers()).toEqual(["dismissed"]);
    store.noteSeen(pull, [
      seen("1", {
        votes: [
          { login: "ann", vote: -1 },
          { login: "bob", vote: 1 },
        ],
      }),
    ]);
    expect(answers()).toEqual([null]);
    store.noteSeen(pull, [
      seen("1", {
        votes: [
          { login: "bob", vote: 1 },
          { login: "cat", vote: 1 },
        ],
      }),
    ]);
    expect(answers()).toEqual(["accepted"]);
  });

  it("teaches by what was answered, oldest first", () => {
    store.notePublished(pull, [published("1"), published("2"), published("3", { kind: "undone" })], head);
    store.notePublished({ ...pull, number: 8 }, [published("1")], head);
    store.noteSeen(pull, [seen("3", { setAside: true }), seen("1", { addressed: true })]);
    store.noteIgnored({ ...pull, number: 8 }, "1", "ann");

    expect(store.lessons(pull.repository).map(({ id, kind, pull: of, answer }) => [id, kind, of, answer])).toEqual([
      ["1", "near-copy", 7, "accepted"],
      ["3", "undone", 7, "dismissed"],
      ["1", "near-copy", 8, "dismissed"],
    ]);
    expect(store.lessons(pull.repository)[0]).toMatchObject({
      path: "src/a.ts",
      words: "listInvoices",
      code: "return rows;",
    });
    expect(store.lessons("github.com/acme/other")).toEqual([]);
  });

  it("counts by kind and month what became of findings", () => {
    store.notePublished(
      pull,
      [published("1"), published("2"), published("3"), published("4", { kind: "model" })],
      head,
    );
    vi.setSystemTime(Date.UTC(2026, 10, 1));
    store.notePublished({ ...pull, number: 8 }, [published("1")], head);
    store.noteSeen(pull, [seen("1", { setAside: true }), seen("2", { addressed: true })]);

    expect(store.figures(pull.repository)).toEqual([
      { month: "2026-10", kind: "model", published: 1, accepted: 0, dismissed: 0, unanswered: 1 },
      { month: "2026-10", kind: "near-copy", published: 3, accepted: 1, dismissed: 1, unanswered: 1 },
      { month: "2026-11", kind: "near-copy", published: 1, accepted: 0, dismissed: 0, unanswered: 1 },
    ]);
    expect(store.figures("github.com/acme/other")).toEqual([]);
  });

  it("forgets the oldest beyond the most, of one repository only", () => {
    const other = { ...pull, repository: "github.com/acme/other" };
    store.notePublished(other, [published("1")], head);
    store.notePublished(pull, [published("old"), published("1")], head);
    store.noteIgnored(pull, "old", "ann");
    const many = Array.from({ length: limits.feedbackFindings - 1 }, (_, index) => published(`n${index}`));
    store.notePublished({ ...pull, number: 8 }, many, head);

    expect(store.published(pull).map(({ id }) => id)).toEqual(["1"]);
    expect(store.published(other)).toHaveLength(1);
    expect(store.lessons(pull.repository)).toEqual([]);
  });

  it("forgets a repository, and takes it anew", () => {
    const other = { ...pull, repository: "github.com/acme/other" };
    for (const one of [pull, other]) {
      store.notePublished(one, [published("1")], head);
      store.noteIgnored(one, "1", "ann");
    }
    store.forgetRepository(pull.repository);

    expect(store.published(pull)).toEqual([]);
    expect(store.figures(pull.repository)).toEqual([]);
    expect(store.lessons(other.repository)).toHaveLength(1);
    store.notePublished(pull, [published("1")], head);
    expect(answers()).toEqual([null]);
  });
});

describe("the SQLite file", () => {
  it("is shared by processes and kept over a restart", () => {
    const file = newFile();
    const [one, two] = [openSqliteFeedbackStore(file), openSqliteFeedbackStore(file)];
    one.notePublished(pull, [published("1")], head);
    two.noteIgnored(pull, "1", "ann");
    one.shut();
    two.shut();

    const again = openSqliteFeedbackStore(file);
    expect(again.published(pull)).toMatchObject([{ id: "1", answer: "dismissed" }]);
    again.shut();
  });

  it("says what to do where it cannot be used", () => {
    const file = newFile();
    openSqliteFeedbackStore(file).shut();
    const db = new Database(file);
    db.pragma("user_version = 99");
    db.close();
    expect(() => openSqliteFeedbackStore(file)).toThrow(expect.objectContaining({ code: "feedback-newer" }));

    const text = join(folder, "text.db");
    writeFileSync(text, "no database ".repeat(500));
    expect(() => openSqliteFeedbackStore(text)).toThrow(expect.objectContaining({ code: "feedback-unusable" }));
  });
});
