import type { RepositoryId } from "../shared/repository.ts";
import { createMemoryCommentApi, type CurrentChange, type Payload } from "./memory-comment-api.ts";
import type { AppIdentity } from "./own-comments.ts";
import { publishOutcome } from "./publish-outcome.ts";
import type { Publisher } from "./publisher.ts";

export interface DryRunPublisherOptions {
  repository: RepositoryId;
  /** Any login: it writes to nobody. */
  identity?: AppIdentity;
  /** What anchors are checked against; needed by reviews alone. */
  change?: CurrentChange;
}

export interface DryRunPublisher extends Publisher {
  /** Every request that GitHub would have got so far, in order. Its conversation starts empty. */
  readonly payloads: readonly Payload[];
}

/** Stands in the payloads' paths for a local clone, which has no pull request. */
const noNumber = 0;

/** Goes through all steps of publishing without a network, and remembers its own comments as GitHub would. */
export function createDryRunPublisher(options: DryRunPublisherOptions): DryRunPublisher {
  const { repository, identity = { login: "engram-assistant[bot]" }, change } = options;
  const payloads: Payload[] = [];
  const api = createMemoryCommentApi({ repository, identity, change, send: (payload) => payloads.push(payload) });
  return {
    payloads,
    publish: (outcome) => publishOutcome({ api, repository, identity }, outcome.subject?.number ?? noNumber, outcome),
  };
}
