import type { PersonalDataKind } from "../shared/personal-data.ts";
import type { RepositoryId } from "../shared/repository.ts";
import type { Change } from "../workspace/diff.ts";
import { createMemoryCheckApi } from "./memory-check-api.ts";
import { createMemoryCommentApi, type Payload, type PullState } from "./memory-comment-api.ts";
import type { Outcome } from "./outcome.ts";
import type { AppIdentity } from "./own-comments.ts";
import { publishOutcome } from "./publish-outcome.ts";
import type { Publisher } from "./publisher.ts";

export interface DryRunPublisherOptions {
  repository: RepositoryId;
  /** Any login: it writes to nobody. */
  identity?: AppIdentity;
  /** Whether a check run is completed beside the review (`review.check`). */
  check?: boolean;
  /** Kinds of personal data that are not written (`hygiene.personal_data`). */
  personalData?: readonly PersonalDataKind[];
  /** The change as it is now, to check heads and anchors against. Without it every outcome is taken at its word. */
  change?: () => Pick<Change, "head" | "files">;
}

export interface DryRunPublisher extends Publisher {
  /** Every request that GitHub would have got so far, in order. Its conversation starts empty. */
  readonly payloads: readonly Payload[];
}

/** Stands in the payloads' paths for a local clone, which has no pull request. */
const noNumber = 0;

/** Goes through all steps of publishing without a network, and remembers its own comments as GitHub would. */
export function createDryRunPublisher(options: DryRunPublisherOptions): DryRunPublisher {
  const { repository, identity = { login: "engram-assistant[bot]" }, change, check, personalData } = options;
  const payloads: Payload[] = [];
  let pull: PullState = { head: "", hunks: new Map() };
  const send = (payload: Payload): void => void payloads.push(payload);
  const api = createMemoryCommentApi({ repository, identity, pull: () => pull, send });
  const checks = check ? createMemoryCheckApi(repository, send) : undefined;
  return {
    payloads,
    async publish(outcome) {
      pull = change ? pullState(change()) : asAnchored(outcome);
      return publishOutcome(
        { api, checks, repository, identity, personalData },
        outcome.subject?.number ?? noNumber,
        outcome,
      );
    },
  };
}

function pullState({ head, files }: Pick<Change, "head" | "files">): PullState {
  return { head, hunks: new Map(files.map(({ path, hunks }) => [path, hunks])) };
}

/** A pull request on which every anchor of the outcome fits. */
function asAnchored(outcome: Outcome): PullState {
  const state: PullState = { head: "", hunks: new Map() };
  if (outcome.kind !== "review") return state;
  for (const { anchor } of outcome.findings) {
    if (!anchor) continue;
    const { path, startLine: start, endLine } = anchor;
    const lines = endLine - start + 1;
    const hunk = { oldStart: start, oldLines: lines, newStart: start, newLines: lines };
    state.hunks.set(path, [...(state.hunks.get(path) ?? []), hunk]);
  }
  return { ...state, head: outcome.head };
}
