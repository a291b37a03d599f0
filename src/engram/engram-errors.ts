import { AssistantError, ExitCode } from "../shared/errors.ts";

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

export function engramBusy(file: string, cause?: unknown): AssistantError {
  return new AssistantError(`The engram ${file} is being updated by another process`, {
    code: "engram-busy",
    remedy: "Try again in a moment.",
    transient: true,
    cause,
  });
}

/** Runs an access to the file and says in our words what SQLite or the columns' reader found. */
export function withFileErrors<T>(file: string, access: () => T): T {
  try {
    return access();
  } catch (error) {
    throw translate(file, error);
  }
}

function translate(file: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = "code" in error ? String(error.code) : "";
  if (code.startsWith("SQLITE_CORRUPT") || code.startsWith("SQLITE_NOTADB")) {
    return engramCorrupt(file, error.message, error);
  }
  if (error instanceof RangeError || code === "Z_DATA_ERROR" || code === "Z_BUF_ERROR") {
    return engramCorrupt(file, "a stored file does not unpack", error);
  }
  if (code.startsWith("SQLITE_BUSY")) return engramBusy(file, error);
  // The binding reports a file that does not open in its own words, without a code.
  const unopened = error.message.startsWith("ConnectionFailed");
  if (unopened || /^(SQLITE_(CANTOPEN|READONLY|FULL|IOERR|PERM)|EACCES|EEXIST|ENOSPC|ENOTDIR|EPERM|EROFS)/.test(code)) {
    return new AssistantError(`The engram ${file} cannot be read or written: ${error.message}`, {
      code: "engram-unwritable",
      remedy: "See that the folder exists, may be written by this user, and that the disk is not full.",
      cause: error,
    });
  }
  return error;
}
