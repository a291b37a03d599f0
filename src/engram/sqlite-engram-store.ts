import { closeSync, existsSync, openSync, readSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { AssistantError } from "../shared/errors.ts";
import { createExclusive } from "../shared/exclusive.ts";
import type { Encoder } from "./encode.ts";
import type { EngramStore, UpdateOptions } from "./engram.ts";
import { engramMissing, engramOlder, hasCode, withFileErrors } from "./engram-errors.ts";
import { gitSource } from "./git-source.ts";
import { loadKernel } from "./kernel/load-kernel.ts";
import type { Lens } from "./lens.ts";
import type { EngramStoreOptions } from "./memory-engram-store.ts";
import { compactSegments } from "./segments.ts";
import { type EngramFile, type EngramFileEvents, openOnConnection } from "./sqlite-engram.ts";
import { readSegments, readStanding, rowReader, writeHead } from "./sqlite-engram-file.ts";
import { writeSegments } from "./sqlite-engram-writer.ts";
import {
  applicationId,
  closeConnection,
  connectForReading,
  connectForWriting,
  lockForWriting,
} from "./sqlite-schema.ts";
import { beginSnapshot, type FileUpdateOptions, updateFile, type Updated } from "./sqlite-update.ts";
import type { TreeSource } from "./tree-source.ts";
import { createUnitParser } from "./units/tree-sitter-parser.ts";
import type { Keep } from "./update-plan.ts";
import { defaultSeed } from "./versions.ts";

export type { EngramFile } from "./sqlite-engram.ts";

export interface EngramFileOptions extends EngramStoreOptions {
  /** Of a keyed engram. Its seed is the key's, whatever `seed` says. */
  lens?: Lens;
}

export interface SqliteEngramStoreOptions extends EngramStoreOptions {
  /** Engram KEY is the file DIRECTORY/KEY.engram. */
  directory: string;
  /** Delete and rebuild a damaged file instead of throwing `engram-corrupt`. Default false. */
  rebuildDamaged?: boolean;
  /** Whose bytes are kept. Default `indexed`: git has the rest. */
  keep?: Keep;
}

export interface SqliteEngramStore extends EngramStore {
  update(key: string, gitDir: string, commit: string, options?: UpdateOptions): Promise<Updated>;
  updateFrom(key: string, source: TreeSource, options?: UpdateOptions): Promise<Updated>;
  open(key: string): Promise<EngramFile | null>;
}

/**
 * One SQLite file for each engram. An update is one transaction: a process that is killed leaves the old state or the
 * new one. An open engram reads one snapshot, whatever other processes write, until it is closed.
 */
export function createSqliteEngramStore(options: SqliteEngramStoreOptions): SqliteEngramStore {
  const { directory, rebuildDamaged = false, keep = "indexed" } = options;
  const encoder = encoderOf(options);
  const opened = new Set<EngramFile>();
  const damaged = new Set<string>();
  const withLock = createExclusive();

  /** Damage that shows only when a row or a text is read is mended by the next update. */
  function eventsOf(file: string, engramOf: () => EngramFile): EngramFileEvents {
    return { onClose: () => opened.delete(engramOf()), onDamage: () => damaged.add(file) };
  }

  async function updateFrom(key: string, source: TreeSource, updateOptions: UpdateOptions = {}): Promise<Updated> {
    const file = engramPath(directory, key);
    const run = async (): Promise<Updated> => {
      const updated: Updated = await updateFile(
        file,
        encoder,
        source,
        { ...updateOptions, keep },
        eventsOf(file, () => updated.engram),
      );
      opened.add(updated.engram);
      return updated;
    };
    if (!rebuildDamaged) return run();
    if (damaged.delete(file)) removeFile(file);
    try {
      return await run();
    } catch (error) {
      if (!hasCode(error, "engram-corrupt")) throw error;
      removeFile(file);
      return run();
    }
  }

  return {
    updateFrom: (key, ...rest) => withLock(key, () => updateFrom(key, ...rest)),
    update: (key, gitDir, commit, updateOptions) =>
      withLock(key, async () => updateFrom(key, await gitSource(gitDir, commit, updateOptions?.signal), updateOptions)),
    async open(key) {
      const file = engramPath(directory, key);
      try {
        const engram: EngramFile = openFile(
          file,
          encoder,
          undefined,
          eventsOf(file, () => engram),
        );
        opened.add(engram);
        return engram;
      } catch (error) {
        const isNone = hasCode(error, "engram-missing") || hasCode(error, "engram-older");
        if (isNone || (rebuildDamaged && hasCode(error, "engram-corrupt"))) return null;
        throw error;
      }
    },
    close() {
      for (const engram of opened) engram.close();
    },
  };
}

/**
 * Opens an engram file. Reads its segments and nothing else.
 * Errors: `engram-missing`, `engram-corrupt`, `engram-newer`, `engram-older`; `engram-locked`, `engram-key`,
 * `engram-not-keyed`.
 */
export async function openEngramFile(file: string, options: EngramFileOptions = {}): Promise<EngramFile> {
  return openFile(file, encoderOf(options), options.lens, {});
}

/**
 * Brings an engram file to the tree of a source; makes it where there is none.
 * Errors: `engram-corrupt`, `engram-newer`, `engram-busy`, `engram-unwritable`, those of the key, and the source's.
 * @param options `rebuild` also replaces a damaged engram, but never a file that is something else
 */
export async function updateEngramFile(
  file: string,
  source: TreeSource,
  options: FileUpdateOptions & EngramFileOptions = {},
): Promise<Updated> {
  const encoder = encoderOf(options);
  try {
    return await updateFile(file, encoder, source, options);
  } catch (error) {
    if (options.rebuild !== true || !hasCode(error, "engram-corrupt") || !beginsAsEngram(file)) throw error;
    removeFile(file);
    return updateFile(file, encoder, source, options);
  }
}

/**
 * Writes the segments of an engram anew, as few as possible and without dead files, and gives free pages back to the disk.
 * Errors: as `openEngramFile`, `engram-busy`.
 */
export async function compactEngramFile(
  file: string,
  options: EngramFileOptions = {},
): Promise<{ bytesBefore: number; bytesAfter: number }> {
  const encoder = encoderOf(options);
  connectForReading(file, options.lens).close(); // else a file that is not there would be made
  const bytesBefore = statSync(file).size;
  const db = connectForWriting(file, options.lens);
  try {
    await lockForWriting(db, file);
    withFileErrors(file, () => {
      const standing = readStanding(db, file, { seed: encoder.seed, grammars: encoder.units.version });
      if (standing.is === "empty") throw engramMissing(file, "nothing was stored in it yet");
      if (standing.is === "older") throw engramOlder(file, standing.reason);
      const segments = readSegments(db, file);
      writeSegments(db, compactSegments(encoder.kernel, segments, rowReader(db, file, segments)));
      writeHead(db, { ...standing.head, generation: standing.head.generation + 1 });
      db.exec("COMMIT");
      db.exec("VACUUM");
    });
  } finally {
    closeConnection(db);
  }
  return { bytesBefore, bytesAfter: statSync(file).size };
}

export function encoderOf({ kernel, seed, lens }: EngramFileOptions): Encoder {
  return { kernel: kernel ?? loadKernel().kernel, seed: lens?.seed ?? seed ?? defaultSeed, units: createUnitParser() };
}

/** Keys are HOST/OWNER/NAME; a part that would lead elsewhere is refused, because owners and names come from events. */
function engramPath(directory: string, key: string): string {
  if (key.split("/").some((part) => ["", ".", ".."].includes(part) || /[\\\0]/.test(part))) {
    throw new AssistantError(`"${key}" cannot name an engram`, {
      code: "bad-engram-key",
      remedy: "Name it HOST/OWNER/NAME.",
    });
  }
  return join(directory, `${key}.engram`);
}

function openFile(file: string, encoder: Encoder, lens: Lens | undefined, events: EngramFileEvents): EngramFile {
  const db = connectForReading(file, lens);
  try {
    const { standing, state } = withFileErrors(file, () => beginSnapshot(db, file, encoder));
    if (standing.is === "older") throw engramOlder(file, standing.reason);
    if (state === null) throw engramMissing(file, "nothing was stored in it yet");
    return openOnConnection(db, file, encoder, state, events);
  } catch (error) {
    closeConnection(db);
    throw error;
  }
}

function removeFile(file: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
}

/** Whether the first bytes say that we wrote it: what a person named by mistake is not deleted. */
function beginsAsEngram(file: string): boolean {
  if (!existsSync(file)) return false;
  const header = Buffer.alloc(100);
  const descriptor = openSync(file, "r");
  try {
    readSync(descriptor, header, 0, header.length, 0);
  } finally {
    closeSync(descriptor);
  }
  return header.toString("latin1", 0, 15) === "SQLite format 3" && header.readUInt32BE(68) === applicationId;
}
