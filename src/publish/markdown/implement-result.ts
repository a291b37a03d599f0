import type { RepositoryId } from "../../shared/repository.ts";
import type { ImplementOutcome } from "../implement-outcome.ts";
import type { Marker } from "../marker.ts";
import type { PublishedChange } from "../publish-change.ts";
import { blocks, composeBody, type Piece } from "./body.ts";
import { codeSpan, escapeText } from "./escape.ts";
import {
  evidencePiece,
  implementFooter,
  patchPiece,
  placesPiece,
  planPiece,
  refusedPiece,
  verificationPieces,
} from "./implement-parts.ts";
import { type ImplementStatus, phaseList, taskNames } from "./implement-progress.ts";
import { branchLink, commitLink, compareLink, pullLink } from "./links.ts";
import { sanitizeBlocks } from "./sanitize.ts";

/** What became of an outcome. */
export interface ImplementResult {
  outcome: ImplementOutcome;
  /** Null where there was nothing to put on GitHub. */
  published: PublishedChange | null;
  /** Set where the plan waits until somebody goes on with it. */
  plan: Extract<Marker, { kind: "implement" }>["plan"] | null;
  /** Whether this repository wants every plan approved. */
  approve: boolean;
  /** Login of who stopped it; null where nobody did. */
  stoppedBy: string | null;
  /** Whether it was asked for on a pull request of ours. */
  onPull: boolean;
}

/** The comment once the work has ended, whatever it came to. What a new pull request says is not said twice. */
export function implementComment(repository: RepositoryId, status: ImplementStatus, result: ImplementResult): string {
  const { outcome, published, plan } = result;
  const asked = `Asked for by ${escapeText(status.requester)}.`;
  const body = (pieces: Piece[]): string =>
    composeBody(
      [
        `**${taskNames[status.task]}**: ${headline(repository, result)}`,
        ...publishedPieces(repository, published),
        blocks(sanitizeBlocks(outcome.reason)),
        ...pieces,
      ],
      { kind: "implement", comment: status.comment, ...(plan && { plan }) },
    );
  if (outcome.verdict === "question") {
    return body([`${asked} Answer with \`/assistant ${status.task}\` and what is missing behind it.`]);
  }
  const isWritten = published?.kind === "opened" || published?.kind === "pushed";
  const details = [planPiece(outcome), evidencePiece(repository, outcome), ...(isWritten ? [] : patchPiece(outcome))];
  return body([
    phaseList({ ...status, ended: true }),
    ...(published?.kind === "opened" ? [] : [placesPiece(repository, outcome)]),
    ...verificationPieces(outcome),
    ...(outcome.verdict === "failed" || outcome.verdict === "stopped" ? [refusedPiece(outcome)] : []),
    ...(published?.kind === "opened" ? [] : details),
    asked,
    implementFooter(repository, outcome),
  ]);
}

function headline(repository: RepositoryId, result: ImplementResult): string {
  const { outcome, published, approve, stoppedBy, onPull } = result;
  if (published !== null) return publishedLine(repository, published);
  if (stoppedBy !== null) return `stopped by ${escapeText(stoppedBy)}. What there was by then is below.`;
  switch (outcome.verdict) {
    case "planned":
      return approve
        ? "the plan waits for approval. `/assistant implement`, by somebody who may push, goes on with it; with other words behind it, a new plan is made."
        : "the plan is below. `/assistant implement` goes on with it.";
    case "question":
      return "this cannot be begun before something is clear.";
    case "refused":
      return "not begun.";
    case "stopped":
      return "ended early. What there was by then is below.";
    default:
      return `no attempt passed, so ${onPull ? "nothing was pushed" : "there is no pull request"}. What was found and tried is below.`;
  }
}

function publishedLine(repository: RepositoryId, published: PublishedChange): string {
  switch (published.kind) {
    case "opened": {
      const draft = published.pull.draft ? "the draft pull request" : "the pull request";
      return `${draft} ${pullLink(repository, published.pull.number)} is open, with the plan and its evidence.`;
    }
    case "pushed":
      return `${commitLink(repository, published.commit)} is on this pull request.`;
    case "conflict":
      return "not pushed: people changed the same files on this branch meanwhile.";
    case "branch-only":
      return `the change is on the branch ${branchLink(repository, published.branch)}, but no pull request could be opened.`;
    case "not-written":
      return "nothing was written to the repository. The patch is below.";
  }
}

function publishedPieces(repository: RepositoryId, published: PublishedChange | null): Piece[] {
  switch (published?.kind) {
    case "opened":
      return movedPieces(published.moved);
    case "pushed":
      return published.onTopOf === null
        ? []
        : [
            `It stands on ${commitLink(repository, published.onTopOf)}, which came meanwhile: it was not checked together with it.`,
          ];
    case "conflict":
      return [`Changed meanwhile: ${named(published.paths)}. Asked again, it begins with what is there now.`];
    case "branch-only":
      return [
        blocks(sanitizeBlocks(published.reason)),
        `${compareLink(repository, published.branch, "Open the pull request")} by hand.`,
      ];
    case "not-written":
      return [blocks(sanitizeBlocks(published.reason))];
    default:
      return [];
  }
}

/** Files that the target branch changed while the work was under way. */
export function movedPieces(moved: readonly string[]): Piece[] {
  if (moved.length === 0) return [];
  return [`The branch that it is for has changed ${named(moved)} meanwhile: it may conflict.`];
}

function named(paths: readonly string[]): string {
  return paths.map(codeSpan).join(", ");
}
