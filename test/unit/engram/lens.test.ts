import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readKeyFile } from "../../../src/engram/lens.ts";
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
import { treeSource } from "../../conformance/engram-store-history.ts";
import {
  after,
  answers,
  before,
  kernel,
  key,
  lens,
  makeKeyed,
  other,
  pageBytes,
  secret,
  temporaryEngrams,
} from "../../helpers/keyed-engrams.ts";

const { path: directory, fresh, dispose } = temporaryEngrams();
afterAll(dispose);

let names = 0;

describe("a keyed engram", () => {
  it("is updated, searched and compacted as any other, and is sound", async () => {
    const file = fresh();
    (await makeKeyed(file)).close();
    (await makeKeyed(file, after)).close();
    const engram = await openEngramFile(file, { kernel, lens });
    const ingested = await makeKeyed(fresh(), after);
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
    const engram = await makeKeyed(file);
    const plain = (await updateEngramFile(fresh(), treeSource(before), { kernel })).engram;
    const tokens = (one: EngramFile) => new Set(one.row(`src/${secret}1.txt`)?.tokens);
    expect([...tokens(engram)].filter((token) => tokens(plain).has(token))).toEqual([]);
    engram.close();
    plain.close();
  });

  it("never brings a word or a path to the disk: not in the file, not in its log, not beside it", async () => {
    const folder = mkdtempSync(join(directory, "watched-"));
    const watched = join(folder, "watched.engram");
    const look = () => {
      for (const name of readdirSync(folder)) {
        const bytes = readFileSync(join(folder, name));
        for (const word of [secret, "word7", "CREATE TABLE", "SQLite format 3", "files_1"]) {
          expect(`${name}: ${bytes.includes(word) ? word : "nothing"}`).toBe(`${name}: nothing`);
        }
      }
    };
    const engram = await makeKeyed(watched);
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
    (await makeKeyed(keyed)).close();
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
    (await makeKeyed(file)).close();
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
    const engram = await makeKeyed(fresh());
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
