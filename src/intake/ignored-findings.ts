import type { Finding, ReviewOutcome } from "../publish/outcome.ts";

/**
 * A review without the findings that somebody asked not to hear of again on this pull request; they are counted among what
 * was withheld.
 * @param standing ids of findings whose comments stand there, not marked as addressed: without the finding they would be
 * called addressed, which they are not
 */
export function withoutIgnored(
  outcome: ReviewOutcome,
  ignored: ReadonlyMap<string, string>,
  standing: ReadonlySet<string>,
): ReviewOutcome {
  const isSaid = ({ id }: Finding): boolean => !ignored.has(id) || standing.has(id);
  const withheld = outcome.findings
    .filter((finding) => !isSaid(finding))
    .map(({ anchor, kind, title }) => ({
      about: anchor === null ? kind : `${anchor.path}:${anchor.startLine}`,
      text: title,
      reason: "ignored on this pull request by a command",
    }));
  if (withheld.length === 0) return outcome;
  return { ...outcome, findings: outcome.findings.filter(isSaid), withheld: [...outcome.withheld, ...withheld] };
}
