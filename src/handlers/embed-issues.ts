import { randomUUID } from "node:crypto";
import type { Job } from "../jobs/job.ts";
import { embedIssues } from "../retrieval/issue-meanings.ts";
import type { ServerServices } from "../services.ts";
import { limits } from "../shared/limits.ts";
import { repositoryKey } from "../shared/repository.ts";
import type { JobOf } from "./job-context.ts";

type EmbedServices = Pick<ServerServices, "past" | "queue" | "log">;

/** Asks for what a repository's issues mean. It is the last of all that waits, and each slice of it waits anew. */
export async function queueEmbedding(
  { repository, installationId }: Pick<Job, "repository" | "installationId">,
  { queue }: Pick<EmbedServices, "queue">,
): Promise<void> {
  const id = `embed ${repositoryKey(repository)} ${randomUUID()}`;
  await queue.accept({ id, event: "embed" }, [{ kind: "embed", repository, installationId }]);
}

/** Computes some of the vectors that are missing, and asks for the rest. Without an encoder there is nothing to do. */
export async function embedSome(job: JobOf<"embed">, services: EmbedServices, signal: AbortSignal): Promise<void> {
  const { past, log } = services;
  const key = repositoryKey(job.repository);
  const tracker = past.trackers.open(key);
  const found = tracker && (await past.encoders?.encoder());
  if (!tracker || !found) return;
  const { encoder, reason } = found;
  if (encoder === null) return log.info({ repository: key, reason }, "issues are compared by their words alone");
  const deadline = Date.now() + limits.embedSliceMs;
  const left = await embedIssues(tracker, past.trackers.vectors(key), encoder, { deadline, signal });
  log.debug({ repository: key, left }, "what issues mean");
  if (left > 0) await queueEmbedding(job, services);
}
