import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createJsKernel } from "../../src/engram/kernel/js-kernel.ts";
import { createMemoryEngramStore } from "../../src/engram/memory-engram-store.ts";
import { openEngramFile, updateEngramFile } from "../../src/engram/sqlite-engram-store.ts";
import { verifyEngramFile } from "../../src/engram/verify.ts";
import { treeSource, wordTree } from "./engram-store-history.ts";
import { compileUpdater, startUpdater } from "./engram-store-processes.ts";

const kills = Number(process.env["ENGRAM_KILLS"] ?? 200);
const words = ["before", "after"];
const kernel = createJsKernel();

let directory: string;
let updater: ReturnType<typeof compileUpdater>;
let dumps: Map<string, string>;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "engrams-"));
  updater = compileUpdater();
  dumps = new Map();
  const memory = createMemoryEngramStore({ kernel });
  for (const word of words) {
    const { engram } = await memory.updateFrom(word, treeSource(wordTree(word)));
    dumps.set(engram.info().commit, engram.dump());
  }
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
  updater.dispose();
});

describe("an updating process that is killed", () => {
  it(`leaves the old state or the new one, ${kills} times`, { timeout: 600_000 }, async () => {
    // Side by side, because most of the time is a process's start.
    const lanes = await Promise.all([0, 1, 2, 3].map((lane) => killAgainAndAgain(lane, kills / 4)));

    const cuts = lanes.flat();
    expect(cuts).toHaveLength(kills);
    expect(new Set(cuts.map(({ revision }) => revision))).toEqual(new Set(dumps.keys()));
    // Else every kill came before the first write of a transaction or after its commit.
    expect(cuts.filter(({ isTorn }) => isTorn).length).toBeGreaterThan(0);
  });
});

/** Every other lane kills updates that are written while they are encoded. */
async function killAgainAndAgain(lane: number, times: number) {
  const file = join(directory, `${lane}.engram`);
  const { engram } = await updateEngramFile(file, treeSource(wordTree("before")), { kernel });
  engram.close();
  const found: { revision: string; isTorn: boolean }[] = [];
  for (let kill = 0; kill < times; kill++) {
    const random = ((kill * 4 + lane) * 2_654_435_761) >>> 0;
    const task = { file, words: kill % 2 === 0 ? words : words.toReversed(), updates: 1e9, streamed: lane % 2 === 1 };
    const { child, printed, ended } = startUpdater(updater.script, task);
    // Any time of an update, and more often the time in which it is written.
    await (random % 3 === 0 ? printed("p") : printed("w"));
    await sleep((random >>> 8) % (random % 3 === 0 ? 150 : 30));
    child.kill("SIGKILL");
    expect(await ended).toMatchObject({ signal: "SIGKILL", error: "" });
    found.push({ isTorn: endsInsideTransaction(`${file}-wal`), revision: await checkState(file, kill % 4 === 0) });
  }
  return found;
}

/** The revision that the file is at, all of which is there. */
async function checkState(file: string, wholly: boolean): Promise<string> {
  const engram = await openEngramFile(file, { kernel });
  const revision = engram.info().commit;
  expect(engram.dump() === dumps.get(revision)).toBe(true);
  engram.close();
  if (wholly) expect(await verifyEngramFile(file, { kernel })).toMatchObject({ ok: true, problems: [] });
  return revision;
}

/**
 * Whether frames follow the last commit in SQLite's log: the process died between its first write and its commit. (File
 * format: a header of 32 bytes, the page size at 8, the salts at 16; frames of 24 bytes, the size after a commit or 0 at 4,
 * the salts at 8, and a page.)
 */
function endsInsideTransaction(log: string): boolean {
  if (!existsSync(log)) return false;
  const bytes = readFileSync(log);
  if (bytes.length < 32) return false;
  const frame = 24 + bytes.readUInt32BE(8);
  let last = 1;
  for (let at = 32; at + 24 <= bytes.length; at += frame) {
    if (bytes.compare(bytes, at + 8, at + 16, 16, 24) !== 0) break; // left over from before the log began anew
    last = bytes.readUInt32BE(at + 4);
  }
  return last === 0;
}
