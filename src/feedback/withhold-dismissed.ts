import type { Finding, ReviewOutcome, Withheld } from "../publish/outcome.ts";
import type { DismissedBefore } from "./dismissed-before.ts";

/**
 * A review without the findings whose like people turned down; they are counted among what was withheld.
 * @param standing ids of findings whose comments stand there, not marked as addressed: without the finding they would be
 * called addressed, which they are not
 */
export function withoutDismissed(
  outcome: ReviewOutcome,
  unwanted: ReadonlyMap<string, DismissedBefore>,
  standing: ReadonlySet<string>,
): ReviewOutcome {
  const findings: Finding[] = [];
  const withheld: Withheld[] = [];
  for (const finding of outcome.findings) {
    const why = standing.has(finding.id) ? undefined : unwanted.get(finding.id);
    if (why === undefined) findings.push(finding);
    else withheld.push(withheldFinding(finding, why));
  }
  return withheld.length === 0 ? outcome : { ...outcome, findings, withheld: [...outcome.withheld, ...withheld] };
}

/** The same review with these findings marked, for whoever asked to see all. */
export function withDismissedMarked(
  outcome: ReviewOutcome,
  unwanted: ReadonlyMap<string, DismissedBefore>,
): ReviewOutcome {
  const findings = outcome.findings.map((finding) => {
    const why = unwanted.get(finding.id);
    if (why === undefined) return finding;
    const mark = `Shown because all findings were asked for: one like it was turned down in #${why.pull}`;
    return { ...finding, record: finding.record ? `${finding.record}. ${mark}` : mark };
  });
  return { ...outcome, findings };
}

function withheldFinding(
  { id, anchor, kind, title }: Finding,
  { pull, dismissed, accepted }: DismissedBefore,
): Withheld {
  const times = accepted > 0 ? `${dismissed} of ${dismissed + accepted} like it were` : "one like it was";
  return {
    about: anchor === null ? kind : `${anchor.path}:${anchor.startLine}`,
    text: title,
    reason: `${dismissed > 1 && accepted === 0 ? `${dismissed} like it were` : times} turned down here`,
    dismissed: { id, pull },
  };
}
