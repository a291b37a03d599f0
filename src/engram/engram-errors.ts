import { AssistantError, ExitCode } from "../shared/errors.ts";
import { sqliteCode } from "../shared/sqlite-errors.ts";

export function engramMissing(file: string, reason: string): AssistantError {
  return new AssistantError(`There is no engram at ${file}: ${reason}`, {
    code: "engram-missing",
    remedy: "Name an engram that exists, or make one with `assistant ingest`.",
  });
}

export function engramCorrupt(file: string, reason: string, cause?: unknown): AssistantError {
  return new AssistantError(`The engram ${file} is damaged: ${reason}`, {
    code: "engram-corrupt",
    remedy: "Delete the file (with its -wal and -shm files); it is built again from git.",
    exitCode: ExitCode.internal,
    cause,
  });
}

export function engramNewer(file: string, reason: string): AssistantError {
  return new AssistantError(`The engram ${file} was written by a newer program: ${reason}`, {
    code: "engram-newer",
    remedy: "Update this program, or give it another folder; deleting the file has it built again in the older format.",
  });
}

export function engramOlder(file: string, reason: string): AssistantError {
  return new AssistantError(`The engram ${file} has to be built again: ${reason}`, {
    code: "engram-older",
    remedy: "Ingest or update it from its folder or repository: it is then built again as a whole.",
  });
}

export function engramLocked(file: string): AssistantError {
  return new AssistantError(`${file} is encrypted, or it is no engram`, {
    code: "engram-locked",
    remedy: "Name the key file that it was made with: --key-file FILE.",
  });
}

/** Another key and a damaged beginning look alike. */
export function engramKey(file: string, cause?: unknown): AssistantError {
  return new AssistantError(
    `The key does not open ${file}: it was made with another key, or its beginning is damaged`,
    {
      code: "engram-key",
      remedy: "Name the key file that it was made with; to change the key, ingest into a new file with --key-file.",
      cause,
    },
  );
}

export function engramNotKeyed(file: string): AssistantError {
  return new AssistantError(`The engram ${file} is not encrypted, and a key was given`, {
    code: "engram-not-keyed",
    remedy: "Leave --key-file out; to encrypt it, ingest into a new file with --key-file and delete this one.",
  });
}

export function engramBusy(file: string, cause?: unknown): AssistantError {
  return new AssistantError(`The engram ${file} is being updated by another process`, {
    code: "engram-busy",
    remedy: "Try again in a moment.",
    transient: true,
    cause,
  });
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof AssistantError && error.code === code;
}

export function isSqliteBusy(error: unknown): boolean {
  return sqliteCode(error).startsWith("SQLITE_BUSY");
}

/** Runs an access to the file and says in our words what SQLite found. */
export function withFileErrors<T>(file: string, access: () => T): T {
  try {
    return access();
  } catch (error) {
    throw translated(file, error);
  }
}

/** Unpacks what was read from the file; what does not fit (RangeError, errors of zlib) is damage. */
export function unpack<T>(file: string, what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError) && !sqliteCode(error).startsWith("Z_")) throw error;
    throw engramCorrupt(file, `${what} does not unpack`, error);
  }
}

/** What SQLite says of a file whose pages or tables are not as we write them. */
const damaged = /^SQLITE_(IOERR_SHORT_READ|CORRUPT|NOTADB|ERROR|MISMATCH|CONSTRAINT|TOOBIG|FORMAT|SCHEMA|RANGE)/;

/** What stands in the way of reading or writing a file that may be sound. */
const unwritable =
  /^(SQLITE_(CANTOPEN|READONLY|FULL|IOERR|PERM|NOLFS)|EACCES|EEXIST|EFBIG|EISDIR|ENOSPC|ENOTDIR|EPERM|EROFS)/;

/** What SQLite found, in our words; any other error as it is. */
export function translated(file: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = sqliteCode(error);
  if (damaged.test(code)) return engramCorrupt(file, error.message, error);
  if (isSqliteBusy(error)) return engramBusy(file, error);
  // The binding reports a file that does not open in its own words, without a code.
  if (error.message.startsWith("ConnectionFailed") || unwritable.test(code)) {
    return new AssistantError(`The engram ${file} cannot be read or written: ${error.message}`, {
      code: "engram-unwritable",
      remedy: "See that the folder exists, may be written by this user, and that the disk is not full.",
      cause: error,
    });
  }
  return error;
}
