import Database from "libsql";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMemoryEngramStore } from "../../src/engram/memory-engram-store.ts";
import { createSqliteEngramStore } from "../../src/engram/sqlite-engram-store.ts";
import { createHistory, type GitHistory, textFile } from "./engram-store-history.ts";

const kills = 25;
const key = "host/owner/name";
const updater = fileURLToPath(new URL("engram-store-updater.ts", import.meta.url));

let directory: string;
let history: GitHistory;
let dumps: Map<string, string>;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "engrams-"));
  // Every update rewrites every file, so that it spends much of its time inside of the transaction.
  history = createHistory([treeOf("before"), treeOf("after")]);
  const memory = createMemoryEngramStore();
  dumps = new Map();
  for (const commit of history.commits) {
    dumps.set(commit, (await memory.update(commit, history.dir, commit)).engram.dump());
  }
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
  history.dispose();
});

describe("an updating process that is killed", () => {
  it(`leaves the old state or the new one, ${kills} times`, { timeout: 120_000 }, async () => {
    const found = new Set<string>();
    let commit = history.commits[0] as string;
    const first = createSqliteEngramStore({ directory });
    await first.update(key, history.dir, commit);
    first.close();
    for (let kill = 0; kill < kills; kill++) {
      await updateAndKill(commit, 1 + (kill % 2), (kill * 7) % 40);
      commit = storedCommit();
      const store = createSqliteEngramStore({ directory });

      const { engram, report } = await store.update(key, history.dir, commit);

      expect(report).toMatchObject({ from: commit, read: 0 });
      expect(engram.dump() === dumps.get(commit)).toBe(true);
      store.close();
      found.add(commit);
    }
    expect(found.size).toBe(2); // else every kill came before the write, or every one after it
  });
});

/** Has the updater leave the stored commit and kills it some milliseconds after the beginning of its n-th write. */
async function updateAndKill(stored: string, write: number, ms: number): Promise<void> {
  const commits = history.commits.toSorted((a, b) => Number(a === stored) - Number(b === stored));
  const child = spawn(process.execPath, ["--import", "tsx", updater, directory, history.dir, ...commits], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let written = 0;
  const begun = new Promise<void>((resolve) => {
    child.stdout.on("data", (dots: Buffer) => {
      written += dots.length;
      if (written >= write) resolve();
    });
  });
  await Promise.race([begun, ended]);
  await sleep(ms);
  child.kill("SIGKILL");
  await ended;
  expect(child.signalCode).toBe("SIGKILL");
}

function storedCommit(): string {
  const db = new Database(join(directory, `${key}.engram`));
  const [row] = db.prepare("SELECT commit_id FROM engram").all([]) as { commit_id: string }[];
  db.close();
  return row?.commit_id ?? "";
}

function treeOf(word: string) {
  const text = Array.from({ length: 120 }, (_, line) => `const ${word}${line} = ${word}_${line % 7}(value);`).join(
    "\n",
  );
  return new Map(Array.from({ length: 40 }, (_, i) => [`src/file${i}.ts`, textFile(`${text}\n// ${i}\n`)]));
}
