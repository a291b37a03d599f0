import Database from "libsql";
import { expect, it } from "vitest";
import { inTransaction } from "../../../src/shared/in-transaction.ts";

it("says that the disk is full where it is, has nothing of what it could not do, and goes on once there is room", () => {
  const db = new Database(":memory:");
  db.exec("CREATE TABLE note (text TEXT)");
  const rows = (): number => (db.prepare("SELECT count(*) AS n FROM note").get([]) as { n: number }).n;
  const write = (characters: number) => () => {
    db.prepare("INSERT INTO note VALUES ('first')").run([]);
    return db.prepare("INSERT INTO note VALUES (?)").run(["x".repeat(characters)]).changes;
  };
  db.pragma("max_page_count = 10");

  expect(() => inTransaction(db, write(1_000_000))).toThrow("database or disk is full");
  expect(rows()).toBe(0);
  expect(() =>
    inTransaction(db, () => {
      write(1)();
      throw new TypeError("a bug");
    }),
  ).toThrow("a bug");
  expect(rows()).toBe(0);

  db.pragma("max_page_count = 1000");
  expect(inTransaction(db, write(1_000_000))).toBe(1);
  expect(rows()).toBe(2);
  db.close();
});
