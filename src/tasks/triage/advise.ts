import type { Advice } from "../../publish/outcome.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import { code } from "../ask/inline.ts";
import type { Grade } from "./grade-similar.ts";
import type { FoundIssue } from "./similar-issues-with-fixes.ts";

export type GradedIssue = FoundIssue & Grade;

/**
 * What may be done, as far as the evidence says it without any judgement: where the same report is open, that what is new
 * belongs there; where it was fixed, whether that fix is there; and where a fix touched what is suspect now, that it did.
 */
export function advise(similar: readonly GradedIssue[], suspects: readonly Evidence[]): Advice[] {
  const open = similar
    .filter(({ grade, past }) => grade === "duplicate" && past.state === "open")
    .sort((a, b) => Number(b.confirmed) - Number(a.confirmed) || a.past.number - b.past.number)[0];
  const ofFixes = similar.map((one) => adviseFix(one, suspects)).find((found) => found.length > 0) ?? [];
  return [...(open === undefined ? [] : [followOpen(open)]), ...ofFixes];
}

function followOpen({ issue }: GradedIssue): Advice {
  return { text: "If this is the same report, what is new here belongs there.", evidence: [issue] };
}

function adviseFix({ fixedBy, alike }: GradedIssue, suspects: readonly Evidence[]): Advice[] {
  const fix = fixedBy.find(({ closes }) => closes);
  const first = fix?.evidence[0];
  if (fix === undefined || first === undefined) return [];
  const again = alike ? [{ text: secondTime(fix.revertedBy), evidence: [first] }] : [];
  const touched = new Set(fix.evidence.flatMap(({ citation }) => (citation.kind === "code" ? citation.path : [])));
  const suspect = suspects.find(({ citation }) => citation.kind === "code" && touched.has(citation.path));
  if (suspect?.citation.kind !== "code") return again;
  const where = `What fixed a similar issue touched ${code(suspect.citation.path)}, a likely place for this one, too.`;
  return [...again, { text: where, evidence: [first, suspect] }];
}

function secondTime(revertedBy: string | null): string {
  if (revertedBy !== null) return "What fixed the same report before was taken back later: the fault may be back.";
  return "The same was fixed before: see whether the version in which this happens has that change.";
}
