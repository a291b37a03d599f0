import type { RepositoryId } from "../../shared/repository.ts";
import type { CompliancePoint } from "../outcome.ts";
import { details, list, type Group } from "./body.ts";
import { evidenceItem } from "./evidence-list.ts";
import { numberLink } from "./links.ts";
import { sanitizeInline } from "./sanitize.ts";

/** Point by point what the linked issues ask for, and where the change has to do with it; nothing without points. */
export function complianceBlock(repository: RepositoryId, points: readonly CompliancePoint[]): Group {
  const met = points.filter(({ evidence }) => evidence.length > 0).length;
  const issues = [...new Set(points.map(({ issue }) => issue))];
  const groups = issues.map((issue) =>
    list(
      points.filter((point) => point.issue === issue).map((point) => pointItem(repository, point)),
      `Asked for in ${numberLink(repository, "issues", issue)}:\n\n`,
    ),
  );
  return details(
    `What the linked ${issues.length === 1 ? "issue asks" : "issues ask"} for: ${met} of ${points.length} points found in the change`,
    groups,
  );
}

function pointItem(repository: RepositoryId, { text, evidence }: CompliancePoint): string {
  if (evidence.length === 0) return `- ${sanitizeInline(text)}: nothing found in the change`;
  return [`- ${sanitizeInline(text)}`, ...evidence.map((one) => `  ${evidenceItem(repository, one)}`)].join("\n");
}
