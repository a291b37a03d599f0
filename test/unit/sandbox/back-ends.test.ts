import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Confined } from "../../../src/sandbox/backend.ts";
import { bubblewrap, bubblewrapModes } from "../../../src/sandbox/bubblewrap.ts";
import { container } from "../../../src/sandbox/container.ts";
import { findSandbox } from "../../../src/sandbox/find-sandbox.ts";
import { openSandbox } from "../../../src/sandbox/open-sandbox.ts";
import { bubblewrapMissing, explainFailure } from "../../../src/sandbox/remedies.ts";
import { ownerName } from "../../../src/sandbox/scratch-folder.ts";
import { seccompFilter } from "../../../src/sandbox/seccomp.ts";
import { seccompProfile } from "../../../src/sandbox/seccomp-profile.ts";

const confined: Confined = {
  mounts: [
    { source: "/host/copy", target: "/repository", writable: true },
    { source: "/host/packages", target: "/deep/er/packages", writable: false },
  ],
  env: { PATH: "/usr/bin", ONE: "1" },
  cwd: "/repository",
  argv: ["sh", "-c", "true"],
  owner: 65_001,
  limits: { memoryBytes: 1_000, processes: 7, diskBytes: 2_000 },
};
const tools = { mounts: [], path: ["/usr/bin"] };

describe("bubblewrap", () => {
  function argumentsOf(mode: "own-user" | "user-namespace", owner: number | null): string[] {
    const launch = bubblewrap({ version: "1", mode, tools }).launch({ ...confined, owner });
    return (launch.inputs[0]?.toString("utf8") ?? "").split("\0");
  }

  it("gets namespaces, mounts and variables by a descriptor, and nothing of this program's environment", () => {
    vi.stubEnv("SECRET", "x");
    const args = argumentsOf("own-user", 65_001);
    for (const name of ["ipc", "pid", "net", "uts", "cgroup"]) expect(args).toContain(`--unshare-${name}`);
    for (const flag of ["--die-with-parent", "--new-session", "--clearenv", "--seccomp"]) expect(args).toContain(flag);
    expect(args.join(" ")).toContain(
      "--perms 0755 --dir /deep --perms 0755 --dir /deep/er --ro-bind /host/packages /deep/er/packages",
    );
    expect(args.join(" ")).toContain("--bind /host/copy /repository");
    expect(args.join(" ")).toContain("--setenv ONE 1");
    const { args: visible, env } = bubblewrap({ version: "1", mode: "own-user", tools }).launch(confined);
    expect(visible.join(" ")).toMatch(
      /^--args 3 -- setpriv --reuid=65001 .* prlimit --nproc=7:7 --fsize=2000:2000.*-- sh -c .* sh sh -c true$/,
    );
    expect(Object.keys(env)).toEqual(["PATH"]);
  });

  it("mounts no folder of /usr in which people keep services, nor all of /etc", () => {
    const args = argumentsOf("user-namespace", null);
    for (const path of ["/usr", "/usr/src", "/usr/local", "/etc", "/var", "/run", "/root", "/home", "/sys", "/tmp"]) {
      expect(args.filter((arg, index) => arg === path && args[index - 1]?.endsWith("bind"))).toEqual([]);
    }
    expect(args).toContain("--unshare-user");
    expect(args).toContain("--as-pid-1");
  });

  it.runIf(process.getuid?.() === 0)("does not let root of the machine stay root in a user namespace", () => {
    expect(bubblewrapModes("         0          0 4294967295\n")).toEqual(["own-user"]);
    expect(bubblewrapModes("         0     100000      65536\n")).toEqual(["own-user", "user-namespace"]);
  });
});

describe("the filter of system calls", () => {
  /** Runs the program on a call, as the kernel would. */
  function answer(filter: Buffer, arch: number, nr: number, args: number[] = []): number {
    const data = Buffer.alloc(64);
    data.writeUInt32LE(nr, 0);
    data.writeUInt32LE(arch, 4);
    args.forEach((value, index) => data.writeUInt32LE(value >>> 0, 16 + 8 * index));
    let loaded = 0;
    for (let at = 0; at < filter.length / 8; at++) {
      const code = filter.readUInt16LE(at * 8);
      const value = filter.readUInt32LE(at * 8 + 4);
      const jump = (yes: boolean) => filter.readUInt8(at * 8 + (yes ? 2 : 3));
      if (code === 0x20) loaded = data.readUInt32LE(value);
      else if (code === 0x06) return value;
      else if (code === 0x15) at += jump(loaded === value);
      else if (code === 0x35) at += jump(loaded >= value);
      else if (code === 0x45) at += jump((loaded & value) !== 0);
      else throw new Error(`unknown instruction ${code}`);
    }
    throw new Error("the program has no end");
  }
  const allow = 0x7fff0000;
  const errno = (code: number) => 0x50000 | code;

  it.each([
    [
      "x64",
      0xc000003e,
      {
        socket: 41,
        clone: 56,
        ioctl: 16,
        mount: 165,
        unshare: 272,
        keyctl: 250,
        clone3: 435,
        memfd: 319,
        read: 0,
        execve: 59,
      },
    ],
    [
      "arm64",
      0xc00000b7,
      {
        socket: 198,
        clone: 220,
        ioctl: 29,
        mount: 40,
        unshare: 97,
        keyctl: 219,
        clone3: 435,
        memfd: 279,
        read: 63,
        execve: 221,
      },
    ],
  ])("answers on %s", (name, arch, calls) => {
    const filter = seccompFilter(name) ?? Buffer.alloc(0);
    expect(filter.length).toBeGreaterThan(0);
    expect(filter.length / 8).toBeLessThan(4_096);
    for (const call of [calls.read, calls.execve]) expect(answer(filter, arch, call)).toBe(allow);
    for (const call of [calls.mount, calls.unshare, calls.keyctl]) expect(answer(filter, arch, call)).toBe(errno(1));
    for (const call of [calls.clone3, calls.memfd]) expect(answer(filter, arch, call)).toBe(errno(38));
    for (const family of [1, 2, 10, 16]) expect(answer(filter, arch, calls.socket, [family])).toBe(allow);
    for (const family of [17, 38, 40, 0]) expect(answer(filter, arch, calls.socket, [family])).toBe(errno(97));
    expect(answer(filter, arch, calls.clone, [0x01200011])).toBe(allow);
    for (const flag of [0x00020000, 0x02000000, 0x10000000, 0x20000000, 0x40000000])
      expect(answer(filter, arch, calls.clone, [flag | 17])).toBe(errno(1));
    expect(answer(filter, arch, calls.ioctl, [0, 0x5412])).toBe(errno(1));
    expect(answer(filter, arch, calls.ioctl, [0, 0x541c])).toBe(errno(1));
    expect(answer(filter, arch, calls.ioctl, [0, 0x5413])).toBe(allow);
    expect(answer(filter, 0x40000003, calls.read)).toBe(errno(38));
    if (name === "x64") expect(answer(filter, arch, 0x40000000 + calls.read)).toBe(errno(38));
  });

  it("is missing where the numbers are not known", () => expect(seccompFilter("riscv64")).toBeNull());
});

describe("the profile of containers", () => {
  it("refuses what the filter refuses, also with a request whose upper half is not zero", () => {
    const profile = JSON.parse(seccompProfile("x64") ?? "") as {
      syscalls: { names: string[]; errnoRet: number; args?: { value: number; valueTwo?: number; op: string }[] }[];
    };
    const rules = (name: string) => profile.syscalls.filter(({ names }) => names.includes(name));
    expect(rules("keyctl")).toMatchObject([{ errnoRet: 1 }]);
    expect(rules("clone3")).toMatchObject([{ errnoRet: 38 }]);
    expect(rules("ioctl").map(({ args }) => args?.[0])).toMatchObject([
      { value: 0xffffffff, valueTwo: 0x5412, op: "SCMP_CMP_MASKED_EQ" },
      { value: 0xffffffff, valueTwo: 0x541c, op: "SCMP_CMP_MASKED_EQ" },
    ]);
    const refusedFamilies = rules("socket").flatMap(({ args }) => args?.map(({ op, value }) => `${op} ${value}`) ?? []);
    for (const family of [1, 2, 10, 16]) expect(refusedFamilies).not.toContain(`SCMP_CMP_EQ ${family}`);
    expect(refusedFamilies).toContain("SCMP_CMP_GT 16");
    expect(seccompProfile("riscv64")).toBeNull();
  });
});

describe("remedies", () => {
  const machine = (settings: Record<string, string>, inContainer = false) => ({
    setting: (name: string) => settings[name] ?? null,
    inContainer,
  });
  const denied = "bwrap: setting up uid map: Permission denied";

  it.each([
    [
      "Ubuntu's AppArmor",
      denied,
      machine({ "kernel/apparmor_restrict_unprivileged_userns": "1" }),
      /\/etc\/apparmor\.d\/bwrap/,
    ],
    [
      "a container",
      "bwrap: Creating new namespace failed: Operation not permitted",
      machine({}, true),
      /seccomp=unconfined.*systempaths=unconfined/,
    ],
    [
      "a masked /proc",
      "bwrap: Can't mount proc on /newroot/proc: Operation not permitted",
      machine({}, true),
      /systempaths=unconfined/,
    ],
    [
      "old Debian",
      "bwrap: No permissions to create new namespace",
      machine({ "kernel/unprivileged_userns_clone": "0" }),
      /unprivileged_userns_clone=1/,
    ],
    [
      "RHEL",
      "bwrap: Creating new namespace failed: No space, namespace",
      machine({ "user/max_user_namespaces": "0" }),
      /max_user_namespaces/,
    ],
    ["a missing setpriv", "bwrap: execvp setpriv: No such file or directory", machine({}), /util-linux/],
    ["anything else", "bwrap: something new", machine({}), /bwrap --unshare-all/],
  ])("for %s", (_name, failure, state, remedy) => {
    const explained = explainFailure(failure, state);
    expect(explained.remedy).toMatch(remedy);
    expect(explained.reason).toContain(failure);
  });

  it("for a machine without bubblewrap", () => {
    expect(bubblewrapMissing("linux").remedy).toMatch(/apt-get install bubblewrap/);
    expect(bubblewrapMissing("darwin").remedy).toMatch(/implement\.image/);
  });
});

describe("a container", () => {
  it("has no network, no capability, no second chance, and its limits from the engine", () => {
    const { file, args, kill, askPid } = container("podman", "team/tools:1", "/profile.json").launch(confined);
    expect(file).toBe("podman");
    expect(args.join(" ")).toMatch(
      /^run --rm --pull=never --network=none --read-only .*--cap-drop=all --security-opt=no-new-privileges .*--security-opt=seccomp=\/profile\.json .*--memory=1000 --memory-swap=1000 --pids-limit=7 .*type=bind,source=\/host\/copy,target=\/repository --mount type=bind,source=\/host\/packages,target=\/deep\/er\/packages,readonly --env PATH=\/usr\/bin --env ONE=1 team\/tools:1 sh -c true$/,
    );
    expect(kill?.join(" ")).toMatch(/^podman kill --signal=KILL assistant-sandbox-[0-9a-f]{8}-\d+-\d+-[0-9a-f]{8}$/);
    expect(askPid?.join(" ")).toMatch(/^podman inspect --format \{\{\.State\.Pid\}\} assistant-sandbox-/);
  });
});

/** With programs of ours in the place of those of the machine. */
describe("what is found", () => {
  let bin: string;
  let path: string;
  beforeEach(() => {
    bin = mkdtempSync(join(tmpdir(), "bin-"));
    path = process.env["PATH"] ?? "";
    // What the search needs itself, and neither bwrap nor an engine.
    vi.stubEnv("PATH", bin);
    for (const name of ["mkfifo", "du", "rm", "chown", "chmod", "sh", "true", "git"])
      program(name, `PATH=${path} exec ${name} "$@"`);
  });
  afterEach(() => rmSync(bin, { recursive: true, force: true }));

  function program(name: string, script: string): void {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }

  it("is nothing, with the reason and what to do", async () => {
    expect(await findSandbox()).toMatchObject({
      description: null,
      reason: "bubblewrap is not installed; neither podman nor docker answers",
    });
    await expect(openSandbox({ writeTo: async () => {} })).rejects.toMatchObject({
      code: "no-sandbox",
      remedy: expect.stringContaining("apt-get install bubblewrap"),
    });
  });

  it.each([
    ["podman", "true"],
    ["docker", '["name=seccomp,profile=builtin","name=rootless","name=cgroupns"]'],
  ])("is rootless %s with the image, where bubblewrap fails", async (engine, info) => {
    program(
      "bwrap",
      '[ "$1" = --version ] && echo bubblewrap 9.9 && exit; echo "bwrap: No permissions to create new namespace" >&2; exit 1',
    );
    program(
      engine,
      `case $1 in
        info) echo '${info}';;
        ps) echo assistant-sandbox-${ownerName()}-aa; echo assistant-sandbox-${ownerName().replace(/\d+$/, "1")}-bb; echo other;;
        kill) echo "$3" >>${bin}/killed;;
        inspect) echo 0;;
        run) while [ "$1" != tools/${engine}:1 ]; do shift; done; shift; exec "$@";;
      esac`,
    );
    const image = `tools/${engine}:1`;
    expect(await findSandbox({ registries: [], tools: [], image })).toEqual({
      description: `rootless ${engine} with ${image}`,
    });
    // Of a process that is gone, and of nobody else.
    expect(readFileSync(join(bin, "killed"), "utf8")).toMatch(/^assistant-sandbox-\S+-1-bb\n$/);
    expect(await findSandbox({ registries: [], tools: [] })).toMatchObject({
      description: null,
      reason: expect.stringMatching(
        new RegExp(`bubblewrap does not run here: .*${engine} is rootless, but implement.image is not set`),
      ),
    });
  });

  it("is no engine that runs as root, and none that fails", async () => {
    // A path is no sign of it.
    program("docker", "echo '[\"name=seccomp,profile=/etc/rootless.json\"]'");
    program("podman", 'case $1 in info) echo true;; run) echo "no such image" >&2; exit 125;; esac');
    expect(await findSandbox({ registries: [], tools: [], image: "x" })).toMatchObject({
      description: null,
      reason: "bubblewrap is not installed; podman does not run x: no such image; docker is not rootless",
    });
  });
});
