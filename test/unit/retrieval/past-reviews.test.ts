import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { HunkLines } from "../../../src/history/past-changes.ts";
import { keepResolving } from "../../../src/retrieval/citation.ts";
import { commentedLines } from "../../../src/retrieval/commented-lines.ts";
import { findPastReviews, openPastReviews, type PastReview } from "../../../src/retrieval/past-reviews.ts";
import { compareLines, reviewOutcomes } from "../../../src/retrieval/review-outcome.ts";
import { isSubstantive } from "../../../src/retrieval/review-threads.ts";
import type { Tracker } from "../../../src/tracker/tracker.ts";
import { temporaryRepository } from "./scenario.ts";
import { ada, bot, ghost, reviewComment, stranger, tracked, trackerOf } from "./tracked.ts";

const LOCKED = [
  "async function charge(order: Order): Promise<void> {",
  "  const connection = await pool.acquire();",
  "  await connection.insert(orders, order.total);",
  "  sendReceipt(order.customer, order.total);",
];
const hunkOf = (lines: string[]): string =>
  [`@@ -1,0 +1,${lines.length} @@`, ...lines.map((line) => `+${line}`)].join("\n");
const remark = "`connection` is never released when the insert fails.\r\nPlease use `finally`.";
const onCharge = reviewComment(60, { pull: 4, path: "src/pay/charge.ts", hunk: hunkOf(LOCKED), body: remark, line: 4 });
const similar: HunkLines = {
  path: "src/pay/refund.ts",
  removed: [],
  added: [
    "async function refund(order: Order): Promise<void> {",
    "  const connection = await pool.acquire();",
    "  await connection.insert(refunds, order.total);",
    "  sendReceipt(order.customer, order.refunded);",
  ],
};
const unrelated: HunkLines = {
  path: "src/pay/theme.ts",
  removed: [],
  added: ["export const dark = { border: 1, color: black };"],
};

async function ask(tracker: Tracker, hunks: HunkLines[], more: object = {}, open: object = {}): Promise<PastReview[]> {
  const repository = temporaryRepository();
  repository.commit("Create");
  const found = await findPastReviews(hunks, openPastReviews(tracker, open), {
    gitDir: repository.dir,
    pulls: null,
    ...more,
  });
  const evidence = found.map((one) => one.evidence);
  expect(await keepResolving(repository.dir, evidence, { tracker })).toEqual(evidence);
  return found;
}

describe("findPastReviews", () => {
  it("finds what was said on similar lines, with its thread, and quotes it letter for letter", async () => {
    const replies = [
      reviewComment(61, { pull: 4, inReplyTo: 60, author: stranger, body: "Right, I will change it." }),
      reviewComment(62, { pull: 4, inReplyTo: 60, author: bot, body: "Coverage is now 80 percent of all lines." }),
    ];
    const tracker = trackerOf({ reviewComments: [onCharge, ...replies] });

    const [review, ...others] = await ask(tracker, [unrelated, similar]);

    expect(others).toEqual([]);
    expect(review).toMatchObject({ hunk: 1, comment: { id: 60 }, replies: [{ id: 61 }], outcome: "unknown" });
    expect(review?.evidence).toMatchObject({
      kind: "past-review",
      citation: { kind: "comment", number: 4, on: "lines", id: 60, author: "ada" },
      text: remark,
    });
    expect(review?.evidence.why).toMatch(
      /^said by a member on similar lines of src\/pay\/charge\.ts \(likeness 0\.\d\d\); 1 reply$/,
    );
  });

  it("is silent about other lines, about the same pull request, and where nothing is known", async () => {
    const tracker = trackerOf({ reviewComments: [onCharge] });
    const nothing: HunkLines = {
      path: "x.ts",
      removed: [],
      added: ["", "}", "// connection pool acquire insert orders"],
    };

    expect(await ask(tracker, [unrelated, nothing, { path: "x", removed: [], added: [] }])).toEqual([]);
    expect(await ask(tracker, [similar], { exceptPull: 4 })).toEqual([]);
    expect(await ask(trackerOf({}), [similar])).toEqual([]);
    expect(await ask(tracker, [])).toEqual([]);
  });

  it("takes lines taken out for another thing than lines put in", async () => {
    const tracker = trackerOf({ reviewComments: [onCharge] });

    expect(await ask(tracker, [{ ...similar, removed: similar.added, added: [] }])).toEqual([]);
    const swapped = { ...similar, removed: LOCKED, added: [] };
    expect(openPastReviews(tracker).search(swapped, { k: 1, floor: 0 })).toEqual([]);
  });

  it("ignores remarks on lines that stand everywhere", async () => {
    const tracker = trackerOf({ reviewComments: [reviewComment(1, { hunk: hunkOf(["  index += size;"]) })] });

    expect(await ask(tracker, [{ path: "src/a.ts", removed: [], added: ["  index += size;"] }])).toEqual([]);
  });

  it.each([
    ["of a bot", { author: bot }, {}],
    ["of ourselves", { author: { ...ada, login: "our-app" } }, { own: "our-app" }],
    ["by a bot's name", { author: { ...ada, login: "review[bot]" } }, {}],
    ["that says nothing", { body: "nit" }, {}],
    ["of the author", { author: stranger }, {}],
    ["that came later", { createdAt: "2024-03-01T00:00:00Z" }, { at: "2024-02-01T00:00:00Z" }],
  ])("leaves out a comment %s", async (_, more, open) => {
    const issues = [tracked(4, { pull: true, author: stranger })];
    const tracker = trackerOf({ issues, reviewComments: [{ ...onCharge, ...more }] });

    expect(await ask(tracker, [similar], {}, open)).toEqual([]);
  });

  it("leaves out what people answer to a bot, and knows deleted accounts", async () => {
    const linter = reviewComment(59, { ...onCharge, id: 59, author: bot });
    const answered = trackerOf({ reviewComments: [linter, { ...onCharge, inReplyTo: 59 }] });
    const deleted = trackerOf({
      issues: [tracked(4, { pull: true, author: ghost })],
      reviewComments: [{ ...onCharge, author: ghost }],
    });

    expect(await ask(answered, [similar])).toEqual([]);
    expect((await ask(deleted, [similar]))[0]?.evidence.citation).toMatchObject({ author: "ghost" });
  });

  it("cites the first of a thread that says something", async () => {
    const tracker = trackerOf({
      reviewComments: [
        { ...onCharge, id: 58, body: "Hm?" },
        { ...onCharge, inReplyTo: 58 },
      ],
    });

    expect(await ask(tracker, [similar])).toMatchObject([{ comment: { id: 60 }, replies: [{ id: 58 }] }]);
  });

  it("shows a comment once, for the hunk that it fits best", async () => {
    const tracker = trackerOf({ reviewComments: [onCharge] });
    const same = { ...similar, path: onCharge.path, added: LOCKED };

    expect(await ask(tracker, [similar, same])).toMatchObject([{ hunk: 1 }]);
    expect(await ask(tracker, [same, similar])).toMatchObject([{ hunk: 0 }]);
  });

  it("looks at the largest hunks of a huge change", async () => {
    const tracker = trackerOf({ reviewComments: [onCharge] });
    const small = Array.from({ length: 500 }, () => ({ ...unrelated, path: "src/x.ts" }));

    expect(await ask(tracker, [...small, similar])).toMatchObject([{ hunk: 500 }]);
  });

  it("quotes the beginning of a long comment, and no half of a letter", async () => {
    const body = ` \n${"x".repeat(399)}🙂 and so on\nmore words and lines`;
    const tracker = trackerOf({ reviewComments: [{ ...onCharge, body: `${body}\nUse a lock here, please.` }] });

    expect((await ask(tracker, [similar]))[0]?.evidence.text).toBe("x".repeat(399));
  });
});

describe("outcome", () => {
  async function outcomeOf(final: string | null, more: object = {}, open: object = {}): Promise<string | undefined> {
    const repository = temporaryRepository();
    const filler = Array.from({ length: 30 }, (_, line) => `// ${line}`);
    repository.write("src/pay/charge.ts", [...filler, ...LOCKED, "}", ""].join("\n"));
    const commit = repository.commit("Charge");
    if (final === null) repository.remove("src/pay/charge.ts");
    else repository.write("src/pay/charge.ts", final.replace("FILLER", filler.join("\n")));
    const head = repository.commit("Final");
    repository.git("update-ref", "refs/pull/4/head", head);
    const comment = { ...onCharge, commit, startLine: 32, line: 33, ...more };
    const found = await findPastReviews([similar], openPastReviews(trackerOf({ reviewComments: [comment] })), {
      gitDir: repository.dir,
      pulls: null,
      ...open,
    });
    return found[0]?.outcome;
  }
  const whole = LOCKED.join("\n");

  it.each([
    ["unchanged", "lines that moved", `// new\nFILLER\n${whole}\n}\n`],
    [
      "unchanged",
      "changes above and below",
      `FILLER\n${whole.replace("charge(", "pay(").replace("Receipt", "Mail")}\n}\n`,
    ],
    ["changed", "another line", `FILLER\n${whole.replace("insert(orders,", "insert(paid,")}\n}\n`],
    ["changed", "a line between", `FILLER\n${whole.replace("acquire();", "acquire();\n  try {")}\n}\n`],
    ["changed", "lines taken out", `FILLER\n}\n`],
    ["unknown", "a file that is gone", null],
  ])("is %s for %s", async (outcome, _, final) => {
    expect(await outcomeOf(final)).toBe(outcome);
  });

  it.each([
    ["a comment on removed lines", { side: "LEFT" }, {}],
    ["a comment on a file", { line: null, startLine: null }, {}],
    ["a commit that was pushed away", { commit: "f".repeat(40) }, {}],
    ["a name that is no commit", { commit: "HEAD" }, {}],
    ["a range of no sense", { startLine: 40, line: 90 }, {}],
    ["a final state of unknown age, where a time is asked for", {}, { at: "2030-01-01T00:00:00Z" }],
  ])("is unknown for %s", async (_, more, open) => {
    expect(await outcomeOf(`FILLER\n${whole}\n}\n`, more, open)).toBe("unknown");
  });

  it("says so", async () => {
    const repository = temporaryRepository();
    repository.write("src/pay/charge.ts", LOCKED.join("\n"));
    const commit = repository.commit("Charge");
    repository.write("src/pay/charge.ts", "gone");
    const head = repository.commit("Final");
    const tracker = trackerOf({ reviewComments: [{ ...onCharge, commit }] });
    const time = Date.parse("2024-01-01T00:01:00Z") / 1000;
    const shared = { number: 4, head, base: commit, finalBase: commit, commits: [], mergedAs: null };
    const pulls = { pulls: [{ ...shared, subject: "", author: "", time, files: [] }], leftOut: {} };
    const why = async (at?: string): Promise<string | undefined> => {
      const options = { gitDir: repository.dir, pulls, at };
      return (await findPastReviews([similar], openPastReviews(tracker), options))[0]?.evidence.why;
    };

    expect(await why()).toMatch(/; the code was changed afterwards$/);
    expect(await why("2024-01-01T00:01:00Z")).toMatch(/; the code was changed afterwards$/);
    expect(await why("2024-01-01T00:00:30Z")).not.toContain("code was");
  });

  it("fetches nothing: where one file is not here, the others are still compared", async () => {
    const origin = temporaryRepository();
    origin.write("src/pay/charge.ts", LOCKED.join("\n"));
    const commit = origin.commit("Charge");
    origin.write("src/pay/charge.ts", "gone");
    const head = origin.commit("Final");
    origin.git("config", "uploadpack.allowFilter", "true");
    const partial = temporaryRepository();
    rmSync(partial.dir, { recursive: true });
    const filtered = ["clone", "--quiet", "--bare", "--filter=blob:none", `file://${origin.dir}`, partial.dir];
    origin.git(...filtered);
    const gitDir = partial.dir;
    const comment = { ...onCharge, commit };
    // Made on the final state itself: of both files one version is enough.
    const other = { ...onCharge, id: 70, pull: 5, commit: head, line: 1 };
    const shared = {
      base: commit,
      finalBase: commit,
      commits: [],
      mergedAs: null,
      subject: "",
      author: "",
      time: 0,
      files: [],
    };
    const pulls = { pulls: [4, 5].map((number) => ({ number, head, ...shared })), leftOut: {} };

    expect(await reviewOutcomes(gitDir, [comment, other], { pulls })).toEqual(
      new Map([
        [60, "unknown"],
        [70, "unknown"],
      ]),
    );
    const blob = origin.git("rev-parse", `${head}:src/pay/charge.ts`);
    partial.git("fetch", "--quiet", "origin", blob);
    expect(await reviewOutcomes(gitDir, [comment, other], { pulls })).toEqual(
      new Map([
        [60, "unknown"],
        [70, "unchanged"],
      ]),
    );
    expect(partial.git("rev-list", "--objects", "--all", "--missing=print")).toMatch(/^\?[0-9a-f]{40}$/m);
  });

  it("compares lines that stand twice by their neighbours, and gives up on what is too large", () => {
    const before = ["a", "x", "b", "x", "c"];
    expect(compareLines(before, ["a", "b", "x", "c"], 4, 4)).toBe("unchanged");
    expect(compareLines(before, ["a", "b", "x", "c"], 2, 2)).toBe("changed");
    const large = (name: string): string[] => Array.from({ length: 2_100 }, (_, line) => `${name}${line}`);
    expect(compareLines(large("a"), large("b"), 5, 5)).toBe("unknown");
  });
});

describe("isSubstantive", () => {
  it.each([
    "This loses the error when the pool is closed.",
    "```suggestion\nconst total = sum(lines);\n```",
    "Looks odd:\n```suggestion\nx\n```",
    "接続が失敗したときに解放されません",
    "Why not reuse `parseBody` here?",
    "> LGTM\n\nNot yet: the lock is held too long",
  ])("believes %j", (body) => expect(isSubstantive(body)).toBe(true));

  it.each([
    "",
    "LGTM",
    "lgtm, thanks a lot for this work",
    "+1",
    "nit: rename this to something else",
    "**nit**: a space too much in here",
    "🙂🎉",
    ":tada: :+1: :rocket: :heart: :eyes:",
    "Same here",
    "@ada @bob @eve @joe",
    "https://example.com/a/b/c/d-e-f",
    "> a whole sentence of somebody else\n\nyes",
    "<!-- what a template says here -->",
    "<!-- never closed and many words",
    "Done, fixed.",
  ])("does not believe %j", (body) => expect(isSubstantive(body)).toBe(false));
});

describe("commentedLines", () => {
  it("takes the end of the hunk: the range commented on and what leads to it", () => {
    const long = reviewComment(1, { hunk: hunkOf(Array.from({ length: 50 }, (_, line) => `line ${line + 1}`)) });

    expect(commentedLines(long).added).toEqual(["line 45", "line 46", "line 47", "line 48", "line 49", "line 50"]);
    expect(commentedLines({ ...long, startLine: 41, line: 50 }).added).toHaveLength(15);
    expect(commentedLines({ ...long, startLine: 1, line: 50 }).added).toHaveLength(20);
  });

  it("tells sides apart, and takes unchanged lines where nothing else is there", () => {
    const mixed = reviewComment(1, {
      hunk: "@@ -1,2 +1,2 @@ f()\n same\r\n-old\r\n+new\r\n\\ No newline at end of file",
    });

    expect(commentedLines(mixed)).toEqual({ path: "src/a.ts", removed: ["old"], added: ["new"] });
    expect(commentedLines({ ...mixed, hunk: "@@ -1 +1 @@\n same" }).added).toEqual(["same"]);
    expect(commentedLines({ ...mixed, hunk: "" })).toMatchObject({ removed: [], added: [] });
  });
});
