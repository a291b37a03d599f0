import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import Database from "libsql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasCode } from "../../../src/engram/engram-errors.ts";
import { type EngramFile, openEngramFile, updateEngramFile } from "../../../src/engram/sqlite-engram-store.ts";
import { textFile, type Tree, treeSource } from "../../conformance/engram-store-history.ts";
import {
  after,
  answers,
  before,
  kernel,
  lens,
  makeKeyed,
  pageBytes,
  temporaryEngrams,
} from "../../helpers/keyed-engrams.ts";

const { fresh, dispose } = temporaryEngrams();
afterAll(dispose);

describe("a keyed engram that somebody altered", () => {
  let sound: Buffer;
  let older: Buffer;
  let right: string;
  const codes = ["engram-corrupt", "engram-key", "engram-missing", "engram-unwritable", "engram-newer", "engram-older"];

  beforeAll(async () => {
    const file = fresh();
    (await makeKeyed(file)).close();
    older = readFileSync(file);
    const engram = await makeKeyed(file, after);
    right = answers(engram);
    engram.close();
    sound = readFileSync(file);
  });

  /** Right answers or an error of ours, never another answer and never a bug. */
  async function isRefusedOrRight(bytes: Buffer): Promise<"refused" | "right"> {
    const file = fresh();
    writeFileSync(file, bytes);
    let engram: EngramFile | null = null;
    try {
      engram = await openEngramFile(file, { kernel, lens });
      expect(answers(engram)).toEqual(right);
      return "right";
    } catch (error) {
      if (!codes.some((code) => hasCode(error, code))) throw error;
      return "refused";
    } finally {
      engram?.close();
      for (const end of ["", "-wal", "-shm"]) rmSync(file + end, { force: true });
    }
  }

  it("gives an error or the right answers, whichever bytes were flipped", async () => {
    const results = new Map<string, number>();
    const place = fc.tuple(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(place, { minLength: 1, maxLength: 3 }), async (places) => {
        const bytes = Buffer.from(sound);
        for (const [at, mask] of places) bytes[at] = (bytes[at] as number) ^ mask;
        const result = await isRefusedOrRight(bytes);
        results.set(result, (results.get(result) ?? 0) + 1);
      }),
      { numRuns: 150 },
    );
    expect(results.get("refused") ?? 0).toBeGreaterThan(50);
  }, 120_000);

  it("gives an error or the right answers, whichever page of an older copy was put back", async () => {
    const pages = Math.min(sound.length, older.length) / pageBytes;
    let refused = 0;
    for (let page = 0; page < pages; page++) {
      const bytes = Buffer.from(sound);
      older.copy(bytes, page * pageBytes, page * pageBytes, (page + 1) * pageBytes);
      if (!bytes.equals(sound)) refused += (await isRefusedOrRight(bytes)) === "refused" ? 1 : 0;
    }
    expect(refused).toBeGreaterThan(0);
  });

  it("is refused where rows, segments or marks of an older state stand in it, checksums and all", async () => {
    for (const table of ["files", "segments", "tombstones"]) {
      const file = fresh();
      const source = fresh();
      writeFileSync(file, sound);
      writeFileSync(source, older);
      // With the key, to write what an onlooker could at best bring about by putting pages back.
      const db = new Database(file, { encryptionKey: lens.databaseKey } as never);
      db.exec(`ATTACH '${source}' AS older KEY '${lens.databaseKey}'`);
      db.exec(`DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM older.${table}`);
      db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      db.close();
      expect(`${table} ${await isRefusedOrRight(readFileSync(file))}`).toBe(`${table} refused`);
      await expect(updateEngramFile(file, treeSource(before), { kernel, lens })).rejects.toMatchObject({
        code: "engram-corrupt",
      });
    }
  });

  /** With the key, to bring about what somebody without it may only hope for. */
  function alter(file: string, ...statements: [sql: string, values?: unknown[]][]): void {
    const db = new Database(file, { encryptionKey: lens.databaseKey } as never);
    for (const [sql, values] of statements) db.prepare(sql).run(values ?? []);
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    db.close();
  }

  it("is refused where everything below its head is of an older state with the same totals", async () => {
    const [file, source] = [fresh(), fresh()];
    const renamed = (word: string): Tree => new Map([["a.txt", textFile(`${word} other`)]]);
    (await makeKeyed(source, renamed("alpha"))).close();
    const engram = await makeKeyed(file, renamed("bravo"));
    const { chunks, length } = engram.info();
    expect({ chunks, length }).toEqual({ chunks: 1, length: 2 });
    engram.close();
    const copies = ["files", "contents", "counters", "segments", "tombstones"].flatMap((table): [string][] => [
      [`DELETE FROM ${table}`],
      [`INSERT INTO ${table} SELECT * FROM older.${table}`],
    ]);
    alter(file, [`ATTACH '${source}' AS older KEY '${lens.databaseKey}'`], ...copies);
    await expect(openEngramFile(file, { kernel, lens })).rejects.toMatchObject({ code: "engram-corrupt" });
  });

  it("is refused where a text is another one of the same length", async () => {
    const file = fresh();
    (await makeKeyed(file, new Map([["a.txt", textFile("right text\n")]]))).close();
    alter(file, ["UPDATE contents SET deflated = ?", [deflateSync("wrong text\n")]]);
    const engram = await openEngramFile(file, { kernel, lens });
    expect(() => engram.text("a.txt")).toThrow(expect.objectContaining({ code: "engram-corrupt" }));
    alter(file, ["UPDATE contents SET deflated = NULL"]);
    const again = await openEngramFile(file, { kernel, lens });
    expect(() => again.bytes("a.txt")).toThrow(expect.objectContaining({ code: "engram-corrupt" }));
    for (const one of [engram, again]) one.close();
  });

  it("has no checksum that is not an HMAC", () => {
    const file = fresh();
    writeFileSync(file, sound);
    const db = new Database(file, { encryptionKey: lens.databaseKey } as never);
    for (const column of ["crc FROM engram", "crc FROM segments", "crc FROM tombstones", "digest AS crc FROM files"]) {
      const rows = db.prepare(`SELECT ${column}`).all([]) as { crc: unknown }[];
      expect(rows.length).toBeGreaterThan(0);
      for (const { crc } of rows) expect(crc instanceof ArrayBuffer ? crc.byteLength : crc).toBe(32);
    }
    db.close();
  });

  it("is not known for old where the whole of it was put back", async () => {
    const file = fresh();
    writeFileSync(file, older);
    (await openEngramFile(file, { kernel, lens })).close();
    expect(existsSync(file)).toBe(true);
  });
});
