import { formatCitation } from "../../retrieval/evidence.ts";
import { limits } from "../../shared/limits.ts";
import type { RepositoryId } from "../../shared/repository.ts";
import type { CheckAnnotation, CheckConclusion } from "../check-api.ts";
import { findingKinds } from "../finding-kinds.ts";
import type { Finding, ReviewOutcome } from "../outcome.ts";
import { composeBody, list } from "./body.ts";
import { coverageBlock, coverageLine } from "./coverage-block.ts";
import { codeSpan, oneLine, printable } from "./escape.ts";
import { findingPlace, findingTitle } from "./finding-comment.ts";
import { shortFindingId } from "./findings-table.ts";
import { commitLink } from "./links.ts";

/** Only a secret must not be merged; everything else is for people to judge. */
export function checkConclusion({ findings }: ReviewOutcome): CheckConclusion {
  if (findings.some(({ kind }) => kind === "secret")) return "failure";
  return findings.length > 0 ? "neutral" : "success";
}

/** One line, in lists of checks: what was read goes with what was found. */
export function checkTitle({ findings, coverage }: ReviewOutcome): string {
  const found = findings.length === 1 ? "1 finding" : `${findings.length || "No"} findings`;
  return coverage.filesRead < coverage.filesTotal ? `${found}; ${coverageLine(coverage).toLowerCase()}` : found;
}

/** What was found, in one line each, and what was read. The conversation has the evidence. */
export function checkSummary(repository: RepositoryId, outcome: ReviewOutcome): string {
  const { head, findings, coverage, withheld, model } = outcome;
  return composeBody(
    [
      `Review of ${commitLink(repository, head)}.`,
      list(findings.map((finding) => item(repository, finding, head))),
      coverageBlock(repository, coverage, withheld, model),
    ],
    null,
  );
}

function item(repository: RepositoryId, finding: Finding, head: string): string {
  const place = findingPlace(repository, finding, head);
  return `- ${place && `${place}: `}${findingTitle(finding)} (${codeSpan(shortFindingId(finding.id))})`;
}

/** Findings on lines of the new version: GitHub shows annotations in no other. Their texts are plain. */
export function checkAnnotations({ findings }: ReviewOutcome): CheckAnnotation[] {
  return findings.flatMap((finding) => annotation(finding)).slice(0, limits.checkAnnotations);
}

const levels = { error: "failure", warning: "warning", note: "notice" } as const;

function annotation({ kind, anchor, title, body, evidence }: Finding): CheckAnnotation[] {
  if (anchor?.side !== "RIGHT") return [];
  const details = evidence
    .slice(0, limits.evidencePerFinding)
    .map(({ citation, why }) => `${oneLine(formatCitation(citation))}: ${oneLine(why)}`)
    .join("\n");
  return [
    {
      path: anchor.path,
      start_line: anchor.startLine,
      end_line: anchor.endLine,
      annotation_level: levels[findingKinds[kind].level],
      title: oneLine(title).slice(0, limits.annotationTitleCharacters),
      message: printable(body).slice(0, limits.annotationCharacters) || oneLine(title),
      ...(details !== "" && { raw_details: details.slice(0, limits.annotationCharacters) }),
    },
  ];
}
