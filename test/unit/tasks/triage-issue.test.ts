import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMemoryHistoryStore } from "../../../src/history/memory-history-store.ts";
import type { PastChanges } from "../../../src/history/past-changes.ts";
import { triageComment } from "../../../src/publish/markdown/triage-comment.ts";
import type { TriageOutcome } from "../../../src/publish/outcome.ts";
import { keepResolving } from "../../../src/retrieval/citation.ts";
import type { PastIssue } from "../../../src/retrieval/similar-issues.ts";
import { triageIssue, type TriageInput } from "../../../src/tasks/triage/triage-issue.ts";
import type { TrackedIssue, Tracker } from "../../../src/tracker/tracker.ts";
import { openLocalClone } from "../../../src/workspace/local-clone.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";
import { viewOf } from "../retrieval/scenario.ts";
import { ada, ghost, stranger, tracked, trackerOf } from "../retrieval/tracked.ts";

const noChanges: PastChanges = { takenBack: () => [], repeated: () => [] };
let repository: TestRepository;
let fix: string;

beforeAll(() => {
  repository = createRepository();
  repository.write("src/pool.ts", "export function acquire() {\n  return 1;\n}\n");
  repository.write("src/mail.ts", "export function sendMail(to) {\n  return to;\n}\n");
  repository.commit("Create");
  repository.write("src/pool.ts", "export function acquire() {\n  return lock();\n}\n");
  fix = repository.commit("Hold the lock while a connection is acquired (#31)");
});
afterAll(() => repository.dispose());

async function readRepository(commit: string) {
  const { index } = await createMemoryHistoryStore().update("x", repository.dir, [commit]);
  return { history: index.at(commit), view: await viewOf(repository, commit) };
}
/** Read once for each commit. */
const read = new Map<string, ReturnType<typeof readRepository>>();

async function triage(
  issue: { number: number | null; title: string; body: string },
  {
    tracker = null,
    pastIssues = [],
    at = "HEAD",
    ...more
  }: { tracker?: Tracker | null; pastIssues?: PastIssue[]; at?: string } & Partial<TriageInput> = {},
): Promise<TriageOutcome> {
  const engramCommit = repository.git("rev-parse", at);
  const workspace = await openLocalClone(repository.dir);
  const known = read.get(engramCommit) ?? readRepository(engramCommit);
  read.set(engramCommit, known);
  const { history, view } = await known;
  const pulls = { pulls: [], leftOut: {} };
  const outcome = await triageIssue({
    subject: null,
    repository: { host: "github.com", owner: "acme", name: "shop" },
    asked: true,
    issue,
    pastIssues,
    past: {
      history,
      changes: noChanges,
      pulls,
      tracker,
      floors: { localisation: 0, companion: 0.8 },
      calibration: null,
    },
    workspace,
    view,
    engramCommit,
    startedAt: 0,
    signal: new AbortController().signal,
    ...more,
  });
  const cited = [...outcome.suspects, ...outcome.similar.flatMap(({ issue: one, fixes }) => [one, ...fixes])];
  expect(
    await keepResolving(repository.dir, cited, { tracker: pastIssues.length > 0 ? null : tracker, pulls }),
  ).toEqual(cited);
  return outcome;
}

const question = { number: 40, title: "Connection pool hangs under load", body: "The pool never gives a connection." };
const leak = {
  title: "Connection pool hangs when a query fails",
  state: "closed",
  stateReason: "completed",
  closedAt: "2024-01-01T00:00:30Z",
} as const;

describe("triageIssue", () => {
  it("names similar issues with how they ended, what fixed them, and the lines", async () => {
    const tracker = trackerOf({
      issues: [
        tracked(30, leak),
        tracked(31, { pull: true, title: "Hold the lock", body: "Closes https://github.com/acme/shop/issues/30" }),
      ],
    });

    const { similar } = await triage(question, { tracker });

    expect(similar).toHaveLength(1);
    expect(similar[0]?.issue).toMatchObject({ citation: { number: 30, state: "closed" }, text: leak.title });
    expect(similar[0]?.issue.why).toMatch(/closed as completed$/);
    expect(similar[0]?.fixes.map(({ why, text }) => [why, text])).toEqual([
      ["its pull request closes #30", "Hold the lock while a connection is acquired (#31)"],
      [`1 line written by ${fix.slice(0, 12)}`, "  return lock();"],
    ]);
  });

  it("knows no fix that is newer than the commit that it looks from", async () => {
    const links = [{ issue: 30, kind: "closed", pull: null, commit: fix } as const];
    const tracker = trackerOf({ issues: [tracked(30, leak)], links });

    expect((await triage(question, { tracker })).similar[0]?.fixes).not.toEqual([]);
    expect((await triage(question, { tracker, at: "HEAD~1" })).similar).toMatchObject([{ fixes: [] }]);
  });

  it("takes issues that were just read before those that are kept, and needs no tracker", async () => {
    const read: PastIssue = { number: 30, title: "Connection pool hangs, edited", body: "", state: "open" };
    const tracker = trackerOf({ issues: [tracked(29, leak), tracked(30, leak)] });
    const numbers = ({ similar }: TriageOutcome): unknown[] =>
      similar
        .map(({ issue }) => issue.citation.kind === "issue" && [issue.citation.number, issue.citation.title])
        .sort((a, b) => String(a).localeCompare(String(b)));

    expect(numbers(await triage(question, { pastIssues: [read] }))).toEqual([[30, read.title]]);
    expect(numbers(await triage(question, { tracker, pastIssues: [read] }))).toEqual([
      [29, leak.title],
      [30, read.title],
    ]);
  });

  it("leaves out the issue itself and later ones", async () => {
    const tracker = trackerOf({ issues: [40, 41].map((number) => tracked(number, { ...question, number })) });

    expect((await triage(question, { tracker })).similar).toEqual([]);
    expect((await triage({ ...question, number: null }, { tracker })).similar).toHaveLength(2);
  });

  it.each([
    ["an empty title and body", "", ""],
    ["no word that is known", "Zzyzx qwfpgj", "vbkjh wqpoi"],
    ["65,000 characters of log", "Zzyzx", "0x7f qwfpgj\n".repeat(6_000).slice(0, 65_000)],
    ["65,000 open brackets", "(", "([{<".repeat(16_250)],
    ["signs without letters", "🙂", "\u0000\u202e\ud800"],
  ])("is silent about %s", async (_, title, body) => {
    const tracker = trackerOf({ issues: [tracked(30, leak), tracked(32, { title: "", author: ghost })] });

    const outcome = await triage({ number: 40, title, body }, { tracker });

    expect(outcome.similar).toEqual([]);
    expect(outcome.suspects).toEqual([]);
  });

  it("survives issues that were transferred, deleted accounts and links that lead nowhere", async () => {
    const links = [
      { issue: 30, kind: "closed", pull: 9_999, commit: null },
      { issue: 30, kind: "mentioned", pull: null, commit: "f".repeat(40) },
    ] as const;
    const tracker = trackerOf({ issues: [tracked(30, { ...leak, author: ghost })], links: [...links] });

    expect((await triage(question, { tracker })).similar).toMatchObject([{ fixes: [] }]);
  });
});

const report = {
  title: "Connection pool hangs after a query timeout",
  body: "Acquire waits for ever once the database dropped a session; restarting the worker helps.",
};
const fixed = { state: "closed", stateReason: "completed", closedAt: "2024-01-10T00:00:00Z" } as const;
const day = 24 * 60 * 60_000;

describe("grades", () => {
  const gradeOf = async (past: Parameters<typeof tracked>[1], days = 1): Promise<[string | undefined, string]> => {
    const tracker = trackerOf({ issues: [tracked(30, { ...report, author: ada, ...past })] });
    const startedAt = Date.parse(fixed.closedAt) + days * day;
    const { similar } = await triage({ ...report, number: 40 }, { tracker, startedAt });
    return [similar[0]?.grade, similar[0]?.issue.why.replace(/^.*acquire; ?|^.*shared words: [^;]*(?:; )?/, "") ?? ""];
  };

  it("call the same words a duplicate, open or closed of late", async () => {
    expect(await gradeOf({})).toEqual(["duplicate", ""]);
    expect(await gradeOf(fixed)).toEqual(["duplicate", "closed as completed"]);
    expect(await gradeOf({ ...fixed, stateReason: "not_planned" }, 400)).toEqual([
      "duplicate",
      "closed as not planned",
    ]);
  });

  it("do not send anybody to what was fixed long ago, or repeats another issue itself", async () => {
    expect(await gradeOf(fixed, 45)).toEqual(["related", "closed as completed; closed 45 days ago, so it may be back"]);
    expect(await gradeOf({ ...fixed, stateReason: "duplicate" })).toEqual(["related", "closed as a duplicate"]);
  });

  it("call what shares few words related", async () => {
    expect(await gradeOf({ title: "Connection pool hangs", body: "On a Tuesday." })).toEqual(["related", ""]);
    const tracker = trackerOf({ issues: [tracked(30, { title: "Pool hangs" })] });
    expect((await triage({ number: 40, title: "Pool hangs", body: "" }, { tracker })).similar).toMatchObject([
      { grade: "related" },
    ]);
  });

  it("say of an issue that nobody of the project confirmed that it comes from outside", async () => {
    const comment = { id: 1, issue: 30, body: "Seen.", createdAt: "", updatedAt: "" };
    const issues = [tracked(30, report)];
    const whyOf = async (tracker: Tracker): Promise<string | undefined> =>
      (await triage({ ...report, number: 40 }, { tracker })).similar[0]?.issue.why;

    const planted = await whyOf(trackerOf({ issues, comments: [{ ...comment, author: stranger }] }));
    expect(planted).toMatch(/; opened from outside, and nobody of the project has answered there$/);
    expect(await whyOf(trackerOf({ issues, comments: [{ ...comment, author: ada }] }))).not.toContain("outside");
    expect(await whyOf(trackerOf({ issues: [tracked(30, { ...report, author: ada })] }))).not.toContain("project");
  });
});

describe("closing", () => {
  const subject = { kind: "issue", number: 40 } as const;
  const closingOf = async (issues: TrackedIssue[], more: Partial<TriageInput> = {}): Promise<unknown> =>
    (await triage({ ...report, number: 40 }, { tracker: trackerOf({ issues }), subject, closeAfterDays: 7, ...more }))
      .closing;

  it("is announced for the first open issue that somebody of the project knows, where it is asked for", async () => {
    const issues = [28, 29, 30, 31, 32].map((number) =>
      tracked(number, { ...report, ...(number === 28 ? fixed : {}), author: number === 29 ? stranger : ada }),
    );

    expect(await closingOf(issues)).toEqual({ target: 30, days: 7 });
    expect(await closingOf(issues, { closeAfterDays: undefined })).toBeUndefined();
    expect(await closingOf(issues, { subject: null })).toBeUndefined();
  });

  it("is not for an issue that anybody may have planted, that is closed, or only like it", async () => {
    expect(await closingOf([tracked(30, report)])).toBeUndefined();
    expect(await closingOf([tracked(30, { ...report, ...fixed, author: ada })])).toBeUndefined();
    expect(await closingOf([tracked(30, { title: report.title, author: ada })])).toBeUndefined();
  });
});

describe("advice", () => {
  const outcomeOf = (past: Parameters<typeof tracked>[1], more: Partial<TriageInput> = {}): Promise<TriageOutcome> => {
    const links = [{ issue: 30, kind: "closed", pull: null, commit: fix } as const];
    const tracker = trackerOf({ issues: [tracked(30, { ...report, ...past })], links });
    return triage({ ...report, number: 40 }, { tracker, ...more });
  };
  const adviceOf = async (past: Parameters<typeof tracked>[1]): Promise<unknown[]> => {
    const { advice = [] } = await outcomeOf(past, { startedAt: Date.parse(fixed.closedAt) + day });
    return advice.map(({ text, evidence }) => [text, evidence.map(({ citation }) => citation.kind)]);
  };

  it("rests on what is cited: an open issue, a fix, a place that a fix touched", async () => {
    const pool = "What fixed a similar issue touched `src/pool.ts`, a likely place for this one, too.";
    expect(await adviceOf(fixed)).toEqual([
      ["The same was fixed before: see whether the version in which this happens has that change.", ["commit"]],
      [pool, ["commit", "code"]],
    ]);
    expect(await adviceOf({ ...fixed, title: "Connection pool hangs", body: "On a Tuesday." })).toEqual([
      [pool, ["commit", "code"]],
    ]);
    expect(await adviceOf({ title: "Worker restarts", body: "Nothing else is known." })).toEqual([]);
  });

  it("warns where the fix was taken back", async () => {
    repository.git("revert", "--no-edit", fix);
    const taken = "What fixed the same report before was taken back later: the fault may be back.";
    expect(await adviceOf(fixed)).toEqual(expect.arrayContaining([[taken, ["commit"]]]));
    repository.git("reset", "--quiet", "--hard", fix);
  });
});

describe("templates", () => {
  const boilerplate = "Please describe the connection pool timeout, the lock and what acquire returns.";
  const fields = ["What happened", "Version"].map((heading) => {
    return { heading, required: true, given: [boilerplate], boxes: [] };
  });
  const forms = [{ path: ".github/ISSUE_TEMPLATE/bug.yml", fields, preamble: "" }];

  it("say nothing about the issue, and what they ask for in vain is named", async () => {
    const body = `### What happened\n\n${boilerplate}\n\n### Version\n\n_No response_\n`;
    const tracker = trackerOf({ issues: [tracked(30, report)] });
    const issue = { number: 40, title: "Zzyzx", body };

    const asForms = await triage(issue, { tracker, forms });
    expect([asForms.similar, asForms.suspects]).toEqual([[], []]);
    expect(asForms.missing).toHaveLength(2);
    const asWords = await triage(issue, { tracker });
    expect(asWords.similar).toHaveLength(1);
    expect(asWords.suspects).not.toEqual([]);
  });
});

describe("what nobody sees", () => {
  it.each([
    ["an HTML comment", `<!-- ${report.title} ${report.body} src/mail.ts -->`],
    [
      "Unicode tags",
      Array.from(`${report.title} src/mail.ts`, (one) => String.fromCodePoint(0xe0000 + one.charCodeAt(0))).join(""),
    ],
  ])("changes nothing: %s", async (_, hidden) => {
    const tracker = trackerOf({ issues: [tracked(30, report)] });

    const outcome = await triage({ number: 40, title: "Zzyzx", body: hidden }, { tracker });

    expect([outcome.similar, outcome.suspects]).toEqual([[], []]);
  });
});

it("reads a trace where an issue is nothing else", async () => {
  const trace = "TypeError: x is undefined\n    at sendMail (src/mail.ts:2:3)\n    at run (node:internal/main:1:1)";

  const { suspects } = await triage({ number: 40, title: "", body: trace });

  expect(suspects[0]).toMatchObject({ citation: { path: "src/mail.ts" } });
});

describe("hostile text", () => {
  const payloads = [
    "@everyone @acme/owners see #1 and closes #30",
    "[#30](https://evil.example) ![x](https://evil.example/x.png)",
    "<img src=x onerror=alert(1)><!-- engram-assistant:v1 triage -->",
    "`src/pool.ts#L1-L3@0123456789ab` says: fixed by deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
    "Fixed by #31. This reverts commit deadbeefdeadbeefdeadbeefdeadbeefdeadbeef.",
    "\u202e\u0000\n## Similar issues\n- #1 owned",
  ];

  it.each(payloads)("makes no evidence of its own: %j", async (payload) => {
    const title = `Connection pool hangs ${payload}`;
    const body = `Connection pool hangs\n${payload}\nfixes #30, closes #29`;
    const tracker = trackerOf({
      issues: [
        tracked(29, { title, body, author: stranger }),
        tracked(30, { ...leak, body }),
        tracked(31, { pull: true, title, body, author: stranger }),
      ],
      comments: [{ id: 1, issue: 30, body, author: stranger, createdAt: "", updatedAt: "" }],
    });

    const outcome = await triage({ number: 40, title, body }, { tracker });

    const cited = outcome.similar.flatMap(({ issue, fixes }) => [issue, ...fixes].map(({ citation }) => citation));
    const told = cited.map((one) => ("number" in one ? one.number : one.commit));
    // The squashed pull request landed, and its own text names the issues: nothing else is believed.
    expect(told.every((one) => [29, 30, 31, fix].includes(one))).toBe(true);
    const comment = triageComment({ host: "github.com", owner: "acme", name: "shop" }, outcome);
    expect(comment).not.toMatch(/(?<![\w`/])@(?:everyone|acme)|<img|\]\(https:\/\/evil|\/commit\/dead/);
    expect(comment.match(/^<!-- engram-assistant/gm)).toHaveLength(1);
  });

  it("believes nothing of what was not merged", async () => {
    const body = payloads.join("\n");
    const issues = [tracked(30, { ...leak, body }), tracked(31, { pull: true, title: "fixes #30", body: "fixes #30" })];

    expect((await triage(question, { tracker: trackerOf({ issues }), at: "HEAD~1" })).similar).toMatchObject([
      { fixes: [] },
    ]);
  });
});
