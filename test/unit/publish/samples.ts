import type { ImplementOutcome } from "../../../src/publish/implement-outcome.ts";
import type { Evidence, EvidenceKind } from "../../../src/retrieval/evidence.ts";
import type { RepositoryId } from "../../../src/shared/repository.ts";
import type { Coverage, Finding, ModelReport, ReviewOutcome, TriageOutcome } from "../../../src/publish/outcome.ts";
import type { FileDiff } from "../../../src/workspace/diff.ts";

export const repository: RepositoryId = { host: "github.com", owner: "acme", name: "shop" };
export const identity = { login: "engram-assistant[bot]" };
export const base = "a".repeat(40);
export const head = "b".repeat(40);

export const noModel: ModelReport = {
  name: null,
  note: "",
  prompts: 0,
  promptTokens: 0,
  generatedTokens: 0,
  ms: 0,
};

export function coverage(unread: Coverage["unread"] = []): Coverage {
  return {
    filesRead: 3,
    filesTotal: 3 + unread.length,
    hunksRead: 5,
    hunksTotal: 5,
    linesRead: 40,
    linesTotal: 60,
    unread,
    engramCommit: base,
    ms: 1200,
  };
}

export function codeEvidence(path: string, text: string, kind: EvidenceKind = "near-copy", commit = base): Evidence {
  const endLine = 9 + text.split("\n").length;
  return {
    kind,
    citation: { kind: "code", path, startLine: 10, endLine, commit },
    score: 0.93,
    why: "9 of 10 lines alike",
    text,
  };
}

/** A finding on lines 10–11 of `path`. */
export function finding(id: string, path = "src/a.ts", changes: Partial<Finding> = {}): Finding {
  return {
    id: id.padStart(16, "0"),
    kind: "near-copy",
    anchor: { path, startLine: 10, endLine: 11, side: "RIGHT" },
    title: "The same paging stands unchanged in `listInvoices`",
    body: "This hunk corrects the offset. `listInvoices` computes it as before.",
    evidence: [codeEvidence("src/invoices.ts", "const first = page * size;\nreturn rows.slice(first);")],
    placement: "inline",
    ...changes,
  };
}

export function review(findings: Finding[], changes: Partial<ReviewOutcome> = {}): ReviewOutcome {
  return {
    kind: "review",
    asked: false,
    subject: { kind: "pull", number: 7 },
    base,
    head,
    findings,
    sheet: [],
    coverage: coverage(),
    withheld: [],
    model: noModel,
    ...changes,
  };
}

export function triage(changes: Partial<TriageOutcome> = {}): TriageOutcome {
  return {
    kind: "triage",
    asked: false,
    subject: { kind: "issue", number: 9 },
    similar: [],
    suspects: [],
    engramCommit: base,
    withheld: [],
    model: noModel,
    ms: 900,
    ...changes,
  };
}

/** A file whose one hunk spans lines 5 to 24 of the new version. */
export function changedFile(path: string): FileDiff {
  const hunk = { oldStart: 5, oldLines: 18, newStart: 5, newLines: 20, lines: [] };
  return {
    path,
    oldPath: path,
    status: "modified",
    binary: false,
    oldBlob: null,
    newBlob: null,
    hunks: [hunk],
  };
}

/** A change of one file whose only command passed. */
export function implementOutcome(changes: Partial<ImplementOutcome> = {}): ImplementOutcome {
  return {
    kind: "implement",
    task: "implement",
    number: 2,
    base,
    title: "Count from zero",
    verdict: "passed",
    reason: "All commands passed.",
    documents: [
      { phase: "requirements", markdown: "Counting begins at **zero**.", writtenBy: null },
      { phase: "design", markdown: "1. Change `counter.txt`.", writtenBy: "small-7b" },
    ],
    places: [
      { path: "counter.txt", startLine: 1, endLine: 3, symbol: "count", reason: "named in the issue", evidence: [] },
    ],
    evidence: [codeEvidence("counter.txt", "line 1")],
    files: [{ path: "counter.txt", before: "1\n", after: "0\n" }],
    patch: "--- a/counter.txt\n+++ b/counter.txt\n@@ -1 +1 @@\n-1\n+0\n",
    rounds: [
      {
        applied: 1,
        refused: [],
        commands: [{ name: "test", command: "npm test", passed: true, ended: "exit code 0", ms: 900, output: "" }],
      },
    ],
    unverified: ["There is no test of `docs/guide.md`."],
    sandbox: "bubblewrap 0.8",
    model: { ...noModel, name: "small-7b" },
    ...changes,
  };
}
