import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bubblewrap, bubblewrapModes } from "../../src/sandbox/bubblewrap.ts";
import { findSandbox } from "../../src/sandbox/find-sandbox.ts";
import { gitTree } from "../../src/sandbox/git-tree.ts";
import { openSandboxOn } from "../../src/sandbox/open-sandbox.ts";
import type { Sandbox, SandboxRun } from "../../src/sandbox/sandbox.ts";
import { findTools } from "../../src/sandbox/tools.ts";
import { openSandboxScene, type SandboxScene } from "../helpers/sandbox-scene.ts";

/**
 * What commands of a hostile repository try in the sandbox. Each is judged by what it reached on the host, not by what it
 * says. `worksOutside`: the same lines reach it when they run without a sandbox, so that they are known to be real.
 */
const found = await findSandbox();
const reason = found.description === null ? ` (no sandbox here: ${found.reason})` : "";

interface Attack {
  name: string;
  run: (scene: SandboxScene) => string;
  worksOutside?: true;
  timeoutMs?: number;
  expect?: (run: SandboxRun) => void;
}

const node = (program: string) => `node -e '${program}'`;
const perl = (program: string) => `perl -e '${program}'`;
/** Numbers of system calls differ. */
const calls =
  process.arch === "arm64"
    ? { ptrace: 117, mount: 40, memfd: 279, keyctl: 219, unshare: 97, bpf: 280, ioUring: 425, addKey: 217 }
    : { ptrace: 101, mount: 165, memfd: 319, keyctl: 250, unshare: 272, bpf: 321, ioUring: 425, addKey: 248 };
/** Prints "done" where a system call succeeds. */
const call = (args: string) => perl(`$r=syscall(${args}); print $r==-1 ? "refused" : "done"`);
const refused = (run: SandboxRun) => {
  expect(run.outputTail).toContain("refused");
  expect(run.outputTail).not.toContain("done");
};

const attacks: Attack[] = [
  { name: "reads the token from its environment", run: () => "env; cat /proc/self/environ", worksOutside: true },
  {
    name: "reads the token from other processes' environments",
    run: () => 'for f in /proc/[0-9]*/environ; do tr "\\0" "\\n" <$f; done 2>/dev/null; true',
    worksOutside: true,
  },
  { name: "reads the token from a file", run: ({ tokenFile }) => `cat ${tokenFile}`, worksOutside: true },
  {
    name: "reads the token through a symbolic link",
    run: ({ tokenFile }) => `ln -sf ${tokenFile} /tmp/linked-$$; cat /tmp/linked-$$; rm /tmp/linked-$$`,
    worksOutside: true,
  },
  {
    name: "reads the token through a hard link",
    run: ({ tokenFile }) => `ln ${tokenFile} hard && cat hard`,
  },
  {
    name: "reads the token through the root of another process",
    run: ({ tokenFile, victim }) =>
      `for p in 1 ${victim} $PPID; do cat /proc/$p/root${tokenFile} /proc/$p/cwd/../../..${tokenFile}; done 2>/dev/null; true`,
    worksOutside: true,
  },
  {
    name: "reads the token through open descriptors",
    run: () => "for fd in /proc/[0-9]*/fd/*; do timeout 1 head -c 300 $fd; done 2>/dev/null </dev/null; true",
  },
  {
    name: "looks for the home and the clone",
    run: ({ repository }) => `ls ${repository.dir}/readme.md && echo visible`,
    expect: (run) => expect(run.outputTail).not.toContain("visible\n"),
  },
  {
    name: "connects to a server of the host",
    run: ({ tcpPort }) => node(`require("net").connect(${tcpPort},"127.0.0.1").on("error",()=>{})`),
    worksOutside: true,
  },
  {
    name: "sends a datagram to the host",
    run: ({ udpPort }) =>
      node(`const s=require("dgram").createSocket("udp4"); s.send("x",${udpPort},"127.0.0.1",()=>s.close())`),
    worksOutside: true,
  },
  {
    name: "asks a name server, which may carry a secret in the name",
    run: ({ udpPort }) =>
      node(
        `const r=new (require("dns").promises.Resolver)({timeout:500,tries:1}); r.setServers(["127.0.0.1:${udpPort}"]); r.resolve4("secret.example.com").catch(()=>{})`,
      ),
    worksOutside: true,
  },
  {
    name: "reaches any address of the internet",
    run: () =>
      node(
        `for (const h of ["1.1.1.1","8.8.8.8","169.254.169.254"]) require("net").connect({host:h,port:80,timeout:3000}).on("connect",()=>console.log("connected")).on("error",(e)=>console.log(e.code))`,
      ),
    expect(run) {
      expect(run.outputTail).toContain("ENETUNREACH");
      expect(run.outputTail).not.toContain("connected");
    },
  },
  {
    name: "connects to a socket in the file system",
    run: ({ socketPath }) => node(`require("net").connect("${socketPath}").on("error",()=>{})`),
    worksOutside: true,
  },
  {
    name: "connects to an abstract socket",
    run: ({ abstractName }) =>
      perl(`use Socket; socket(S,AF_UNIX,SOCK_STREAM,0); connect(S,pack_sockaddr_un("\\0${abstractName}")); sleep 1`),
    worksOutside: true,
  },
  {
    name: "opens a socket to the hypervisor",
    run: () => perl(`print socket(S,40,1,0) ? "done" : "refused"`),
    expect: refused,
  },
  {
    name: "writes outside of its copy",
    run: ({ outside }) => `echo x >${outside}/new; mkdir -p ${outside}/folder; touch /usr/bin/x /etc/x /x; true`,
  },
  {
    name: "writes outside through a symbolic link",
    run: ({ outside }) => `ln -s ${outside} out; echo x >out/new; cp -r readme.md out/; rm -f out`,
    worksOutside: true,
  },
  {
    name: "writes outside by climbing",
    run: ({ outside }) => `echo x >../../../../../../..${outside}/new; true`,
    worksOutside: true,
  },
  {
    name: "overwrites the file of the token",
    run: ({ tokenFile }) => `echo x >${tokenFile}; rm -f ${tokenFile}; true`,
  },
  { name: "kills a process of the host", run: ({ victim }) => `kill -9 ${victim}; true`, worksOutside: true },
  { name: "kills everything", run: () => "kill -9 -1; true" },
  {
    name: "traces a process of the host, or the one within that has no filter",
    run: ({ victim }) =>
      `${call(`${calls.ptrace},16,${victim},0,0`)}; grep -q "Seccomp:.*2" /proc/1/status || ${call(`${calls.ptrace},16,1,0,0`)}`,
    expect: refused,
  },
  {
    name: "types into a terminal",
    // Without the filter it would be told that this is no terminal (ENOTTY).
    run: () => perl(`$x="x"; print ioctl(STDIN,0x5412,$x) || $!+0 != 1 ? "done" : "refused"`),
    expect: refused,
  },
  {
    name: "mounts a file system",
    run: () =>
      `mount -t tmpfs none /tmp && echo done; ${perl(`$a="none";$b="/tmp";$c="tmpfs";$r=syscall(${calls.mount},$a,$b,$c,0,0); print $r==-1 ? "refused" : "done"`)}`,
    expect: refused,
  },
  {
    name: "makes namespaces of its own",
    run: () => `unshare -Urn true && echo done; ${call(`${calls.unshare},0x10000000`)}`,
    expect: refused,
  },
  { name: "makes a device", run: () => "mknod disk b 252 0 && echo done || echo refused", expect: refused },
  {
    name: "reads key rings of the host",
    run: () =>
      `${call(`${calls.keyctl},0,-3,0`)}; ${perl(`$t="user";$d="x";$p="y";$r=syscall(${calls.addKey},$t,$d,$p,1,-3); print $r==-1 ? "refused" : "done"`)}`,
    expect: refused,
  },
  {
    name: "uses calls of the kernel that filters cannot look into",
    run: () =>
      `${perl(`$p="\\0"x120;$r=syscall(${calls.ioUring},1,$p); print $r==-1 ? "refused" : "done"`)}; ${perl(`$p="\\0"x120;$r=syscall(${calls.bpf},0,$p,120); print $r==-1 ? "refused" : "done"`)}`,
    expect: refused,
  },
  {
    name: "keeps memory that belongs to no process",
    run: () =>
      `${perl(`$n="x";$r=syscall(${calls.memfd},$n,0); print $r==-1 ? "refused" : "done"`)}; head -c 200000000 /dev/zero >/dev/shm/x; stat -c %s /dev/shm/x`,
    expect(run) {
      expect(run.outputTail).toContain("refused");
      expect(Number(/^(\d+)$/m.exec(run.outputTail)?.[1])).toBeLessThanOrEqual(64 * 1024 * 1024);
    },
  },
  {
    name: "changes settings of the kernel",
    run: () =>
      "echo x >/proc/sys/kernel/core_pattern && echo done; echo b >/proc/sysrq-trigger && echo done; echo refused",
    expect: refused,
  },
  {
    name: "forks without end",
    run: ({ marker }) => `bomb() { bomb ${marker} | bomb ${marker} & }; bomb; sleep 2; true`,
    timeoutMs: 10_000,
  },
  {
    name: "takes all memory",
    run: () => node("const a=[]; for(;;) a.push(Buffer.alloc(2e7,1))"),
    expect: (run) => expect(run.limitHit).toBe("memory"),
  },
  {
    name: "takes all memory in many processes, shared",
    run: () => perl(`for (1..8) { if (!fork) { $x = "x" x 6e7; sleep 60 } } sleep 60`),
    expect: (run) => expect(run.limitHit).toBe("memory"),
  },
  {
    name: "fills the disk with many files",
    run: () => "i=0; while :; do head -c 3000000 /dev/zero >/tmp/fill-$i; i=$((i+1)); done",
    expect: (run) => expect(run.limitHit).toBe("disk"),
  },
  {
    name: "fills the disk with one file",
    run: () => "rm -f /tmp/fill-*; head -c 900000000 /dev/zero >/tmp/one; stat -c %s /tmp/one; rm /tmp/one",
    expect: (run) => {
      if (run.limitHit !== "disk") expect(Number(/^(\d+)$/m.exec(run.outputTail)?.[1])).toBeLessThanOrEqual(64e6);
    },
  },
  {
    name: "prints a gigabyte",
    run: () => "rm -rf /tmp/*; head -c 1000000000 /dev/zero; echo the end",
    expect(run) {
      expect(run.outputTail.length).toBeLessThan(70_000);
      expect(run.outputTail).toContain("the end");
      expect(run.truncatedBytes).toBeGreaterThan(999_000_000 - 70_000);
    },
  },
  {
    name: "hangs and ignores every signal it can",
    run: ({ marker }) => `trap "" TERM INT HUP QUIT; while :; do sleep 1; : ${marker}; done`,
    timeoutMs: 1_500,
    expect: (run) => expect(run).toMatchObject({ timedOut: true, limitHit: "time", exitCode: null, signal: "SIGKILL" }),
  },
  {
    name: "leaves a daemon behind when it is killed",
    run: ({ marker }) => `(setsid sh -c "trap '' TERM HUP; while :; do sleep 1; : ${marker}; done" &) ; sleep 3600`,
    timeoutMs: 1_500,
    expect: (run) => expect(run.timedOut).toBe(true),
  },
  {
    name: "leaves a daemon behind when it ends",
    run: ({ marker }) => `(setsid sh -c "while :; do sleep 1; : ${marker}; done" >/dev/null 2>&1 &) ; echo started`,
    expect: (run) => expect(run).toMatchObject({ exitCode: 0, outputTail: "started\n" }),
  },
  {
    name: "holds the output open in a daemon",
    run: ({ marker }) => `(setsid sh -c "sleep 3600; : ${marker}" &) ; echo started`,
    expect: (run) => expect(run.ms).toBeLessThan(60_000),
  },
];

describe.skipIf(found.description === null)(`attacks on the sandbox${reason}`, () => {
  let scene: SandboxScene;
  beforeAll(async () => {
    scene = await openSandboxScene();
  });
  afterAll(() => scene?.dispose());

  describe.each(bubblewrapModes())("%s", (mode) => {
    let sandbox: Sandbox;
    beforeAll(async () => {
      const tree = gitTree({ gitDir: `${scene.repository.dir}/.git`, commit: scene.commit });
      const backend = bubblewrap({ version: "", mode, tools: await findTools([]) });
      sandbox = await openSandboxOn(backend, tree, { memoryBytes: 250e6, processes: 64, diskBytes: 60e6 });
    });
    afterAll(() => sandbox?.close());

    it.each(attacks)("$name", async ({ run: lines, timeoutMs = 60_000, expect: judge }) => {
      const run = await sandbox.run({ name: "attack", run: lines(scene) }, { timeoutMs });
      expect(run.outputTail).not.toContain(scene.token);
      expect(scene.effects()).toEqual([]);
      judge?.(run);
    });
  });

  it.each(attacks.filter(({ worksOutside }) => worksOutside === true))(
    "outside of a sandbox: $name",
    async ({ run }) => {
      const options = { cwd: scene.outside, timeout: 60_000 };
      const { stdout } = await promisify(execFile)("sh", ["-c", run(scene)], options).catch(() => ({ stdout: "" }));
      // A datagram may come after its sender has ended.
      await expect.poll(() => stdout.includes(scene.token) || scene.effects().length > 0).toBe(true);
      scene.effects();
    },
  );

  it("has tried at least thirty", () => expect(attacks.length).toBeGreaterThanOrEqual(30));
});
