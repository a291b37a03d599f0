import type { Finding, ReviewOutcome } from "../../publish/outcome.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import { changedFiles } from "./changed-files.ts";
import { findCompliance, linkedIssue } from "./compliance/find-compliance.ts";
import { findSecrets } from "./find-secrets.ts";
import { gatherEvidence } from "./gather-evidence.ts";
import { linterFindings } from "./linters/linter-findings.ts";
import { placeFindings } from "./place-findings.ts";
import type { ReviewInput } from "./review-input.ts";
import { reviewedPart } from "./reviewed-part.ts";

/**
 * Reviews a change without a model: every finding is worded by code and rests on evidence that was looked up again in git.
 * @param note why no model has read the change
 */
export async function reviewChange(input: ReviewInput, note: string): Promise<ReviewOutcome> {
  const { change, config, subject, engramCommit } = input;
  const { ignore } = config.review;
  const { part, counts } = reviewedPart(change, ignore);
  // A key leaks out of a generated file as out of any other.
  const { part: withGenerated } = reviewedPart(change, ignore, { generated: true });
  const gathered = await gatherEvidence({ ...input, change: part });
  const linted = linterFindings(input.linterResults ?? [], part);
  const drafts = [...(await findSecrets(withGenerated)), ...linted.findings, ...gathered.findings];
  const issues = input.linkedIssues ?? [];
  const compliance = findCompliance(issues, part);
  const placed = placeFindings(drafts, config.review, input.past.calibration);
  return {
    kind: "review",
    subject,
    asked: input.asked,
    base: change.base,
    head: change.head,
    files: changedFiles(change),
    findings: placed.findings,
    sheet: [...issues.map(linkedIssue), ...withoutTold(gathered.sheet, placed.findings)],
    ...(compliance.length > 0 && { compliance }),
    coverage: { ...counts, engramCommit, ms: Date.now() - input.startedAt },
    withheld: [...gathered.withheld, ...linted.withheld, ...placed.withheld],
    model: { name: null, note, prompts: 0, promptTokens: 0, generatedTokens: 0, ms: 0 },
  };
}

/** Lines that a finding tells of are no further news as code that is alike. */
function withoutTold(sheet: readonly Evidence[], findings: readonly Finding[]): Evidence[] {
  const told = findings.flatMap(({ evidence }) => evidence);
  return sheet.filter((one) => one.kind !== "similar-code" || !told.some((other) => overlaps(one, other)));
}

function overlaps(a: Evidence, b: Evidence): boolean {
  if (a.citation.kind !== "code" || b.citation.kind !== "code" || a.repository || b.repository) return false;
  const [one, other] = [a.citation, b.citation];
  return one.path === other.path && one.startLine <= other.endLine && other.startLine <= one.endLine;
}
