import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import Database from "libsql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasCode } from "../../../src/engram/engram-errors.ts";
import { createJsKernel } from "../../../src/engram/kernel/js-kernel.ts";
import { createLens, readKeyFile } from "../../../src/engram/lens.ts";
import { buildManifest, readManifest, writeManifest } from "../../../src/engram/manifest.ts";
import {
  compactEngramFile,
  createSqliteEngramStore,
  type EngramFile,
  openEngramFile,
  updateEngramFile,
} from "../../../src/engram/sqlite-engram-store.ts";
import type { TreeSource } from "../../../src/engram/tree-source.ts";
import { verifyEngramFile } from "../../../src/engram/verify.ts";
import { textFile, type Tree, treeSource } from "../../conformance/engram-store-history.ts";

const kernel = createJsKernel();
const key = Buffer.from(Array.from({ length: 32 }, (_, i) => 7 * i + 3));
const lens = createLens(key);
const other = createLens(Buffer.alloc(32, 1));
const pageBytes = 16_384;

let directory: string;
let names = 0;
/** A name of its own each time: SQLite goes on with what it knows of a file that is replaced under the same name. */
const fresh = () => join(directory, `${names++}.engram`);

/** Words and paths that stand nowhere but here, so that finding one on the disk means that it was written there. */
const secret = "zygomorphic";
const before: Tree = new Map(Array.from({ length: 24 }, (_, i) => [`src/${secret}${i}.txt`, textFile(textOf(i))]));
const after: Tree = new Map(
  [...before].map(([path, file], i) => [path, i % 3 === 0 ? textFile(textOf(i + 70)) : file]),
);

function textOf(i: number): string {
  return Array.from({ length: 60 }, (_, line) => `${secret} word${(i * line) % 97} value${line} thing${i}`).join("\n");
}

async function make(file: string, tree: Tree = before, keyed = lens): Promise<EngramFile> {
  const { engram } = await updateEngramFile(file, treeSource(tree), { keep: "all", kernel, lens: keyed });
  return engram;
}

/** What a user can learn, as one number: comparing megabytes value by value takes its time. */
function answers(engram: EngramFile): string {
  const files = engram.files();
  const all = {
    commit: engram.info().commit,
    files,
    hits: ["word7 value3", `thing4 ${secret}`, "thing72 word5", "nothing"].map((text) =>
      engram.search(text, { k: 10 }),
    ),
    bytes: files.map(({ path }) => engram.bytes(path)?.toString("hex") ?? null),
    rows: files.map(({ path }) => engram.row(path)),
    hypervector: Buffer.from(engram.hypervector().buffer).toString("hex"),
  };
  return createHash("sha256").update(JSON.stringify(all)).digest("hex");
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "lens-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("a keyed engram", () => {
  it("is updated, searched and compacted as any other, and is sound", async () => {
    const file = fresh();
    (await make(file)).close();
    (await make(file, after)).close();
    const engram = await openEngramFile(file, { kernel, lens });
    const ingested = await make(fresh(), after);
    expect(answers(engram)).toEqual(answers(ingested));
    expect(engram.dump()).toBe(ingested.dump());
    const plain = await updateEngramFile(fresh(), treeSource(after), { keep: "all", kernel, seed: lens.seed });
    expect(answers(engram)).toEqual(answers(plain.engram));
    for (const one of [engram, ingested, plain.engram]) one.close();
    await compactEngramFile(file, { kernel, lens });
    expect(await verifyEngramFile(file, { kernel, lens })).toEqual({ ok: true, problems: [], files: 24, chunks: 48 });
  });

  it("has hashes of its own", async () => {
    const file = fresh();
    const engram = await make(file);
    const plain = (await updateEngramFile(fresh(), treeSource(before), { kernel })).engram;
    const tokens = (one: EngramFile) => new Set(one.row(`src/${secret}1.txt`)?.tokens);
    expect([...tokens(engram)].filter((token) => tokens(plain).has(token))).toEqual([]);
    engram.close();
    plain.close();
  });

  it("never brings a word or a path to the disk: not in the file, not in its log, not beside it", async () => {
    const file = fresh();
    const folder = mkdtempSync(join(directory, "watched-"));
    const watched = join(folder, "watched.engram");
    expect(file).not.toBe(watched);
    const look = () => {
      for (const name of readdirSync(folder)) {
        const bytes = readFileSync(join(folder, name));
        for (const word of [secret, "word7", "CREATE TABLE", "SQLite format 3", "files_1"]) {
          expect(`${name}: ${bytes.includes(word) ? word : "nothing"}`).toBe(`${name}: nothing`);
        }
      }
    };
    const engram = await make(watched);
    expect(readdirSync(folder).toSorted()).toEqual(["watched.engram", "watched.engram-shm", "watched.engram-wal"]);
    expect(statSync(`${watched}-wal`).size).toBeGreaterThan(pageBytes);
    look();
    const source = treeSource(after);
    const looking = { ...source, blobs: watching(source, look) };
    const updated = (await updateEngramFile(watched, looking, { kernel, lens })).engram;
    look();
    writeManifest(join(folder, "watched-manifest.json"), buildManifest(updated, null), lens);
    updated.close();
    engram.close();
    look();
    await compactEngramFile(watched, { kernel, lens });
    look();
  });
});

function watching(source: TreeSource, look: () => void): TreeSource["blobs"] {
  return async function* (...args) {
    for await (const blob of source.blobs(...args)) {
      look();
      yield blob;
    }
  };
}

describe("keys", () => {
  it("are needed, and are refused where there is none", async () => {
    const keyed = fresh();
    (await make(keyed)).close();
    const plain = fresh();
    (await updateEngramFile(plain, treeSource(before), { kernel })).engram.close();
    const bytes = [keyed, plain].map((file) => readFileSync(file));
    const everywhere = async (file: string, options: { lens?: typeof lens }, code: string) => {
      const source = treeSource(after);
      const all = { kernel, ...options };
      await expect(openEngramFile(file, all)).rejects.toMatchObject({ code });
      await expect(updateEngramFile(file, source, all)).rejects.toMatchObject({ code });
      await expect(updateEngramFile(file, source, { ...all, rebuild: true })).rejects.toMatchObject({ code });
      await expect(verifyEngramFile(file, all)).rejects.toMatchObject({ code });
      await expect(compactEngramFile(file, all)).rejects.toMatchObject({ code });
    };
    await everywhere(keyed, {}, "engram-locked");
    await everywhere(keyed, { lens: other }, "engram-key");
    await everywhere(plain, { lens }, "engram-not-keyed");
    expect([keyed, plain].map((file, i) => bytes[i]?.equals(readFileSync(file)))).toEqual([true, true]);
    const store = createSqliteEngramStore({ directory, kernel, rebuildDamaged: true });
    await expect(
      store.updateFrom(keyed.slice(directory.length + 1, -".engram".length), treeSource(after)),
    ).rejects.toThrow(/encrypted/);
    store.close();
    expect(bytes[0]?.equals(readFileSync(keyed))).toBe(true);
  });

  it("that are wrong leave the log of a killed process alone", async () => {
    const file = fresh();
    (await make(file)).close();
    const script = `
      const Database = require("libsql");
      const db = new Database(process.argv[1], { encryptionKey: process.argv[2], encryptionCipher: "aes256cbc" });
      db.exec("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; DELETE FROM counters; COMMIT");
      process.kill(process.pid, "SIGKILL");`;
    spawnSync(process.execPath, ["-e", script, file, lens.databaseKey]);
    const log = readFileSync(`${file}-wal`);
    expect(log.length).toBeGreaterThan(pageBytes);
    await expect(openEngramFile(file, { kernel, lens: other })).rejects.toMatchObject({ code: "engram-key" });
    await expect(updateEngramFile(file, treeSource(after), { kernel, lens: other })).rejects.toThrow(/key/);
    expect(readFileSync(`${file}-wal`).equals(log)).toBe(true);
    await expect(openEngramFile(file, { kernel })).rejects.toMatchObject({ code: "engram-locked" });
    const { problems } = await verifyEngramFile(file, { kernel, lens });
    expect(problems.join()).toMatch(/^\d+ counters are not those of the rows/);
  });

  it.each([
    ["hexadecimal digits", key.toString("hex")],
    ["capitals and a line end", `${key.toString("hex").toUpperCase()}\r\n`],
    ["base64", `${key.toString("base64")}\n`],
    ["base64 of the other alphabet, without padding", key.toString("base64url")],
  ])("are read as %s", (_, text) => {
    expect(readKeyFile(keyFile(text)).databaseKey).toBe(lens.databaseKey);
  });

  it.each([
    ["", "key-file-malformed"],
    ["0", "key-file-malformed"],
    [key.toString("hex").slice(1), "key-file-malformed"],
    [`${key.toString("hex")}00`, "key-file-malformed"],
    [key.toString("hex").replace("0", "g"), "key-file-malformed"],
    [key.subarray(1).toString("base64"), "key-file-malformed"],
    ["my password is hunter2", "key-file-malformed"],
    ["0".repeat(64), "key-file-malformed"],
    ["x".repeat(5_000), "key-file-malformed"],
  ])("of another form are refused: %#", (text, code) => {
    expect(() => readKeyFile(keyFile(text))).toThrow(expect.objectContaining({ code }));
  });

  it("that are missing or open to others are refused with what to do", () => {
    expect(() => readKeyFile(join(directory, "none.key"))).toThrow(
      expect.objectContaining({ code: "key-file-missing", remedy: expect.stringContaining("openssl rand -hex 32") }),
    );
    for (const mode of [0o640, 0o604, 0o644, 0o620]) {
      const file = keyFile(key.toString("hex"), mode);
      expect(() => readKeyFile(file)).toThrow(
        expect.objectContaining({ code: "key-file-exposed", remedy: expect.stringContaining(`chmod 600 ${file}`) }),
      );
    }
    expect(readKeyFile(keyFile(key.toString("hex"), 0o400)).seed).toBe(lens.seed);
  });

  function keyFile(text: string, mode = 0o600): string {
    const file = join(directory, `${names++}.key`);
    writeFileSync(file, text);
    chmodSync(file, mode);
    return file;
  }
});

describe("a sealed manifest", () => {
  it("is read with its key alone, and not when it was altered", async () => {
    const file = join(directory, "manifest.json");
    const engram = await make(fresh());
    const manifest = buildManifest(engram, { folders: ["src"] });
    engram.close();
    writeManifest(file, manifest, lens);
    expect(readFileSync(file, "utf8")).not.toContain(secret);
    expect(readManifest(file, lens)).toEqual(manifest);
    expect(() => readManifest(file)).toThrow(expect.objectContaining({ code: "manifest-locked" }));
    expect(() => readManifest(file, other)).toThrow(expect.objectContaining({ code: "manifest-key" }));
    const sealed = JSON.parse(readFileSync(file, "utf8"));
    const bytes = Buffer.from(sealed.sealed, "base64");
    for (const at of [0, 11, 12, 27, 28, bytes.length - 1]) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] as number) ^ 1;
      writeFileSync(file, JSON.stringify({ ...sealed, sealed: flipped.toString("base64") }));
      expect(() => readManifest(file, lens)).toThrow(expect.objectContaining({ code: "manifest-key" }));
    }
    writeFileSync(file, JSON.stringify({ ...sealed, sealed: "AAAA" }));
    expect(() => readManifest(file, lens)).toThrow(expect.objectContaining({ code: "manifest-key" }));
    writeManifest(file, manifest);
    expect(() => readManifest(file, lens)).toThrow(expect.objectContaining({ code: "manifest-foreign" }));
  });
});

describe("a keyed engram that somebody altered", () => {
  let sound: Buffer;
  let older: Buffer;
  let right: string;
  const codes = ["engram-corrupt", "engram-key", "engram-missing", "engram-unwritable", "engram-newer", "engram-older"];

  beforeAll(async () => {
    const file = fresh();
    (await make(file)).close();
    older = readFileSync(file);
    const engram = await make(file, after);
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
  }, 60_000);

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

  it("is not known for old where the whole of it was put back", async () => {
    const file = fresh();
    writeFileSync(file, older);
    (await openEngramFile(file, { kernel, lens })).close();
    expect(existsSync(file)).toBe(true);
  });
});

describe("sums of a lens", () => {
  it("differ by name, by bytes, by where the bytes are cut, and by key", () => {
    const one = lens.mac("row", [Buffer.from("ab"), Buffer.from("c")]);
    const others = [
      lens.mac("head", [Buffer.from("ab"), Buffer.from("c")]),
      lens.mac("row", [Buffer.from("a"), Buffer.from("bc")]),
      lens.mac("row", [Buffer.from("abc")]),
      lens.mac("row", [Buffer.from("ab"), Buffer.from("d")]),
      other.mac("row", [Buffer.from("ab"), Buffer.from("c")]),
    ];
    expect(new Set([one, ...others].map((mac) => mac.toString("hex"))).size).toBe(6);
    expect(lens.mac("row", [Buffer.from("ab"), Buffer.from("c")])).toEqual(one);
  });

  it("seals whatever bytes there are, each time in another form", () => {
    const data = randomBytes(1000);
    expect(lens.unseal("a", lens.seal("a", data))).toEqual(data);
    expect(lens.seal("a", data).equals(lens.seal("a", data))).toBe(false);
    expect(lens.unseal("b", lens.seal("a", data))).toBeNull();
    expect(lens.unseal("a", Buffer.alloc(27))).toBeNull();
    expect(lens.unseal("a", lens.seal("a", Buffer.alloc(0)))).toEqual(Buffer.alloc(0));
  });
});
