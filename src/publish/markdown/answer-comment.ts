import type { RepositoryId } from "../../shared/repository.ts";
import type { AnswerLine, AnswerOutcome, AnswerPart, FoundAnswer } from "../outcome.ts";
import { blocks, composeBody, details, list, type Piece } from "./body.ts";
import { modelLine } from "./coverage-block.ts";
import { codeBlock, escapeText } from "./escape.ts";
import { evidenceItem } from "./evidence-list.ts";
import { citationLink, commitLink } from "./links.ts";
import { sanitizeBlocks, sanitizeInline } from "./sanitize.ts";

/** The answer to a command, tied to the comment that asked. */
export function answerComment(repository: RepositoryId, outcome: AnswerOutcome): string {
  const { body, found, commentId } = outcome;
  const parts = found?.parts.map((part) => partPiece(repository, part)) ?? [];
  const footer = found ? [list([footerLine(repository, found)])] : [];
  return composeBody([blocks(sanitizeBlocks(body)), ...parts, ...footer], { kind: "answer", comment: commentId });
}

function partPiece(repository: RepositoryId, { title, quote, lines, folded }: AnswerPart): Piece {
  const items = list(lines.map((line) => lineItem(repository, line)));
  const shown = quote === undefined ? [] : [quoted(repository, quote)];
  if (folded) return details(escapeText(title), [...shown, items]);
  const head = title === "" ? "" : `**${escapeText(title)}**\n\n`;
  return { before: head, pieces: [...shown, items], after: "", between: "\n\n" };
}

/** The cited text itself under its link. */
function quoted(
  repository: RepositoryId,
  { citation, repository: other, text }: NonNullable<AnswerPart["quote"]>,
): string {
  return `${citationLink(other ?? repository, citation)}\n\n${codeBlock(text, languageOf(citation))}`;
}

/** A highlighter knows most languages by the ending of their files. */
function languageOf(citation: NonNullable<AnswerPart["quote"]>["citation"]): string {
  return citation.kind === "code" ? (/\.([a-z0-9]+)$/i.exec(citation.path)?.[1] ?? "") : "";
}

/** One entry, so that what belongs together is left out together. */
function lineItem(repository: RepositoryId, { text, evidence }: AnswerLine): string {
  if (text !== "") {
    const links = evidence.map((one) => citationLink(one.repository ?? repository, one.citation));
    return `- ${sanitizeInline(text)} (${links.join(", ")})`;
  }
  const [first, ...others] = evidence.map((one) => evidenceItem(repository, one));
  return [first ?? "", ...others.map((item) => `  ${item}`)].join("\n");
}

function footerLine(repository: RepositoryId, { engramCommit, model }: FoundAnswer): string {
  return `<sub>Engram: ${commitLink(repository, engramCommit)} · Model: ${modelLine(model)}</sub>`;
}
