import type { Engram } from "../engram/engram.ts";
import { AssistantError } from "../shared/errors.ts";
import { type CollectionId, collectionKey } from "./collections.ts";
import { useEngram, type WriteState } from "./change-engram.ts";
import { partOf } from "./document-parts.ts";

export interface CollectionSummary extends CollectionId {
  documents: number;
  chunks: number;
  /** On disk. */
  bytes: number;
  /** Why it cannot be read, or null. */
  problem: string | null;
}

export interface DocumentSummary {
  name: string;
  chunks: number;
  /** Why the text is not searched, or null. */
  skipped: string | null;
}

/** One that cannot be read is listed with the reason. */
export async function summariseCollection(state: WriteState, id: CollectionId): Promise<CollectionSummary> {
  const key = collectionKey(id);
  const bytes = state.folder.size(key);
  try {
    const found = await useEngram(state, key, summarise);
    const chunks = found.reduce((sum, document) => sum + document.chunks, 0);
    return { ...id, documents: found.length, chunks, bytes, problem: null };
  } catch (error) {
    if (!(error instanceof AssistantError)) throw error;
    return { ...id, documents: 0, chunks: 0, bytes, problem: `${error.message}. ${error.remedy}` };
  }
}

export function summarise(engram: Engram | null): DocumentSummary[] {
  const found = new Map<string, DocumentSummary>();
  for (const { path, chunks, skipped } of engram?.files() ?? []) {
    const { document } = partOf(path);
    const before = found.get(document);
    found.set(document, {
      name: document,
      chunks: chunks + (before?.chunks ?? 0),
      skipped: skipped ?? before?.skipped ?? null,
    });
  }
  return [...found.values()];
}
