import { extname } from "node:path/posix";
import type { Evidence } from "../../retrieval/evidence.ts";
import { limits } from "../../shared/limits.ts";
import type { RepositoryId } from "../../shared/repository.ts";
import { formatMarker, withoutMarker } from "../marker.ts";
import { isHere } from "../finding-place.ts";
import type { Finding } from "../outcome.ts";
import { blocks, composeBody, type Piece } from "./body.ts";
import { codeBlock, codeSpan } from "./escape.ts";
import { evidenceList } from "./evidence-list.ts";
import { citationLink, codeLink, commitLink } from "./links.ts";
import { withOwnCommits } from "./own-commits.ts";
import { sanitizeBlocks, sanitizeInline } from "./sanitize.ts";

/**
 * The comment on the lines of a finding.
 * @param returned it was marked as addressed before, by an earlier push
 */
export function findingComment(repository: RepositoryId, finding: Finding, head: string, returned = false): string {
  const back = returned
    ? [`_An earlier push had addressed this; with ${commitLink(repository, head)} it is back._`]
    : [];
  const committable = finding.replacement === undefined ? [] : [suggestion(finding.replacement)];
  return composeBody([findingTitle(finding), ...findingPieces(repository, finding), ...committable, ...back], {
    kind: "finding",
    id: finding.id,
    head,
    addressed: false,
    resolved: false,
    ...(finding.kind === "model" && { byModel: true }),
  });
}

/** The same finding where it cannot stand on a line: with its place. */
export function findingInSummary(repository: RepositoryId, finding: Finding, head: string): Piece[] {
  const place = findingPlace(repository, finding, head);
  const { replacement, anchor } = finding;
  // GitHub offers no button here: it is code to read.
  const instead =
    replacement === undefined ? [] : [`Instead:\n\n${codeBlock(replacement, extname(anchor?.path ?? "").slice(1))}`];
  return [
    blocks([findingTitle(finding) + (place && ` in ${place}`)]),
    ...findingPieces(repository, finding),
    blocks(instead),
  ];
}

/** GitHub puts the block's text in the place of the lines that the comment stands on, when somebody presses the button. */
function suggestion(replacement: string): string {
  return codeBlock(replacement, "suggestion");
}

export function findingTitle(finding: Finding): string {
  const { title, evidence } = finding;
  const short = title.length > limits.titleCharacters ? `${title.slice(0, limits.titleCharacters)}…` : title;
  return `**${withOwnCommits(sanitizeInline(short), evidence).replaceAll("**", "")}**`;
}

/** Where a finding stands: lines of the new version, or the file alone where the lines are only in the old one. */
export function findingPlace(repository: RepositoryId, { anchor }: Finding, head: string): string {
  if (!anchor) return "";
  if (anchor.side === "LEFT") return codeSpan(anchor.path);
  return codeLink(repository, head, anchor.path, anchor.startLine, anchor.endLine);
}

function findingPieces(repository: RepositoryId, finding: Finding): Piece[] {
  const evidence = finding.evidence.slice(0, limits.evidencePerFinding);
  // A model's finding stands on the lines that it quotes; a near-copy shows its own beside the other ones.
  const isOwn = finding.kind === "near-copy" || finding.kind === "model";
  const here = isOwn ? evidence.find((one) => isHere(one, finding)) : undefined;
  const there = finding.kind === "near-copy" ? evidence.find((one) => one !== here && isQuotable(one)) : undefined;
  // What is shown in full needs no entry.
  const others = evidence.filter((one) => one !== here && one !== there);
  return [
    blocks(sanitizeBlocks(finding.body)),
    blocks(finding.writtenBy === undefined ? [] : [`_${authorship(finding, finding.writtenBy)}_`]),
    blocks(finding.record ? [`_${sanitizeInline(finding.record)}._`] : []),
    blocks([
      ...(finding.kind === "near-copy" && here ? [quote("Changed here", repository, here)] : []),
      ...(there ? [quote("Not changed there", repository, there, there.why)] : []),
    ]),
    evidenceList(repository, others, "Evidence:\n"),
  ];
}

/** Who says so: a reader trusts a model's words otherwise than code's. */
function authorship({ kind, evidence }: Finding, writtenBy: string): string {
  const name = codeSpan(writtenBy);
  if (kind !== "model") return `In the words of ${name}; what they say was found by code.`;
  const score = evidence.find((one) => one.kind === "quoted")?.score ?? 1;
  const sure = score < 1 ? `, ${Math.floor(score * 100)} % sure of it` : "";
  return `Found by ${name}, a language model, which stood by it when asked again${sure}.`;
}

function isQuotable({ citation, text }: Evidence): boolean {
  return citation.kind === "code" && text.trim() !== "";
}

function quote(label: string, repository: RepositoryId, { citation, text }: Evidence, why = ""): string {
  const lines = text.replace(/\n$/, "").split("\n");
  const shown = lines.slice(0, limits.quotedLines);
  const more = lines.length > shown.length ? ` (${shown.length} of ${lines.length} lines)` : "";
  const language = citation.kind === "code" ? extname(citation.path).slice(1) : "";
  const reason = why === "" ? "" : `, ${sanitizeInline(why)}`;
  return `${label}, ${citationLink(repository, citation)}${more}${reason}:\n\n${codeBlock(shown.join("\n"), language)}`;
}

/**
 * What becomes of a comment whose finding no longer holds: the text stays, folded away, for whoever replied to it.
 * `body` is the standing comment; its marker must be the finding's.
 * @param resolved whether we folded its thread, too
 */
export function addressedComment(
  repository: RepositoryId,
  body: string,
  finding: { id: string; head: string; byModel?: true },
  head: string,
  resolved = false,
): string {
  const { id, head: foundAt, byModel } = finding;
  const marks = { addressed: true, resolved, ...(byModel && { byModel }) };
  const marker = formatMarker({ kind: "finding", id, head: foundAt, ...marks });
  return [
    `Addressed in ${commitLink(repository, head)}.`,
    `<details><summary>What stood here</summary>\n\n${withoutMarker(body)}\n\n</details>`,
    marker,
  ].join("\n\n");
}
