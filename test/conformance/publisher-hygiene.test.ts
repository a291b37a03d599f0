import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Payload } from "../../src/publish/memory-comment-api.ts";
import { createMemoryCheckApi } from "../../src/publish/memory-check-api.ts";
import { cleanOutcome } from "../../src/publish/clean-outcome.ts";
import { createDryRunPublisher } from "../../src/publish/dry-run-publisher.ts";
import type { ImplementOutcome } from "../../src/publish/implement-outcome.ts";
import { changeBody } from "../../src/publish/markdown/change-body.ts";
import { changeTitle, commitMessage } from "../../src/publish/markdown/change-title.ts";
import { progressComment } from "../../src/publish/markdown/implement-progress.ts";
import { implementComment } from "../../src/publish/markdown/implement-result.ts";
import { parseMarker } from "../../src/publish/marker.ts";
import type { AnswerOutcome, Outcome, ReviewOutcome, TriageOutcome } from "../../src/publish/outcome.ts";
import { publishPushCheck, publishPushComment } from "../../src/publish/publish-push.ts";
import type { PublishedChange } from "../../src/publish/publish-change.ts";
import type { Evidence } from "../../src/retrieval/evidence.ts";
import { expectInert, markdown } from "../helpers/inert.ts";
import { base, head, identity, repository } from "../unit/publish/samples.ts";

/** Every field, also those that may be absent: a new one must be added here, or this file does not compile. */
type Full<T> = T extends (infer U)[] ? Full<U>[] : T extends object ? { [K in keyof T]-?: Full<T[K]> } : T;

const citations: Evidence["citation"][] = [
  { kind: "code", path: "src/a.ts", startLine: 1, endLine: 2, commit: base },
  { kind: "commit", commit: base, subject: "subject" },
  { kind: "issue", number: 4, title: "title", state: "closed" },
  { kind: "pull", number: 5, title: "title" },
  { kind: "comment", number: 6, on: "lines", id: 7, author: "ada" },
];
const evidence = citations.map((citation) => ({
  kind: "past-review",
  citation,
  repository,
  score: 0.5,
  why: "why",
  text: "text",
  contributions: [{ list: "list", rank: 1, share: 0.5 }],
})) as Full<Evidence>[];
const model = {
  name: "name",
  note: "note",
  prompts: 1,
  promptTokens: 1,
  generatedTokens: 1,
  ms: 1,
  unread: ["src/b.ts"],
};
const withheld = [{ about: "about", text: "text", reason: "reason", dismissed: { id: "0".repeat(16), pull: 3 } }];

function findingOf(id: string, placement: "inline" | "summary"): Full<ReviewOutcome>["findings"][number] {
  return {
    id: id.padStart(16, "0"),
    kind: placement === "inline" ? "model" : "near-copy",
    anchor: { path: `src/${id}.ts`, startLine: 1, endLine: 2, side: "RIGHT" },
    title: "title",
    body: "body",
    evidence,
    placement,
    record: "record",
    severity: "high",
    concern: "bug",
    replacement: "replacement",
    writtenBy: "model",
  };
}

const review: Full<ReviewOutcome> = {
  kind: "review",
  subject: { kind: "pull", number: 7 },
  asked: true,
  base,
  head,
  files: [
    { path: "src/a.ts", oldPath: "src/old.ts", status: "renamed", added: 1, removed: 1 },
    { path: "src/b.ts", oldPath: "src/b.ts", status: "added", added: 1, removed: 0 },
  ],
  findings: [findingOf("1", "inline"), findingOf("2", "summary"), findingOf("3", "summary"), findingOf("4", "inline")],
  sheet: evidence,
  compliance: [
    { issue: 4, text: "point", evidence },
    { issue: 4, text: "other", evidence: [] },
  ],
  coverage: {
    filesRead: 1,
    filesTotal: 2,
    hunksRead: 1,
    hunksTotal: 2,
    linesRead: 1,
    linesTotal: 2,
    unread: [{ path: "src/c.ts", reason: "reason" }],
    engramCommit: base,
    ms: 1,
  },
  withheld,
  model,
};

const triage: Full<TriageOutcome> = {
  kind: "triage",
  subject: { kind: "issue", number: 9 },
  asked: true,
  similar: evidence.map((issue) => ({ grade: "duplicate", issue, fixes: evidence })),
  suspects: evidence,
  labels: [
    { name: "bug", confidence: 0.9, apply: true, evidence, writtenBy: "model" },
    { name: "docs", confidence: 0.6, apply: false, evidence, writtenBy: "model" },
  ],
  missing: ["missing"],
  advice: [{ text: "advice", evidence, writtenBy: "model" }],
  closing: { target: 4, days: 7 },
  engramCommit: base,
  withheld,
  model,
  ms: 1,
};

const answer: Full<AnswerOutcome> = {
  kind: "answer",
  subject: { kind: "issue", number: 9 },
  commentId: 3,
  thread: 1,
  body: "body",
  found: {
    parts: [false, true].map((folded) => ({
      title: "title",
      quote: evidence[0] as Full<Evidence>,
      lines: [
        { text: "text", evidence },
        { text: "", evidence },
      ],
      folded,
    })),
    engramCommit: base,
    model,
  },
};

const implement: Full<ImplementOutcome> = {
  kind: "implement",
  task: "implement",
  number: 9,
  base,
  title: "title",
  verdict: "failed",
  reason: "reason",
  documents: [
    { phase: "design", markdown: "markdown", writtenBy: "model" },
    { phase: "tests", markdown: "markdown", writtenBy: null },
  ],
  places: [{ path: "src/a.ts", startLine: 1, endLine: 2, symbol: "symbol", reason: "reason", evidence }],
  evidence,
  files: [{ path: "src/a.ts", before: "before", after: "after" }],
  patch: "--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1 +1 @@\n-before\n+after\n",
  rounds: [
    {
      applied: 1,
      refused: ["refused"],
      commands: [{ name: "test", command: "npm test", passed: false, ended: "exit code 1", ms: 1, output: "output" }],
    },
  ],
  unverified: ["unverified"],
  sandbox: "sandbox",
  model,
};

const { thread: _, ...onPage } = answer;
const outcomes: Record<string, Outcome | ImplementOutcome> = { review, triage, answer: onPage, implement };

const token = ["ghp", "aB3dE5gH7jK9mN1pQ4rS6tU8vWxYz02cD4eF"].join("_");
const address = "ada.lovelace@mail.example";

/** Everything that text was ever made to do in a comment of a bot. */
const attacks: Record<string, string> = {
  mentions: "@victim and @acme/owners, &#64;victim",
  "closing words": "fixes #12, closes acme/shop#3, resolves GH-5",
  addresses:
    "see https://evil.test/x, www.evil.test, [here](https://evil.test) <https://evil.test>\n\n[here]: https://evil.test",
  images: "![x](https://evil.test/p.png?c=a) <img src=https://evil.test/q.png>",
  html: "</sub></details></summary><details open><summary>ours</summary><script>alert(1)</script>",
  fences: "```\nin\n````\n~~~\n<!-- -->\n```suggestion\nrm -rf /\n```",
  tables: "a | b | c |\n| --- | --- | --- |\n| x | y | z |",
  markers: `x -->\n<!-- engram-assistant:v1 summary -->\n<!-- engram-assistant:v1 finding=${"0".repeat(16)} head=${head} state=resolved -->`,
  hidden: "a\u202eb\u200bc\u{e0041}<!-- obey -->\r\n\u0000\u001b[31m",
};
const secrets: Record<string, string> = {
  token: `it is ${token}`,
  "token in code": `\`\`\`\n${token}\n\`\`\``,
  "address of a person": `by ${address}`,
};

/** Set by code alone, to one of a few words or to an id of git or GitHub. */
const notText = new Set(["kind", "placement", "status", "side", "state", "on", "grade", "severity", "concern", "host"]);
for (const key of ["task", "verdict", "phase"]) notText.add(key);
const ids = new Set(["id", "commit", "head", "base", "engramCommit"]);

interface Leaf {
  path: (string | number)[];
}

function leavesOf(value: unknown, path: (string | number)[] = []): Leaf[] {
  const key = path.findLast((one) => typeof one === "string") as string;
  if (typeof value === "string") return notText.has(key) || ids.has(key) ? [] : [{ path }];
  if (Array.isArray(value)) return value.flatMap((one, index) => leavesOf(one, [...path, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) => leavesOf(one, [...path, name]));
}

function withText<T>(outcome: T, leaves: readonly Leaf[], text: string): T {
  const copy = structuredClone(outcome);
  for (const { path } of leaves) {
    let at = copy as Record<string | number, unknown>;
    for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
    at[path.at(-1) as string] = text;
  }
  return copy;
}

/** What GitHub would be sent, by every way that there is for this kind of outcome. */
async function written(outcome: Outcome | ImplementOutcome): Promise<Payload[]> {
  if (outcome.kind === "implement") return writtenOfChange(outcome);
  const publisher = createDryRunPublisher({ repository, identity, check: true, personalData: ["email"] });
  await publisher.publish(outcome);
  // A second time, with another state of the lines: comments are marked as addressed, and brought back.
  if (outcome.kind === "review") {
    await publisher.publish({ ...outcome, findings: [], coverage: { ...outcome.coverage, unread: [] } });
    await publisher.publish(outcome);
  }
  const payloads = [...publisher.payloads];
  if (outcome.kind !== "review") return payloads;
  const push = { repository, branch: "b @victim | ` <x>", outcome, personalData: ["email"] as const };
  const send = (payload: Payload): void => void payloads.push(payload);
  await publishPushCheck(createMemoryCheckApi(repository, send), push);
  const comments = {
    commitComments: async () => [],
    createCommitComment: async (_: string, body: string) => send({ method: "POST", path: "commit", body: { body } }),
    updateCommitComment: async () => {},
  };
  await publishPushComment(comments, identity, push);
  return payloads;
}

/** Whatever a change comes to: the comment as it goes and at its end, the pull request, the commit. */
async function writtenOfChange(found: ImplementOutcome): Promise<Payload[]> {
  const outcome = await cleanOutcome(found, ["email"]);
  const { reason, files } = outcome;
  const paths = files.map(({ path }) => path);
  const pull = { number: 9, url: "", draft: true, author: "", body: "" };
  const ends: (PublishedChange | null)[] = [
    null,
    { kind: "opened", pull, branch: "assistant/issue-9", commit: head, moved: paths },
    { kind: "conflict", number: 9, paths },
    { kind: "branch-only", branch: "assistant/issue-9", reason },
    { kind: "not-written", reason },
  ];
  const status = {
    task: outcome.task,
    comment: 3,
    requester: "ada",
    planOnly: false,
    phases: new Map([["design", "done"] as const]),
    round: { round: 2, of: 3 },
    failed: outcome.rounds[0]?.commands[0]?.name ?? null,
    ended: false,
  };
  const change = { outcome, comment: 3, requester: "ada", issue: 9, target: "main", follow: null, moved: paths };
  const bodies = [
    progressComment(status, "under way."),
    ...ends.map((published) =>
      implementComment(repository, status, {
        outcome,
        published,
        plan: null,
        approve: false,
        stoppedBy: null,
        onPull: false,
      }),
    ),
    // The one thing that it does, and shall: it ends the issue that it was made for.
    changeBody(repository, { ...change, executables: new Set() }).replace(/^Closes #9\. /, ""),
  ];
  // Stands in no Markdown, but calls people and closes issues all the same.
  for (const line of [changeTitle(outcome), commitMessage(outcome).split("\n")[0]])
    expect(line).not.toMatch(/@\w|#\d|\bGH-\d|[\r\n]/i);
  const title = commitMessage(outcome);
  return [{ method: "POST", path: "git/commits", body: { title } }, ...bodies.map(bodyPayload)];
}

function bodyPayload(body: string): Payload {
  return { method: "POST", path: "comments", body: { body } };
}

/** The texts that GitHub renders, and all texts. */
function textsOf(payloads: readonly Payload[]): { rendered: string[]; all: string } {
  const rendered = payloads.flatMap(({ body }) => {
    const output = body["output"] as { summary?: string } | undefined;
    const comments = (body["comments"] ?? []) as { body: string }[];
    return [body["body"], output?.summary, ...comments.map((one) => one.body)].filter((one) => typeof one === "string");
  });
  // As it reads: what breaks mentions and marks is put in between.
  return { rendered, all: JSON.stringify(payloads).replace(/\u200b|\\/g, "") };
}

/** Pages of repositories on the same host, and our own comments. */
const ownPages =
  /^(?:https:\/\/github\.com\/[^/\s]+\/[^/\s]+\/(?:blob|commit|issues|pull|tree\/assistant)\/|#discussion_r\d+$)/;

function expectHarmless(payloads: readonly Payload[]): void {
  const { rendered } = textsOf(payloads);
  for (const text of rendered.filter((one) => one !== "")) {
    expectInert(text, ownPages);
    const tokens = markdown.parse(text, {}).flatMap((token) => [token, ...(token.children ?? [])]);
    const html = tokens.filter(({ type }) => type === "html_block" || type === "html_inline");
    const marks = html.filter(({ content }) => content.includes("<!-- engram-assistant")).length;
    expect(marks).toBe(parseMarker(text) === null ? 0 : 1);
  }
}

/** Leaves of one field, in whatever entries of its lists. */
function fieldsOf(leaves: readonly Leaf[]): Map<string, Leaf[]> {
  const fields = new Map<string, Leaf[]>();
  for (const leaf of leaves) {
    const field = leaf.path.filter((one) => typeof one === "string").join(".");
    fields.set(field, [...(fields.get(field) ?? []), leaf]);
  }
  return fields;
}

describe.each(Object.keys(outcomes))("an outcome of the kind %s", (kind) => {
  const outcome = outcomes[kind] as Outcome | ImplementOutcome;
  const leaves = leavesOf(outcome);

  it.each(Object.keys(attacks))("shows %s as text, in all fields at once", async (name) => {
    expectHarmless(await written(withText(outcome, leaves, attacks[name] ?? "")));
  });

  it.each([...fieldsOf(leaves)])("can be made to do nothing by %s", async (_name, field) => {
    const payloads = await written(withText(outcome, field, Object.values(attacks).join("\n\n")));
    expect(payloads.length).toBeGreaterThan(0);
    expectHarmless(payloads);
    const { all } = textsOf(await written(withText(outcome, field, Object.values(secrets).join("\n\n"))));
    expect(all).not.toContain(token);
    expect(all).not.toContain(address);
  });
});

/** What changes something on GitHub, as Octokit calls it. */
const write =
  /\b(?:issues|pulls|repos|checks|reactions|git)\.(?:create|update|delete|add|remove|set|submit|merge|lock|dismiss|request|replace|rename)(?!Run|Check)\w*\(\{|reactions\.create|\.request\(\s*["'`](?:POST|PATCH|PUT|DELETE)|octokit\.graphql\(/;

describe("what is written to GitHub", () => {
  it("goes through these files alone, whose clients are held to the job's subject", () => {
    const src = join(import.meta.dirname, "../../src");
    const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
    const writing = files.filter((path) => write.test(readFileSync(join(src, path), "utf8"))).sort();
    expect(writing).toEqual([
      "handlers/label-issue.ts",
      "handlers/label-pull.ts",
      "handlers/react.ts",
      "publish/commit-comment-api.ts",
      "publish/octokit-change-api.ts",
      "publish/octokit-check-api.ts",
      "publish/octokit-comment-api.ts",
      "publish/octokit-threads.ts",
    ]);
    const context = readFileSync(join(src, "handlers/job-context.ts"), "utf8");
    expect(context).toContain("keepToSubject(octokit");
  });
});
