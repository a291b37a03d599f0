import Database from "libsql";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createJsKernel } from "../../../src/engram/kernel/js-kernel.ts";
import { type SegmentImage, viewSegment } from "../../../src/engram/kernel/segment-image.ts";
import { type EngramFile, openEngramFile, updateEngramFile } from "../../../src/engram/sqlite-engram-store.ts";
import { verifyEngramFile } from "../../../src/engram/verify.ts";
import { AssistantError } from "../../../src/shared/errors.ts";
import { textFile, type Tree, type TreeFile, treeSource } from "../../conformance/engram-store-history.ts";

const kernel = createJsKernel();

let directory: string;
let file: string;
/** An engram with all bytes, two segments, one of them with dead files. */
let sound: Buffer;
let copies = 0;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "engrams-"));
  const original = join(directory, "original.engram");
  const tree = new Map(Array.from({ length: 60 }, (_, i) => [`src/dir${i % 7}/file${i}.txt`, fileOf(i)]));
  (await updateEngramFile(original, treeSource(tree), { keep: "all", kernel })).engram.close();
  const changed: Tree = new Map([...tree, ...Array.from({ length: 5 }, (_, i) => changedFile(i))]);
  (await updateEngramFile(original, treeSource(changed), { kernel })).engram.close();
  sound = readFileSync(original);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

// A name of its own each time: SQLite goes on with what it knows of a file that is replaced under the same name.
beforeEach(() => {
  file = join(directory, `${copies++}.engram`);
  writeFileSync(file, sound);
});

function fileOf(i: number): TreeFile {
  if (i % 9 === 0) return { mode: "100644", data: Buffer.from([0, 1, i]) };
  const lines = Array.from({ length: 30 + i }, (_, line) => `word${(i * line) % 97} value${line % (i + 2)} thing${i}`);
  return textFile(lines.join("\n"));
}

function changedFile(i: number): [string, TreeFile] {
  return [`src/dir${i}/file${i}.txt`, textFile(`changed ${i}`)];
}

function execute(sql: string, values: unknown[] = []): void {
  const db = new Database(file);
  db.prepare(sql).run(values);
  db.close();
}

describe("verifying", () => {
  it("finds nothing where all is well", async () => {
    expect(await verifyEngramFile(file, { kernel })).toEqual({
      ok: true,
      problems: [],
      files: 60,
      chunks: expect.any(Number),
    });
  });

  it.each<[string, string, string]>([
    ["an altered row", "UPDATE files SET mode = '100755' WHERE path = 'src/dir1/file1.txt'", "rows are damaged"],
    ["a lost row", "DELETE FROM files WHERE path = 'src/dir1/file8.txt'", "rows are damaged"],
    [
      "a row too many",
      "INSERT INTO files SELECT 'zz', mode, oid, skipped, columns, digest FROM files LIMIT 1",
      "rows are in no segment",
    ],
    [
      "a counter too high",
      "UPDATE counters SET frequency = frequency + 1 WHERE token IN (SELECT token FROM counters LIMIT 1)",
      "counters are not those of the rows",
    ],
    [
      "a lost counter",
      "DELETE FROM counters WHERE token IN (SELECT token FROM counters LIMIT 1)",
      "counters are not those of the rows",
    ],
    ["a counter too many", "INSERT INTO counters VALUES (1, 1)", "counters are not those of the rows"],
    ["a lost content", "DELETE FROM contents WHERE oid IN (SELECT oid FROM contents LIMIT 1)", "contents are damaged"],
    [
      "a content too many",
      "INSERT INTO contents SELECT 'zz', size, deflated FROM contents LIMIT 1",
      "contents belong to no file",
    ],
    [
      "a content that is left out",
      "UPDATE contents SET deflated = NULL WHERE oid IN (SELECT oid FROM contents LIMIT 1)",
      "contents are missing",
    ],
  ])("finds %s", async (_, sql, problem) => {
    execute(sql);

    const { ok, problems } = await verifyEngramFile(file, { kernel });

    expect(ok).toBe(false);
    expect(problems).toEqual([expect.stringContaining(problem)]);
  });

  it("finds a content that is whole and another's", async () => {
    execute("UPDATE contents SET deflated = ?, size = 5 WHERE oid IN (SELECT oid FROM contents LIMIT 1)", [
      deflateSync("other"),
    ]);

    expect((await verifyEngramFile(file, { kernel })).problems).toEqual([
      expect.stringContaining("contents are not the bytes of their id"),
    ]);
  });

  it("finds a segment that is whole and another's", async () => {
    const others = Array.from({ length: 5 }, (_, i): [string, TreeFile] => [changedFile(i)[0], textFile("changed x")]);
    const name = join(directory, "other.engram");
    const { engram } = await updateEngramFile(name, treeSource(new Map(others)), { kernel });
    engram.close();
    const other = new Database(name);
    const [segment] = other.prepare("SELECT crc, image FROM segments").all([]) as { crc: number; image: ArrayBuffer }[];
    execute("UPDATE segments SET crc = ?, image = ? WHERE id = 2", [
      segment?.crc,
      Buffer.from(segment?.image ?? new ArrayBuffer(0)),
    ]);

    expect((await verifyEngramFile(file, { kernel })).ok).toBe(false);
  });
});

describe("verifying segments against rows", () => {
  /** One place in each section, in the last chunk and the last file, which live. */
  const sections: [string, (segment: SegmentImage) => void][] = [
    ["oids", ({ oids }) => (oids[oids.length - 1] = (oids.at(-1) as number) ^ 1)],
    ["start lines", ({ startLines }) => (startLines[startLines.length - 1] = 7)],
    ["impacts", (segment) => (segment.impacts[postingOf(segment)] = 3)],
    ["tokens", ({ dictionary }) => (dictionary[0] = (dictionary[0] as number) - 1)],
    ["forward rows", ({ forward }) => (forward[forward.length - 1] = (forward.at(-1) as number) ^ 1)],
    ["path rows", ({ pathForward }) => (pathForward[pathForward.length - 1] = (pathForward.at(-1) as number) ^ 1)],
  ];

  const postingOf = ({ ids, chunks }: SegmentImage) => ids.lastIndexOf(chunks - 1);

  // The first has dead files, the second has none.
  it.each([1, 2].flatMap((id) => sections.map(([name, alter]) => ({ id, name, alter }))))(
    "finds other $name in segment $id",
    async ({ id, alter }) => {
      const db = new Database(file);
      const [record] = db.prepare("SELECT image FROM segments WHERE id = ?").all([id]) as { image: ArrayBuffer }[];
      db.close();
      const image = new Uint8Array(record?.image ?? new ArrayBuffer(0));
      alter(viewSegment(image));
      execute("UPDATE segments SET image = ?, crc = ? WHERE id = ?", [Buffer.from(image), crc32(image), id]);

      expect((await verifyEngramFile(file, { kernel })).problems).toContainEqual(
        expect.stringContaining(`segments are not what the rows give, for example segment ${id}`),
      );
    },
  );
});

describe("a file that is damaged anywhere", () => {
  /** What an engram answers, as far as it is not read from what only verifying reads. */
  function answersOf(engram: EngramFile): string {
    const paths = engram.paths();
    const bytes = paths.map((path) => [engram.text(path), engram.bytes(path)?.toString("base64")]);
    const hits = ["word5 value3", "changed 3", "thing7"].map((query) => engram.search(query, { k: 20 }));
    return JSON.stringify([
      engram.info(),
      engram.files(),
      bytes,
      hits,
      engram.pathsWithToken("thing9"),
      [...engram.rows()].length,
    ]);
  }

  /** Right answers, an AssistantError's code, or `wrong`. Anything else is thrown. */
  async function outcomeOf(truth: string): Promise<string> {
    let engram: EngramFile | null = null;
    try {
      engram = await openEngramFile(file, { kernel });
      return answersOf(engram) === truth ? "right" : "wrong";
    } catch (error) {
      if (error instanceof AssistantError) return error.code;
      throw error;
    } finally {
      engram?.close();
    }
  }

  /** `ok`, `not ok`, or an AssistantError's code. */
  async function verdictOf(): Promise<string> {
    try {
      return (await verifyEngramFile(file, { kernel })).ok ? "ok" : "not ok";
    } catch (error) {
      if (error instanceof AssistantError) return error.code;
      throw error;
    }
  }

  async function truthOf(): Promise<string> {
    const engram = await openEngramFile(file, { kernel });
    const truth = answersOf(engram);
    engram.close();
    return truth;
  }

  const random = (i: number, below: number) => Math.floor(((Math.imul(i + 1, 2_654_435_761) >>> 0) / 2 ** 32) * below);

  it("is refused where its end is missing", async () => {
    const truth = await truthOf();
    for (let i = 0; i < 60; i++) {
      file = join(directory, `cut${i}.engram`);
      writeFileSync(file, sound.subarray(0, i === 0 ? 0 : random(i, sound.length)));

      expect(await outcomeOf(truth)).toBe(i === 0 ? "engram-missing" : "engram-corrupt");
      expect(await verdictOf()).toBe(i === 0 ? "engram-missing" : "not ok");
    }
  });

  it(
    "gives right answers or a clear error where bytes differ, and never a wrong answer",
    { timeout: 120_000 },
    async () => {
      const truth = await truthOf();
      const seen = new Set<string>();
      for (let i = 0; i < 200; i++) {
        const damaged = Buffer.from(sound);
        // One bit anywhere, one bit in the first 60 bytes of a page, or some hundred bytes anywhere.
        const at = i % 3 === 1 ? random(i, sound.length >> 14) * 16_384 + random(i + 999, 60) : random(i, sound.length);
        if (i % 3 === 2) damaged.fill(random(i, 256), at, Math.min(damaged.length, at + random(i + 7, 600)));
        else damaged[at] = (damaged[at] as number) ^ (1 << (i % 8));
        file = join(directory, `flipped${i}.engram`);
        writeFileSync(file, damaged);

        const outcome = await outcomeOf(truth);
        const verdict = await verdictOf();

        seen.add(`${outcome}, ${verdict}`);
        expect({ i, outcome }).toEqual({
          i,
          outcome: expect.stringMatching(/^(right|engram-corrupt|engram-newer|engram-older)$/),
        });
        if (verdict === "ok") expect({ i, outcome }).toEqual({ i, outcome: "right" });
      }
      expect([...seen]).toEqual(expect.arrayContaining(["right, ok", "right, not ok", "engram-corrupt, not ok"]));
    },
  );
});
