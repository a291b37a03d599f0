import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createJsKernel } from "../../src/engram/kernel/js-kernel.ts";
import { openEngramFile, updateEngramFile } from "../../src/engram/sqlite-engram-store.ts";
import { verifyEngramFile } from "../../src/engram/verify.ts";
import { treeSource, wordTree } from "./engram-store-history.ts";
import { compileUpdater, startUpdater } from "./engram-store-processes.ts";

const kernel = createJsKernel();

let updater: ReturnType<typeof compileUpdater>;
let directory: string;
let file: string;

beforeAll(() => {
  updater = compileUpdater();
});
afterAll(() => updater.dispose());
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "engrams-"));
  file = join(directory, "one.engram");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function store(word: string, target = file): Promise<string> {
  const { engram } = await updateEngramFile(target, treeSource(wordTree(word)), { kernel });
  const dump = engram.dump();
  engram.close();
  return dump;
}

async function stored(target = file): Promise<string> {
  expect(await verifyEngramFile(target, { kernel })).toMatchObject({ problems: [] });
  const engram = await openEngramFile(target, { kernel });
  const dump = engram.dump();
  engram.close();
  return dump;
}

describe("two processes that update one engram", () => {
  it.each([false, true])(
    "take turns and leave a state of one of them (streamed: %s)",
    { timeout: 120_000 },
    async (streamed) => {
      const pairs = [
        ["one", "two"],
        ["three", "four"],
      ];

      const processes = pairs.map((words) => startUpdater(updater.script, { file, words, updates: 6, streamed }));
      const ends = await Promise.all(processes.map(({ ended }) => ended));

      // Who is overtaken again and again says so; nobody fails otherwise.
      for (const { code, error } of ends)
        expect([code, error.split(":")[0]]).toEqual(code === 0 ? [0, ""] : [9, "engram-busy"]);
      expect(ends.some(({ code }) => code === 0)).toBe(true);
      const dumps = await Promise.all(pairs.flat().map((word) => store(word, join(directory, `${word}.engram`))));
      expect(dumps).toContain(await stored());
    },
  );
});

describe("a folder that may not be written", () => {
  // Root may write everywhere; as root these processes are therefore those of nobody.
  const isRoot = process.getuid?.() === 0;
  const options = isRoot ? { uid: 65_534, gid: 65_534 } : {};

  it("is named by an update, and an engram in it can still be read", async () => {
    const original = join(directory, "original.engram");
    await store("before", original);
    // By itself, as on a medium that was never written by this program.
    mkdirSync(join(directory, "alone"));
    file = join(directory, "alone/one.engram");
    copyFileSync(original, file);
    chmodSync(directory, 0o755);
    chmodSync(join(directory, "alone"), 0o555);
    chmodSync(file, 0o444);

    const update = startUpdater(updater.script, { file, words: ["after"], updates: 1 }, options);
    const reading = startUpdater(updater.script, { file, words: [], updates: 0, read: true }, options);

    expect(await update.ended).toMatchObject({
      code: 9,
      error: expect.stringMatching(/^engram-unwritable.*may be written/),
    });
    expect(await reading.ended).toMatchObject({ code: 0, error: "" });
    chmodSync(join(directory, "alone"), 0o755);
  });
});

describe("a full disk", () => {
  it("leaves the old state where a file may not grow", async () => {
    const before = await store("before");
    // In blocks of 512 bytes, or of 1,024 in some shells: too little for the log of an update either way.
    const { ended } = startUpdater(updater.script, { file, words: ["after"], updates: 1 }, {}, "ulimit -f 100");

    const { code, error } = await ended;

    expect([code, error]).toEqual([9, expect.stringMatching(/^engram-unwritable.*disk is not full/)]);
    expect(await stored()).toBe(before);
  });

  it.skipIf(!mayMount())(
    "leaves the old state, small updates still pass, and none is lost when there is room",
    async () => {
      const disk = join(directory, "disk");
      mkdirSync(disk);
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=3m", "none", disk]);
      try {
        file = join(disk, "one.engram");
        const before = await store("before");
        const large = new Map(
          [...wordTree("large")].map(([path, { mode, data }]) => [path, { mode, data: blownUp(data) }]),
        );

        await expect(updateEngramFile(file, treeSource(large), { kernel })).rejects.toMatchObject({
          code: "engram-unwritable",
          remedy: expect.stringContaining("disk is not full"),
        });

        expect(await stored()).toBe(before);
        execFileSync("mount", ["-o", "remount,size=64m", disk]);
        const { engram } = await updateEngramFile(file, treeSource(large), { kernel });
        engram.close();
        await stored();
      } finally {
        execFileSync("umount", ["--lazy", disk]);
      }
    },
  );
});

/** Mounting a small file system of its own is allowed to root, and not everywhere. */
function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "mount-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "none", folder], { stdio: "ignore" });
    execFileSync("umount", [folder], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  } finally {
    if (existsSync(folder) && statSync(folder).isDirectory()) rmSync(folder, { recursive: true, force: true });
  }
}

/** Words that do not repeat, so that they do not compress. */
function blownUp(data: Buffer): Buffer {
  const salt = data.length;
  return Buffer.from(
    Array.from({ length: 2_000 }, (_, i) => `w${Math.imul(i * 40 + salt, 2_654_435_761) >>> 0}_${i}`).join("\n"),
  );
}
