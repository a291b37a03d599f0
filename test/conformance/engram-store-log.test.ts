import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createJsKernel } from "../../src/engram/kernel/js-kernel.ts";
import { openEngramFile, updateEngramFile } from "../../src/engram/sqlite-engram-store.ts";
import { verifyEngramFile } from "../../src/engram/verify.ts";
import { treeSource, wordTree } from "./engram-store-history.ts";

/**
 * A power cut may lose what was written and not yet synced: the end of SQLite's log, in whole or in parts. Not tried here:
 * a cut while the log is moved into the file. SQLite syncs the log before and the file after, and moves again what it is
 * not sure of; to show it would take a disk that forgets.
 */
const cuts = 120;
const kernel = createJsKernel();
const words = ["first", "second", "third", "fourth"];

let directory: string;
let file: string;
let log: Buffer;
let dumps: Map<string, string>;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "engrams-"));
  const live = join(directory, "live.engram");
  dumps = new Map();
  const open = [];
  for (const [i, word] of words.entries()) {
    const { engram } = await updateEngramFile(live, treeSource(wordTree(word)), { kernel });
    dumps.set(engram.info().commit, engram.dump());
    // The first state goes to the file, those after it stay in the log as long as somebody reads.
    if (i === 0) engram.close();
    else open.push(engram);
  }
  file = join(directory, "copied.engram");
  copyFileSync(live, file);
  log = readFileSync(`${live}-wal`);
  for (const engram of open) engram.close();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The revision that is found after so much of the log is left; everything of it is there. */
async function revisionAfter(name: string, left: Buffer): Promise<string> {
  const copy = join(directory, name, "cut.engram");
  mkdirSync(join(directory, name));
  copyFileSync(file, copy);
  writeFileSync(`${copy}-wal`, left);
  const engram = await openEngramFile(copy, { kernel });
  const revision = engram.info().commit;
  expect(engram.dump() === dumps.get(revision)).toBe(true);
  engram.close();
  expect(await verifyEngramFile(copy, { kernel })).toMatchObject({ ok: true, problems: [] });
  rmSync(join(directory, name), { recursive: true });
  return revision;
}

describe("a log that lost its unsynced end", () => {
  it("is the last state where nothing is lost, the first where all is", async () => {
    const revisions = [...dumps.keys()];

    expect(await revisionAfter("whole", log)).toBe(revisions.at(-1));
    expect(await revisionAfter("nothing", Buffer.alloc(0))).toBe(revisions[0]);
  });

  it(`is one of the committed states, cut at ${cuts} places`, { timeout: 120_000 }, async () => {
    const found = new Set<string>();
    for (let cut = 0; cut < cuts; cut++) {
      const at = (cut * 2_654_435_761) % log.length;
      found.add(await revisionAfter(`cut${cut}`, log.subarray(0, at)));
    }

    expect(found.size).toBe(words.length - 1); // all but the last, of which some is missing every time
  });

  it(
    "is one of the committed states where sectors after the cut are missing or old",
    { timeout: 120_000 },
    async () => {
      const found = new Set<string>();
      for (let cut = 0; cut < cuts; cut++) {
        const torn = Buffer.from(log);
        const from = (cut * 2_654_435_761) % log.length;
        for (let sector = from - (from % 512); sector < torn.length; sector += 512) {
          const lot = (Math.imul(sector + cut, 2_246_822_519) >>> 8) % 3;
          if (lot !== 0) torn.fill(lot === 1 ? 0 : 0x5a, sector, Math.min(sector + 512, torn.length));
        }
        found.add(await revisionAfter(`torn${cut}`, torn));
      }

      expect([...found].every((revision) => dumps.has(revision))).toBe(true);
      expect(found.size).toBeGreaterThan(1);
    },
  );
});
