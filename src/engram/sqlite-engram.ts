import { dumpContent, type StoredEngram } from "./dump.ts";
import type { Encoder } from "./encode.ts";
import { engramCorrupt, hasCode, withFileErrors } from "./engram-errors.ts";
import { createView, overlayState, treeState } from "./engram-view.ts";
import { type Head, readContent, readCounters, readPaths, readRow, rowReader } from "./sqlite-engram-file.ts";
import type { StoredState } from "./sqlite-engram-writer.ts";
import { closeConnection, type Connection } from "./sqlite-schema.ts";
import type { Keep } from "./update-plan.ts";

/** An engram that is open from a file. */
export interface EngramFile extends StoredEngram {
  /** Whose bytes it has. With `all`, `bytes` is null only for submodules and for files over `limits.storedFileBytes`. */
  readonly keep: Keep;
}

export interface EngramFileEvents {
  onClose?: () => void;
  /** Damage that was found after opening: rows and contents are checked when they are read. */
  onDamage?: () => void;
}

/**
 * The engram that a connection shows in its read transaction, which ends when the engram is closed.
 * Errors: `engram-corrupt` where the segments do not add up to the head.
 */
export function openOnConnection(
  db: Connection,
  file: string,
  encoder: Encoder,
  { head, segments }: StoredState,
  { onClose, onDamage }: EngramFileEvents = {},
): EngramFile {
  const rowOf = rowReader(db, file, segments);
  const state = withFileErrors(file, () =>
    treeState(encoder, head.revision, segments, {
      textOf: ({ oid }) => read(() => readContent(db, file, oid))?.toString("utf8") ?? "",
      rowOf: (path) => read(() => rowOf(path)),
    }),
  );
  const view = createView(state);
  checkTotals();

  function checkTotals(): void {
    const { generation } = state;
    for (const name of ["files", "indexedFiles", "chunks", "length"] as const) {
      if (generation[name] !== head[name]) throw engramCorrupt(file, `its segments do not add up (${name})`);
    }
  }

  function read<T>(access: () => T): T {
    try {
      return withFileErrors(file, access);
    } catch (error) {
      if (hasCode(error, "engram-corrupt")) onDamage?.();
      throw error;
    }
  }

  return {
    ...view,
    keep: head.keep,
    overlay: async (files, commit) => createView(await overlayState(state, files, commit)),
    hypervector: () => head.hypervector.slice(),
    bytes(path) {
      const found = view.file(path);
      const isKept = found?.skipped === null || (head.keep === "all" && found?.skipped !== "submodule");
      return found === null || !isKept ? null : read(() => readContent(db, file, found.oid));
    },
    dump: () => read(() => dumpOf(db, file, head)),
    close() {
      closeConnection(db);
      onClose?.();
    },
  };
}

function dumpOf(db: Connection, file: string, head: Head): string {
  const { seed, grammars, revision, files, indexedFiles, chunks, length, hypervector, digest } = head;
  const counters = { files, indexedFiles, chunks, length, documentFrequency: readCounters(db) };
  const rows = readPaths(db).map((path) => readRow(db, file, path));
  return dumpContent({ seed, grammars, commit: revision, rows, sums: { counters, hypervector, digest } });
}
