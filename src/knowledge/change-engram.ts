import type { Engram, EngramStore, UpdateOptions } from "../engram/engram.ts";
import { AssistantError } from "../shared/errors.ts";
import { partOf } from "./document-parts.ts";
import { documentSource, type KeptFiles } from "./document-source.ts";
import type { EngramFolder } from "./engram-folder.ts";
import type { OpenEngrams } from "./open-engrams.ts";
import type { TextDocument } from "./text-document.ts";

export interface WriteState {
  store: EngramStore;
  folder: Pick<EngramFolder, "keys" | "has" | "size" | "remove">;
  /** Opens engrams of `store`. */
  engrams: OpenEngrams;
}

export interface AddReport {
  added: number;
  replaced: number;
  unchanged: number;
}

/**
 * As OpenEngrams.use. A store gives null for an engram of an older version too; taking that for none would lose its documents.
 * Errors: AssistantError `knowledge-older`.
 */
export function useEngram<T>(
  { engrams, folder }: WriteState,
  key: string,
  run: (engram: Engram | null) => T | Promise<T>,
): Promise<T> {
  return engrams.use(key, (engram) => {
    if (engram === null && folder.has(key)) throw older(key);
    return run(engram);
  });
}

/** Documents of the same name are replaced, others stay. Errors: AssistantError `knowledge-busy`. */
export async function addDocuments(
  state: WriteState,
  key: string,
  documents: readonly TextDocument[],
  options?: UpdateOptions,
): Promise<AddReport> {
  const names = new Set(documents.map(({ name }) => name));
  const { before, after } = await write(state, key, documents, (document) => !names.has(document), options);
  const known = [...names].filter((name) => before.has(name));
  const unchanged = known.filter((name) => before.get(name) === after.get(name)).length;
  return { added: names.size - known.length, replaced: known.length - unchanged, unchanged };
}

/** @param names null: all of them. @returns those that are gone, null where there is no such engram */
export async function removeDocuments(
  state: WriteState,
  key: string,
  names: readonly string[] | null,
): Promise<string[] | null> {
  if (!state.folder.has(key)) return null;
  if (names === null) return removeAll(state, key);
  const there = await documentNames(state, key);
  const removed = there.filter((name) => names.includes(name));
  if (removed.length === there.length) return removeAll(state, key);
  if (removed.length > 0) await write(state, key, [], (document) => !removed.includes(document));
  return removed;
}

async function removeAll(state: WriteState, key: string): Promise<string[]> {
  const names = await documentNames(state, key).catch(ignoreUnreadable);
  state.engrams.renew(key);
  state.folder.remove(key);
  return names;
}

function documentNames(state: WriteState, key: string): Promise<string[]> {
  return useEngram(state, key, (engram) => [...fingerprints(engram).keys()]);
}

/** Whether a document that is there already stays. */
type Keep = (document: string) => boolean;

async function write(
  state: WriteState,
  key: string,
  documents: readonly TextDocument[],
  keep: Keep,
  options?: UpdateOptions,
) {
  return useEngram(state, key, async (before) => {
    const source = documentSource(documents, keptFiles(before, keep));
    const { engram, report } = await state.store.updateFrom(key, source, options);
    const after = fingerprints(engram);
    engram.close();
    state.engrams.renew(key);
    if (report.from !== (before?.info().commit ?? null)) throw busy(key);
    return { before: fingerprints(before), after };
  });
}

function keptFiles(engram: Engram | null, keep: Keep): KeptFiles {
  if (engram === null) return { entries: [], bytes: () => null };
  return {
    entries: engram.files().filter(({ path }) => keep(partOf(path).document)),
    bytes: (path) => engram.bytes(path),
  };
}

/** What each document's text is, by its parts' ids. */
function fingerprints(engram: Engram | null): Map<string, string> {
  const found = new Map<string, string>();
  if (engram === null) return found;
  for (const { path, oid } of engram.files()) {
    const { document, part } = partOf(path);
    found.set(document, `${found.get(document) ?? ""}${part}:${oid} `);
  }
  return found;
}

/** What is to be removed need not be readable. */
function ignoreUnreadable(error: unknown): string[] {
  if (error instanceof AssistantError) return [];
  throw error;
}

function older(key: string): AssistantError {
  return new AssistantError(`${key} was written by another version of this program, which cannot be searched`, {
    code: "knowledge-older",
    remedy: `Remove it and add its documents again: assistant knowledge remove ${key}.`,
  });
}

/** The engrams have no transaction over reading and writing; what the other process wrote is no longer there. */
function busy(key: string): AssistantError {
  return new AssistantError(`${key} was written by another process at the same time`, {
    code: "knowledge-busy",
    remedy: "Add what the other process has added once more, one process at a time.",
  });
}
