import { spawn } from "node:child_process";
import { chmodSync, closeSync, existsSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { findSandbox } from "../../src/sandbox/find-sandbox.ts";
import { gitTree } from "../../src/sandbox/git-tree.ts";
import { openSandbox } from "../../src/sandbox/open-sandbox.ts";
import type { PreparedDependencies, Sandbox } from "../../src/sandbox/sandbox.ts";
import { openSandboxScene, processesWith, type SandboxScene } from "../helpers/sandbox-scene.ts";

const found = await findSandbox();
const reason = found.description === null ? ` (no sandbox here: ${found.reason})` : "";

describe.skipIf(found.description === null)(`the sandbox${reason}`, () => {
  let scene: SandboxScene;
  let gitDir: string;
  beforeAll(async () => {
    scene = await openSandboxScene();
    gitDir = join(scene.repository.dir, ".git");
  });
  afterAll(() => scene?.dispose());

  async function open(dependencies?: PreparedDependencies): Promise<Sandbox> {
    const edited = [{ path: "src/new.txt", before: null, after: "new\n" }];
    const tree = gitTree({ gitDir, commit: scene.commit, edited });
    return openSandbox(tree, dependencies === undefined ? {} : { dependencies });
  }

  async function withSandbox<T>(
    use: (sandbox: Sandbox) => Promise<T>,
    dependencies?: PreparedDependencies,
  ): Promise<T> {
    const sandbox = await open(dependencies);
    try {
      return await use(sandbox);
    } finally {
      await sandbox.close();
    }
  }

  it("runs commands in the copy, with the edits, and keeps what they write for the next one", async () => {
    await withSandbox(async (sandbox) => {
      const first = await sandbox.run({
        name: "first",
        run: "pwd; ls; cat src/new.txt; echo kept >kept; echo $HOME >~/home",
      });
      expect(first).toMatchObject({ exitCode: 0, signal: null, timedOut: false, limitHit: null, errorLines: [] });
      expect(first.outputTail).toBe("/repository\nreadme.md\nsrc\nnew\n");
      const second = await sandbox.run({ name: "second", run: ["cat", "kept", "/home/assistant/home"] });
      expect(second.outputTail).toBe("kept\n/home/assistant\n");
    });
    expect(existsSync(join(scene.repository.dir, "kept"))).toBe(false);
  });

  it("tells how a command ended", async () => {
    await withSandbox(async (sandbox) => {
      expect(await sandbox.run({ name: "a", run: "echo one; echo two >&2; exit 3" })).toMatchObject({
        exitCode: 3,
        signal: null,
        outputTail: "one\ntwo\n",
      });
      expect(await sandbox.run({ name: "b", run: "kill -SEGV $$" })).toMatchObject({
        exitCode: null,
        signal: "SIGSEGV",
      });
      const missing = await sandbox.run({ name: "c", run: ["no-such-program"] });
      expect(missing.exitCode).toBe(127);
      expect(missing.errorLines.join()).toMatch(/not found/);
      expect((await sandbox.run({ name: "d", run: "echo x >/dev/stderr; echo y >/dev/stdout" })).outputTail).toBe(
        "x\ny\n",
      );
    });
  });

  it("shows no secret that a command prints", async () => {
    const token = `ghp_${"aB3dE6gH9".repeat(4)}`;
    const run = await withSandbox((sandbox) => sandbox.run({ name: "leak", run: `echo "Error: ${token}"` }));
    expect(run).toMatchObject({ outputTail: "Error: [redacted]\n", errorLines: ["Error: [redacted]"] });
  });

  it("gives a command no variable but its own", async () => {
    const run = await withSandbox((sandbox) => sandbox.run({ name: "env", run: ["env"] }));
    const names = run.outputTail
      .trim()
      .split("\n")
      .map((line) => line.split("=")[0] ?? "");
    expect(names.filter((name) => !/^(?:npm_config|PIP|PYTHON)_?/.test(name)).toSorted()).toEqual([
      "CI",
      "HOME",
      "LANG",
      "LOGNAME",
      "NO_COLOR",
      "PATH",
      "PWD",
      "SHELL",
      "TERM",
      "TMPDIR",
      "USER",
    ]);
  });

  it("shows nothing of the host but programs", async () => {
    const run = await withSandbox((sandbox) =>
      sandbox.run({ name: "ls", run: "ls /; ls /etc; ls /home /tmp; ls /proc | grep -c ^[0-9]" }),
    );
    const lines = run.outputTail.trim().split("\n");
    expect(lines).not.toContain("work");
    expect(lines).not.toContain("run");
    expect(lines).not.toContain("shadow");
    expect(lines).not.toContain("ssh");
    expect(Number(lines.at(-1))).toBeLessThan(8);
  });

  it("removes its folder, whatever was left in it", async () => {
    const own = mkdtempSync(join(tmpdir(), "own-"));
    vi.stubEnv("TMPDIR", own);
    await withSandbox((sandbox) =>
      sandbox.run({
        name: "leave",
        run: "for i in $(seq 300); do mkdir -p aaaaaaaaaaaaaaaaaaaa && cd aaaaaaaaaaaaaaaaaaaa; done; mkdir -p /repository/x/y; chmod 0 /repository/x/y /repository/x",
      }),
    );
    expect(readdirSync(own)).toEqual([]);
    rmSync(own, { recursive: true });
  });

  it("follows no link to where packages are mounted", async () => {
    const packages = mkdtempSync(join(tmpdir(), "packages-"));
    writeFileSync(join(packages, "here"), "a package\n");
    chmodSync(packages, 0o755);
    const dependencies: PreparedDependencies = {
      mounts: [{ source: packages, target: "/repository/node_modules" }],
      path: [],
      env: {},
      notes: [],
      refused: [],
    };
    try {
      await withSandbox(async (sandbox) => {
        const made = join(scene.outside, "made");
        await sandbox.run({
          name: "link",
          run: `rm -rf node_modules; ln -s ${made} node_modules; ln -s ../../../..${made} x`,
        });
        // What is mounted cannot be replaced from inside, so the link has to come with the tree.
        expect((await sandbox.run({ name: "read", run: "cat node_modules/here" })).outputTail).toBe("a package\n");
      }, dependencies);
      expect(scene.effects()).toEqual([]);
      expect(existsSync(join(packages, "here"))).toBe(true);

      scene.repository.git("checkout", "-q", "-b", "linked");
      scene.repository.git(
        "update-index",
        "--add",
        "--cacheinfo",
        `120000,${linkTo(join(scene.outside, "made"))},node_modules`,
      );
      scene.repository.git("commit", "-q", "-m", "a link");
      const sandbox = await openSandbox(gitTree({ gitDir, commit: "linked" }), { dependencies });
      const run = await sandbox.run({ name: "read", run: "cat node_modules/here" });
      await sandbox.close();
      expect(run.outputTail).toBe("a package\n");
      scene.repository.git("checkout", "-q", "-f", "main");
      expect(scene.effects()).toEqual([]);
    } finally {
      rmSync(packages, { recursive: true, force: true });
    }
  });

  function linkTo(target: string): string {
    const file = join(scene.repository.dir, ".git", "link");
    writeFileSync(file, target);
    return scene.repository.git("hash-object", "-w", file);
  }

  it("lets neither hooks nor settings written in the copy, nor filters of the clone, run on the host", async () => {
    const touch = `touch ${scene.outside}/ran`;
    const setup = `git init -q . 2>/dev/null || mkdir -p .git/hooks; mkdir -p .git/hooks
      for hook in post-checkout pre-commit post-index-change fsmonitor; do printf '#!/bin/sh\\n${touch}\\n' >.git/hooks/$hook; chmod +x .git/hooks/$hook; done
      printf '[core]\\n fsmonitor = ${touch}\\n hooksPath = .git/hooks\\n[filter "x"]\\n smudge = ${touch}\\n' >>.git/config
      printf '* filter=x\\n' >.gitattributes; printf '[core]\\n fsmonitor = ${touch}\\n' >~/.gitconfig`;
    scene.repository.git("config", "filter.x.smudge", `${touch}; cat`);
    writeFileSync(join(gitDir, "hooks-of-clone"), "");
    await withSandbox(async (sandbox) => {
      expect((await sandbox.run({ name: "hooks", run: setup })).exitCode).toBe(0);
      const again = gitTree({
        gitDir,
        commit: scene.commit,
        edited: [{ path: ".gitattributes", before: null, after: "* filter=x\n" }],
      });
      await (await openSandbox(again)).close();
      scene.repository.git("status");
    });
    scene.repository.git("config", "--unset", "filter.x.smudge");
    expect(scene.effects()).toEqual([]);
  });

  it("ends at once when it is aborted, and runs nothing after it was closed", async () => {
    const sandbox = await open();
    const stop = new AbortController();
    const running = sandbox.run(
      { name: "hang", run: `while :; do sleep 1; : ${scene.marker}; done` },
      { signal: stop.signal },
    );
    await expect.poll(() => processesWith(scene.marker).length, { timeout: 60_000 }).toBeGreaterThan(0);
    const why = new Error("stopped");
    stop.abort(why);
    await expect(running).rejects.toBe(why);
    expect(processesWith(scene.marker)).toEqual([]);
    const second = sandbox.run({ name: "hang", run: `while :; do sleep 1; : ${scene.marker}; done` });
    const outcome = expect(second).rejects.toMatchObject({ code: "sandbox-closed" });
    await sandbox.close();
    await outcome;
    await expect(sandbox.run({ name: "late", run: "true" })).rejects.toMatchObject({ code: "sandbox-closed" });
    expect(processesWith(scene.marker)).toEqual([]);
  });

  it("runs two sandboxes side by side that do not see each other", async () => {
    const both = [await open(), await open()];
    const runs = await Promise.all(
      both.map((sandbox) =>
        sandbox.run({ name: "ps", run: "echo x >/tmp/mine; sleep 1; ls /tmp; ls /proc | grep -c ^[0-9]" }),
      ),
    );
    for (const sandbox of both) await sandbox.close();
    for (const run of runs) {
      expect(run.outputTail).toMatch(/^mine\n\d\n$/);
      expect(Number(run.outputTail.split("\n")[1])).toBeLessThan(8);
    }
  });

  /** A process of its own that opens a sandbox, with the token's file open far behind its other descriptors, and then waits. */
  const descriptor = 99;
  function owner(line: string): ReturnType<typeof spawn> {
    const program = `
      import { openSandbox } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, "../../src/sandbox/open-sandbox.ts")).href)};
      const sandbox = await openSandbox({ writeTo: async () => {} });
      const run = await sandbox.run({ name: "x", run: ${JSON.stringify(line)} });
      console.log(run.outputTail);
      await sandbox.close();
    `;
    const held = openSync(scene.tokenFile, "r");
    // Node.js closes those that follow one another from 0 on; what stands apart is handed on.
    const others = Array.from({ length: descriptor - 3 }, () => "ignore" as const);
    const args = ["--import", "tsx", "--input-type=module", "-e", program];
    const cwd = join(import.meta.dirname, "../..");
    const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "inherit", ...others, held] });
    closeSync(held);
    return child;
  }

  it("hands no open descriptor of this program on", async () => {
    const child = owner(`cat /proc/[0-9]*/fd/${descriptor} </dev/null; ls -l /proc/self/fd; echo the end`);
    let text = "";
    child.stdout?.on("data", (data: Buffer) => (text += data.toString("utf8")));
    await new Promise((resolve) => child.on("close", resolve));
    expect(text).toContain("the end");
    expect(text).not.toContain(scene.token);
  });

  it("ends with this program, even where that is killed", async () => {
    const child = owner(`while :; do sleep 1; : ${scene.marker}; done`);
    await expect
      .poll(() => processesWith(`: ${scene.marker}`).filter((pid) => pid !== child.pid).length, { timeout: 100_000 })
      .toBeGreaterThan(1);
    child.kill("SIGKILL");
    await expect.poll(() => processesWith(scene.marker), { timeout: 30_000 }).toEqual([]);
  });
});
