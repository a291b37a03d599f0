import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildDemoRepository } from "../../../fixtures/demo/build-repository.ts";
import { demoRepository } from "../../../fixtures/demo/demo-repository.ts";
import { addressedComment, findingComment } from "../../../src/publish/markdown/finding-comment.ts";
import { summaryComment } from "../../../src/publish/markdown/summary-comment.ts";
import { triageComment } from "../../../src/publish/markdown/triage-comment.ts";
import type { Finding, ModelReport, ReviewOutcome, Withheld } from "../../../src/publish/outcome.ts";
import type { Evidence, EvidenceKind } from "../../../src/retrieval/evidence.ts";
import { gitText } from "../../../src/shared/git.ts";
import { readChange } from "../../../src/workspace/read-change.ts";
import {
  citationKey,
  type ReportData,
  type ReportIssueComment,
  type ReportReviewComment,
} from "../../demo/report-data.ts";

const bot = "engram-assistant[bot]";
const repository = { host: "127.0.0.1:4077", owner: demoRepository.owner, name: demoRepository.name };
const { pull, issues, newIssue, planted } = demoRepository;
const model: ModelReport = {
  name: "SmolLM2-135M-Instruct Q4_1",
  note: "it has not qualified, so its words are not shown",
  prompts: 7,
  promptTokens: 5120,
  generatedTokens: 410,
  ms: 11_800,
};
const withheld: Withheld[] = [
  {
    about: "src/orders/list-orders.ts:33",
    text: "The pull request is unrelated to the function `sortRows`.",
    reason: 'names "sortRows", which is not in its evidence',
  },
];

/**
 * A report as the demo makes it: findings by hand on the demo's real commits, worded by the real publisher. The first
 * stands, the other two are addressed by the second push.
 */
export async function sampleReport(): Promise<ReportData> {
  const folder = mkdtempSync(join(tmpdir(), "report-"));
  try {
    const { refs } = await buildDemoRepository(folder);
    const bases = { push1: refs.main, push2: refs.main, push3: refs.mainAfter };
    const diffs = await Promise.all(
      (["push1", "push2", "push3"] as const).map((push) => readChange(folder, bases[push], refs[push])),
    );
    const cite = await citer(folder, { base: refs.main, head: refs.push1 });
    const findings = sampleFindings(cite);
    return {
      ...constantParts(),
      pushes: pull.pushes.map(({ label }, index) => ({
        label,
        head: [refs.push1, refs.push2, refs.push3][index] ?? "",
        at: `2025-09-1${index + 5}T14:00:00Z`,
        posted: [3, 0, 0][index] ?? 0,
        addressed: [0, 2, 0][index] ?? 0,
        standing: [0, 1, 1][index] ?? 0,
        secondsToFirstComment: [1.8, 0.9, null][index] ?? null,
        files: diffs[index]?.files ?? [],
      })),
      reviewComments: findings.map((finding, index) => reviewComment(finding, index, refs.push1, refs.push2)),
      issueComments: [summary(findings, refs.main, refs.push3), triage(cite, refs.main)],
      citations: cite.texts,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function constantParts() {
  return {
    repository,
    pull: { ...pull, openedAt: "2025-09-15T13:59:58Z", baseBranch: "main", headBranch: pull.branch },
    issue: { ...newIssue, openedAt: "2025-09-17T16:00:00Z" },
    withheld,
    model,
    recommendations: [
      { model: "Qwen2.5-Coder-1.5B Q4_K_M", role: "coding", fits: true, minutesPerPull: 3.4, recommended: true },
      { model: "Qwen2.5-Coder-7B Q4_K_M", role: "coding", fits: false, minutesPerPull: 16.2, recommended: false },
    ],
    kernel: { name: "native", reason: "AVX2, built here" },
    past: {
      pulls: 56,
      rows: [
        {
          kind: "near-copy",
          band: "code, exact",
          right: 12,
          warnings: 13,
          chance: 0,
          lower: 0.77,
          stands: "on its lines",
        },
        { kind: "undone", band: "part", right: 1, warnings: 4, chance: null, lower: 0.07, stands: "too few to tell" },
      ],
    },
    planted: { nearCopy: true, danglingReference: true, forgottenFile: true },
    seconds: 19.4,
    command: "npm run -s assistant -- review --repo ~/your-clone",
  };
}

type Cite = ((kind: EvidenceKind, path: string, lines: [number, number], why: string) => Evidence) & {
  texts: ReadonlyMap<string, string>;
};

/** Cites changed files in the head and all others in the base, as the review does. */
async function citer(gitDir: string, { base, head }: { base: string; head: string }): Promise<Cite> {
  const paths = [
    planted.nearCopy.untouched,
    planted.danglingReference.usedIn,
    planted.forgottenFile.forgotten,
    "src/invoices/credit-note.ts",
    "src/invoices/invoice-total.ts",
  ].map((path) => ({ path, commit: base }));
  const places = [...paths, { path: planted.nearCopy.changed, commit: head }];
  const texts = new Map<string, string>();
  for (const { path, commit } of places) {
    texts.set(citationKey(commit, path), (await gitText(gitDir, ["show", `${commit}:${path}`])) + "\n");
  }
  const commitOf = new Map(places.map(({ path, commit }) => [path, commit]));
  const cite = (kind: EvidenceKind, path: string, [startLine, endLine]: [number, number], why: string): Evidence => {
    const commit = commitOf.get(path) ?? base;
    const lines = (texts.get(citationKey(commit, path)) ?? "").split("\n").slice(startLine - 1, endLine);
    return {
      kind,
      citation: { kind: "code", path, startLine, endLine, commit },
      score: 1,
      why,
      text: lines.join("\n"),
    };
  };
  return Object.assign(cite, { texts });
}

function sampleFindings(cite: Cite): Finding[] {
  const { nearCopy, danglingReference, forgottenFile } = planted;
  return [
    {
      id: "00000000000000a1",
      kind: "near-copy",
      anchor: { path: nearCopy.changed, startLine: 33, endLine: 37, side: "RIGHT" },
      title: `Changed here, not in ${nearCopy.untouched}`,
      body: `The lines that this change replaces still stand in \`${nearCopy.untouched}\`.`,
      evidence: [
        cite("near-copy", nearCopy.changed, [33, 37], "changed here"),
        cite("near-copy", nearCopy.untouched, [28, 32], "5 of 5 lines as before the change"),
      ],
      placement: "inline",
    },
    {
      id: "00000000000000a2",
      kind: "dangling-reference",
      anchor: { path: danglingReference.removedFrom, startLine: 7, endLine: 7, side: "LEFT" },
      title: `${danglingReference.name} is still used`,
      body: `Its last definition is removed here; \`${danglingReference.usedIn}\` still imports it.`,
      evidence: [cite("dangling-reference", danglingReference.usedIn, [2, 2], "imports it")],
      placement: "inline",
    },
    {
      id: "00000000000000a3",
      kind: "companion",
      anchor: { path: forgottenFile.changed, startLine: 65, endLine: 65, side: "RIGHT" },
      title: `${forgottenFile.forgotten} usually changes along`,
      body: `\`${forgottenFile.forgotten}\` changed in 15 of the 16 commits that touched this file.`,
      evidence: [cite("companion", forgottenFile.forgotten, [1, 4], "changed together in 15 of 16 commits")],
      placement: "inline",
    },
  ];
}

function reviewComment(finding: Finding, index: number, head: string, mendedIn: string): ReportReviewComment {
  const written = findingComment(repository, finding, head);
  const { path, side, startLine, endLine } = finding.anchor ?? { path: "", side: "RIGHT", startLine: 1, endLine: 1 };
  const stands = index === 0;
  return {
    id: 2_400_000_100 + index,
    author: bot,
    body: stands ? written : addressedComment(repository, written, { id: finding.id, head }, mendedIn),
    createdAt: "2025-09-15T14:00:02Z",
    updatedAt: stands ? "2025-09-15T14:00:02Z" : "2025-09-16T14:00:01Z",
    commit: head,
    path,
    side,
    startLine: startLine === endLine ? null : startLine,
    line: endLine,
  };
}

function summary(findings: Finding[], base: string, head: string): ReportIssueComment {
  const [first] = findings;
  const coverage = { filesRead: 9, filesTotal: 9, hunksRead: 21, hunksTotal: 21, linesRead: 98, linesTotal: 98 };
  const outcome: ReviewOutcome = {
    kind: "review",
    asked: false,
    subject: { kind: "pull", number: pull.number },
    base,
    head,
    findings: first ? [first] : [],
    sheet: first?.evidence.slice(1).map((evidence) => ({ ...evidence, kind: "similar-code" as const })) ?? [],
    coverage: { ...coverage, unread: [], engramCommit: base, ms: 800 },
    withheld,
    model,
  };
  const url = `http://${repository.host}/${repository.owner}/${repository.name}/pull/${pull.number}#discussion_r2400000100`;
  const inline = first ? [{ finding: first, url }] : [];
  const body = summaryComment(repository, outcome, { inline, refused: [], addressed: 2 });
  const times = { createdAt: "2025-09-15T14:00:03Z", updatedAt: "2025-09-17T14:00:01Z" };
  return { id: 2_400_000_200, subject: pull.number, author: bot, body, ...times };
}

function triage(cite: Cite, base: string): ReportIssueComment {
  const past = issues.find(({ number }) => number === 23);
  const body = triageComment(repository, {
    kind: "triage",
    asked: false,
    subject: { kind: "issue", number: newIssue.number },
    similar: [
      {
        issue: {
          kind: "similar-issue",
          citation: { kind: "issue", number: 23, title: past?.title ?? "", state: "closed" },
          score: 0.71,
          why: "closed by a commit",
          text: past?.title ?? "",
        },
        fixes: [cite("commit", "src/invoices/invoice-total.ts", [6, 14], "changed by the fix")],
      },
    ],
    suspects: [cite("suspect", "src/invoices/credit-note.ts", [38, 44], "named in the title")],
    engramCommit: base,
    withheld: [],
    model,
    ms: 120,
  });
  const at = "2025-09-17T16:00:01Z";
  return { id: 2_400_000_201, subject: newIssue.number, author: bot, body: body ?? "", createdAt: at, updatedAt: at };
}
