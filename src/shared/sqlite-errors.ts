/**
 * SQLite's name of an error, else its code, else an empty text. Codes that libsql has no name for say in their last byte
 * which error they are a kind of (https://www.sqlite.org/rescode.html).
 */
export function sqliteCode(error: unknown): string {
  if (!(error instanceof Error) || !("code" in error)) return "";
  const [, digits] = /^UNKNOWN_SQLITE_ERROR_(\d+)$/.exec(String(error.code)) ?? [];
  if (digits === undefined) return String(error.code);
  const number = Number(digits);
  return names[number] ?? names[number & 255] ?? String(error.code);
}

const names: Record<number, string> = {
  1: "SQLITE_ERROR",
  5: "SQLITE_BUSY",
  8: "SQLITE_READONLY",
  10: "SQLITE_IOERR",
  11: "SQLITE_CORRUPT",
  13: "SQLITE_FULL",
  14: "SQLITE_CANTOPEN",
  17: "SQLITE_SCHEMA",
  20: "SQLITE_MISMATCH",
  24: "SQLITE_FORMAT",
  26: "SQLITE_NOTADB",
  // The file ends too soon: damage, where other errors of reading may pass.
  522: "SQLITE_IOERR_SHORT_READ",
};
