import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeScratchFolder, sweepScratchFolders } from "../../../src/sandbox/scratch-folder.ts";
import { limits } from "../../../src/shared/limits.ts";

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "scratch-"));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

interface Owner {
  where: string;
  pid: number;
  started: string;
}

/** A folder as another process would have made it. */
async function madeBy(change: Partial<Owner> | null, age = 0): Promise<string> {
  const folder = await makeScratchFolder(parent, "sandbox");
  const file = join(folder, "owner");
  const own = JSON.parse(readFileSync(file, "utf8")) as Owner;
  if (change === null) rmSync(file);
  else writeFileSync(file, JSON.stringify({ ...own, ...change }));
  const at = new Date(Date.now() - age);
  utimesSync(folder, at, at);
  return folder;
}

function startedAt(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

it.skipIf(process.platform !== "linux")(
  "removes what a killed process left, whatever lies in it, and nothing of one that lives",
  async () => {
    const child = spawn("sleep", ["1000"]);
    const exited = once(child, "exit");
    const pid = child.pid ?? 0;
    const folder = await madeBy({ pid, started: startedAt(pid) });
    mkdirSync(join(folder, "tree/closed"), { recursive: true });
    writeFileSync(join(folder, "tree/closed/file"), "x");
    chmodSync(join(folder, "tree/closed"), 0);
    const own = await makeScratchFolder(parent, "index");
    expect(await sweepScratchFolders(parent)).toEqual([]);

    child.kill("SIGKILL");
    await exited;
    // Two may sweep at once.
    const both = await Promise.all([sweepScratchFolders(parent), sweepScratchFolders(parent)]);
    expect(both.flat()).toContain(folder);
    expect(readdirSync(parent)).toEqual([own.slice(parent.length + 1)]);
  },
);

it.skipIf(process.platform !== "linux")("knows that a number was given to another process since", async () => {
  const folder = await madeBy({ started: "1" });
  expect(await sweepScratchFolders(parent)).toEqual([folder]);
});

it.skipIf(process.platform !== "linux")(
  "goes by the age where nobody can tell: another container's, or not signed yet",
  async () => {
    const foreign = { where: "another container", pid: 4_000_000 };
    const young = [await madeBy(foreign), await madeBy(null)];
    expect(await sweepScratchFolders(parent)).toEqual([]);
    const old = [
      await madeBy(foreign, limits.scratchFolderMs + 60_000),
      await madeBy(null, limits.scratchFolderMs + 60_000),
    ];
    expect((await sweepScratchFolders(parent)).sort()).toEqual(old.sort());
    for (const folder of young) expect(existsSync(folder)).toBe(true);
  },
);

it("follows no link, and touches nothing that is called otherwise", async () => {
  const precious = join(parent, "precious");
  mkdirSync(precious);
  writeFileSync(join(precious, "file"), "x");
  utimesSync(precious, new Date(0), new Date(0));
  symlinkSync(precious, join(parent, "assistant-sandbox-link"));
  writeFileSync(join(parent, "assistant-sandbox-file"), "x");
  expect(await sweepScratchFolders(parent)).toEqual([]);
  expect(await sweepScratchFolders(join(parent, "missing"))).toEqual([]);
  expect(existsSync(join(precious, "file"))).toBe(true);
});
