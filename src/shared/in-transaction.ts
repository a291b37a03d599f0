import type Database from "libsql";

/**
 * Does work with the write lock, which it waits for, and undoes all of it where any of it fails. Unlike libsql's own
 * `transaction`, what went wrong is what is thrown: SQLite has rolled back by itself when the disk is full, and to do so again is
 * one more error, which says nothing.
 */
export function inTransaction<Result>(db: Database.Database, work: () => Result): Result {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
