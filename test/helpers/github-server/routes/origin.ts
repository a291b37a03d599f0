import type { Origin } from "../events.ts";
import type { RepositoryRequest } from "../router.ts";

/** Who writes, and where, for the webhooks that a change sends: also the App's own writes come back to it. */
export function originOf({ state, repository, actor }: RepositoryRequest): Origin {
  return { state, repository, sender: actor };
}
