import { limits } from "../../shared/limits.ts";
import type { Citation, Evidence } from "../../retrieval/evidence.ts";
import type { RepositoryId } from "../../shared/repository.ts";
import type { Advice, LabelSuggestion, SimilarIssue, TriageOutcome } from "../outcome.ts";
import { composeBody, type Group, list } from "./body.ts";
import { modelLine, withheldLine } from "./coverage-block.ts";
import { codeSpan } from "./escape.ts";
import { evidenceItem, evidenceList } from "./evidence-list.ts";
import { citationLink, commitLink, numberLink } from "./links.ts";
import { sanitizeInline } from "./sanitize.ts";

/** The triage comment of an issue. */
export function triageComment(repository: RepositoryId, outcome: TriageOutcome): string {
  const { suspects, advice = [], labels = [], missing = [] } = outcome;
  const similar = (title: string, which: (similar: SimilarIssue) => boolean): Group =>
    list(
      outcome.similar.filter(which).map((one) => similarItem(repository, one)),
      `**${title}**\n\n`,
    );
  const added = labels.filter(({ apply }) => apply);
  const named = labels.filter(({ apply }) => !apply);
  return composeBody(
    [
      ...(isEmptyTriage(outcome) ? ["No similar issue and no likely place in the code was found."] : []),
      similar("May be a duplicate of", (one) => isDuplicate(one) && !isClosed(one)),
      closingLine(repository, outcome),
      similar("May be a duplicate of a closed issue", (one) => isDuplicate(one) && isClosed(one)),
      similar("Similar issues", (one) => !isDuplicate(one)),
      evidenceList(repository, suspects, "**Where to look**\n\n"),
      list(
        advice.map((one) => adviceItem(repository, one)),
        "**What may help**\n\n",
      ),
      missingList(missing),
      list(
        added.map((label) => labelItem(repository, label)),
        "**Labels added** (take one off, and it stays off)\n\n",
      ),
      list(
        named.map((label) => labelItem(repository, label)),
        "**Labels that may fit**\n\n",
      ),
      list([footer(repository, outcome)]),
    ],
    { kind: "triage" },
  );
}

/** Whether there is nothing to say unasked. A label that was put on the issue speaks for itself. */
export function isEmptyTriage({ similar, suspects, labels = [], missing = [] }: TriageOutcome): boolean {
  const named = labels.filter(({ apply }) => !apply);
  return similar.length + suspects.length + named.length + missing.length === 0;
}

function closingLine(repository: RepositoryId, { closing }: TriageOutcome): string {
  if (closing === undefined) return "";
  const target = numberLink(repository, "issues", closing.target);
  return `If nobody objects within ${closing.days} days, this is closed as a duplicate of ${target}: a comment, a 👎 on this one or a change of the labels keeps it open.`;
}

/** What a comment of ours says is closed, and when; null where it says no such thing. */
export function readClosing(body: string): Required<TriageOutcome>["closing"] | null {
  const [, days, target] =
    /^If nobody objects within (\d+) days, this is closed as a duplicate of \[#(\d+)\]/m.exec(body) ?? [];
  return days === undefined || target === undefined ? null : { target: Number(target), days: Number(days) };
}

function isDuplicate({ grade }: SimilarIssue): boolean {
  return grade === "duplicate";
}

function isClosed({ issue }: SimilarIssue): boolean {
  return issue.citation.kind === "issue" && issue.citation.state === "closed";
}

/** An issue, how it ended, and the change that fixed it with its lines: one entry, so that it stays together. */
function similarItem(repository: RepositoryId, { issue, fixes }: SimilarIssue): string {
  // The longest stretches come first; behind them are imports and the like.
  const shown = fixes.filter((fix, at) => fix.citation.kind !== "code" || fixes[at - 2]?.citation.kind !== "code");
  const items = shown.slice(0, limits.evidencePerFinding).map((fix) => `  ${evidenceItem(repository, fix)}`);
  return [evidenceItem(repository, issue), ...items].join("\n");
}

function adviceItem(repository: RepositoryId, { text, evidence, writtenBy }: Advice): string {
  const links = evidence.slice(0, limits.evidencePerFinding).map((one) => shortLink(repository, one));
  const by = writtenBy === undefined ? "" : `; worded by ${codeSpan(writtenBy)}`;
  return `- ${sanitizeInline(text.replace(/\.$/, ""))} (${links.join(", ")}${by}).`;
}

function shortLink(repository: RepositoryId, { citation, repository: other }: Evidence): string {
  return linkOf(other ?? repository, citation);
}

function linkOf(repository: RepositoryId, citation: Citation): string {
  if (citation.kind === "issue") return numberLink(repository, "issues", citation.number);
  if (citation.kind === "pull") return numberLink(repository, "pull", citation.number);
  return citation.kind === "commit" ? commitLink(repository, citation.commit) : citationLink(repository, citation);
}

function missingList(missing: readonly string[]): Group {
  const shown = missing.slice(0, limits.missingShown).map((line) => `- ${sanitizeInline(line)}`);
  const rest = missing.length - shown.length;
  return list([...shown, ...(rest > 0 ? [`- ${rest} more`] : [])], "**What the template asks for and is missing**\n\n");
}

function labelItem(repository: RepositoryId, { name, confidence, evidence, writtenBy }: LabelSuggestion): string {
  const like = evidence.map((one) => shortLink(repository, one)).join(", ");
  const sure = confidence === null ? null : `right at least ${Math.floor(confidence * 100)} times in 100 here lately`;
  const by = writtenBy === undefined ? null : `chosen by ${codeSpan(writtenBy)}, which was not measured here`;
  return `- ${codeSpan(name)}: ${[sure, by, `as on ${like}`].filter((part) => part !== null).join("; ")}`;
}

function footer(repository: RepositoryId, { engramCommit, model, withheld }: TriageOutcome): string {
  const parts = [`Engram: ${commitLink(repository, engramCommit)}`, `Model: ${modelLine(model)}`];
  if (withheld.length > 0) parts.push(`Withheld: ${withheldLine(withheld)}`);
  return `<sub>${parts.join(" · ")}</sub>`;
}
