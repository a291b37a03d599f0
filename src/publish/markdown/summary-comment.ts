import type { Evidence } from "../../retrieval/evidence.ts";
import { limits } from "../../shared/limits.ts";
import type { RepositoryId } from "../../shared/repository.ts";
import type { Finding, ReviewOutcome } from "../outcome.ts";
import { sheetGroups } from "../sheet-groups.ts";
import { complianceBlock } from "./compliance-block.ts";
import { composeBody, details, list, type Group } from "./body.ts";
import { coverageBlock, turnedDownLine } from "./coverage-block.ts";
import { evidenceList } from "./evidence-list.ts";
import { findingInSummary, findingTitle } from "./finding-comment.ts";
import { findingsTable, listedPlace, type ListedFinding, shortFindingId } from "./findings-table.ts";
import { commitLink } from "./links.ts";
import { walkthrough } from "./walkthrough.ts";

/** What stands on the pull request's lines by now. */
export interface Standing {
  /** Findings with a comment on their lines, and its page; null where the page is not known yet. */
  inline: ListedFinding[];
  /** Findings meant for a line that GitHub did not take there: they stand in the summary. */
  refused: Finding[];
  /** Comments of ours, of this push or earlier ones, that are marked as addressed. */
  addressed: number;
  /** The head that the pull request has by now, where another one was read. */
  movedTo?: string | null;
}

/** The one summary comment of a pull request. The same outcome and standing give the same text. */
export function summaryComment(repository: RepositoryId, outcome: ReviewOutcome, standing: Standing): string {
  const onLines = new Set(standing.inline.map(({ finding }) => finding));
  const others = outcome.findings.filter((finding) => !onLines.has(finding) && !standing.refused.includes(finding));
  const notes = [...standing.refused, ...others.slice(0, limits.summaryFindings)];
  const notShown = standing.refused.length + others.length - notes.length;
  return composeBody(
    [
      headline(repository, outcome, standing, notes.length, notShown),
      listedFindings(repository, outcome, standing.inline, notes),
      ...notes.flatMap((finding) => [
        ...findingInSummary(repository, finding, outcome.head),
        // Commands are heeded on pull requests alone.
        ...(outcome.subject === null || isTable(standing.inline, notes) ? [] : [ignoreHint(finding)]),
      ]),
      // Before the sheet: a text that is too long loses its end first, and coverage must stay.
      coverageBlock(repository, outcome.coverage, outcome.withheld, outcome.model),
      walkthrough(outcome.files ?? []),
      complianceBlock(repository, outcome.compliance ?? []),
      sheetBlock(repository, outcome.sheet),
    ],
    { kind: "summary" },
  );
}

function headline(
  repository: RepositoryId,
  outcome: ReviewOutcome,
  standing: Standing,
  notes: number,
  notShown: number,
): string {
  const found = [
    ...counted(standing.inline.length, "comment on lines", "comments on lines"),
    ...counted(notes, "note below", "notes below"),
    ...counted(notShown, "more not shown", "more not shown"),
  ];
  const sentences = [
    `Review of ${commitLink(repository, outcome.head)}: ${found.join(", ") || "no findings"}.`,
    ...(standing.movedTo
      ? [
          `The pull request has moved on to ${commitLink(repository, standing.movedTo)}, which this review did not read.`,
        ]
      : []),
    ...counted(standing.addressed, "earlier comment is addressed.", "earlier comments are addressed."),
    turnedDownLine(repository, outcome.withheld),
  ];
  return sentences.filter((sentence) => sentence !== "").join(" ");
}

function counted(count: number, one: string, many: string): string[] {
  return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
}

function isTable(onLines: readonly ListedFinding[], notes: readonly Finding[]): boolean {
  return onLines.length + notes.length > limits.findingsWithoutTable;
}

/** What stands in no thread can be ignored by its id alone; a table has the ids. */
function ignoreHint({ id }: Finding): string {
  return `<sub>Not wanted here? \`/assistant ignore ${shortFindingId(id)}\`</sub>`;
}

/** A few are a list of those on lines, since the notes follow in full; many are a table of all. */
function listedFindings(
  repository: RepositoryId,
  { head, findings }: ReviewOutcome,
  onLines: ListedFinding[],
  notes: Finding[],
): Group {
  if (!isTable(onLines, notes))
    return list(onLines.map((one) => `- ${listedPlace(repository, one, head)}: ${findingTitle(one.finding)}`));
  const all = [...onLines, ...notes.map((finding) => ({ finding, url: null }))];
  const order = all.toSorted((a, b) => findings.indexOf(a.finding) - findings.indexOf(b.finding));
  return findingsTable(repository, order, head);
}

/** Its title says what is inside, so that nobody has to open it to see that there is nothing for them. */
function sheetBlock(repository: RepositoryId, sheet: readonly Evidence[]): Group {
  const groups = sheetGroups(sheet);
  const counts = groups.map(({ heading, evidence }) => `${lowerFirst(heading)} (${evidence.length})`);
  return details(
    `Related to this change: ${counts.join(", ")}`,
    groups.map(({ heading, evidence }) => evidenceList(repository, evidence, `**${heading}**\n\n`)),
  );
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
