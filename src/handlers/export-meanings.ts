import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import type { EncoderProvider } from "../model/encoder.ts";
import { embedIssues, type EmbedOptions, type IssueMeanings, openIssueMeanings } from "../retrieval/issue-meanings.ts";
import type { IssueVectors } from "../tracker/issue-vectors.ts";
import { openIssueVectorsFile } from "../tracker/sqlite-issue-vectors.ts";
import type { Tracker } from "../tracker/tracker.ts";

export interface ExportMeanings {
  /** Null without an encoder: then words alone decide. */
  meanings: IssueMeanings | null;
  /** What they rest on. */
  vectors: IssueVectors | null;
  close(): void;
}

/**
 * What the issues of an exported tracker mean. What is missing is computed now, about a tenth of a second an issue, and kept for
 * the next time in a file that may be deleted.
 * @param file the export, by which its vectors are found again
 * @param folder where the service keeps trackers
 * Errors: the signal's reason; those of the encoder.
 */
export async function openExportMeanings(
  tracker: Tracker,
  { file, folder, encoders }: { file: string; folder: string; encoders: EncoderProvider | undefined },
  options: EmbedOptions = {},
): Promise<ExportMeanings> {
  const { encoder = null } = (await encoders?.encoder()) ?? {};
  if (encoder === null) return { meanings: null, vectors: null, close: () => {} };
  const name = createHash("sha256").update(resolve(file)).digest("hex").slice(0, 16);
  const vectors = openIssueVectorsFile(join(folder, "exports", `${name}.vectors`));
  try {
    await embedIssues(tracker, vectors, encoder, options);
    return { meanings: openIssueMeanings(tracker, vectors, encoder), vectors, close: () => vectors.close() };
  } catch (error) {
    vectors.close();
    throw error;
  }
}
