import { type ExportMeanings, openExportMeanings } from "../handlers/export-meanings.ts";
import type { Progress } from "../pipeline.ts";
import type { LocalServices } from "../services.ts";
import { limits } from "../shared/limits.ts";
import { repositoryKey, type RepositoryId } from "../shared/repository.ts";
import type { ExportedTracker } from "../tracker/exported-tracker.ts";
import type { IssueVectors } from "../tracker/issue-vectors.ts";
import type { Tracker } from "../tracker/tracker.ts";

/** An issue of thousands is answered with the meanings that there are: the next call goes on computing them. */
export async function meaningsOf(
  { tracker }: ExportedTracker,
  { tracker: file = "", batch = false }: { tracker?: string; batch?: boolean },
  { folder, services, signal, progress }: Needed,
): Promise<ExportMeanings> {
  const kept = { file, folder, encoders: services.past.encoders };
  const deadline = batch ? Infinity : Date.now() + limits.exportMeaningsMs;
  const onProgress = (done: number, total: number): void => progress("reading what issues mean", done, total);
  return openExportMeanings(tracker, kept, { deadline, signal, onProgress });
}

interface Needed {
  /** Where the service keeps trackers. */
  folder: string;
  services: LocalServices;
  signal: AbortSignal;
  progress: Progress;
}

/** Services that know what an export tells, in place of what GitHub told. */
export function knowing(
  { tracker, vectors }: { tracker: Tracker | null; vectors: IssueVectors | null },
  services: LocalServices,
): LocalServices {
  const { past } = services;
  const told = { ...past.trackers, open: () => tracker, ...(vectors && { vectors: () => vectors }) };
  return { ...services, past: { ...past, trackers: told } };
}

/** Services that know what `backfill` read of the repository that a clone comes from. */
export function knowingBackfilled(repository: RepositoryId, services: LocalServices): LocalServices {
  const { trackers } = services.past;
  const key = repositoryKey(repository);
  const tracker = trackers.open(key);
  return tracker === null ? services : knowing({ tracker, vectors: trackers.vectors(key) }, services);
}
