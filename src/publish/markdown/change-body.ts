import type { RepositoryId } from "../../shared/repository.ts";
import type { NewChange } from "../publish-change.ts";
import { composeBody } from "./body.ts";
import { codeSpan, escapeText } from "./escape.ts";
import { evidencePiece, implementFooter, placesPiece, planPiece, verificationPieces } from "./implement-parts.ts";
import { movedPieces } from "./implement-result.ts";

/** The description of a pull request: what it is for, what was checked and what was not, the plan and its evidence. */
export function changeBody(
  repository: RepositoryId,
  { outcome, issue, comment, requester, moved }: NewChange & { moved: readonly string[] },
): string {
  const author = outcome.model.name === null ? "a program" : `a program with ${codeSpan(outcome.model.name)}`;
  // Only a change that shall do what the issue asks for ends it: tests and documentation leave it open.
  const purpose = outcome.task === "implement" ? `Closes #${issue}.` : `For #${issue}.`;
  return composeBody(
    [
      `${purpose} Asked for by ${escapeText(requester)}.`,
      `Written by ${author}, and read by nobody yet. Say \`/assistant implement WHAT\` here to have something changed.`,
      ...verificationPieces(outcome),
      ...movedPieces(moved),
      placesPiece(repository, outcome),
      planPiece(outcome),
      evidencePiece(repository, outcome),
      implementFooter(repository, outcome),
    ],
    { kind: "change", comment },
  );
}
