import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRepository, type TestRepository } from "./git-repository.ts";

/** What an attacker would like to get at, on the host: a token in several places, servers that listen, a process, folders. */
export interface SandboxScene {
  token: string;
  /** A file of the host that holds the token. */
  tokenFile: string;
  /** A folder of the host that nothing may appear in. */
  outside: string;
  tcpPort: number;
  udpPort: number;
  socketPath: string;
  /** Without its leading zero byte. */
  abstractName: string;
  /** Process id of a process of the host. */
  victim: number;
  repository: TestRepository;
  commit: string;
  /** Stands in the command lines of whatever an attack leaves running. */
  marker: string;
  /** Everything that an attack reached, in words; emptied by the call. */
  effects(): string[];
  dispose(): Promise<void>;
}

export async function openSandboxScene(): Promise<SandboxScene> {
  const dir = mkdtempSync(join(tmpdir(), "attacked-"));
  // Without the form of a token: what has it is taken out of outputs, and the attack would seem to have failed.
  const token = `canary ${"x7Kq".repeat(9)} sings`;
  const tokenFile = join(dir, "token");
  writeFileSync(tokenFile, token, { mode: 0o644 });
  process.env["ASSISTANT_TEST_TOKEN"] = token;
  const outside = join(dir, "outside");
  mkdirSync(outside, { mode: 0o777 });
  const reached: string[] = [];
  const tcp = await listen(() => reached.push("TCP"), { port: 0, host: "127.0.0.1" });
  const socketPath = join(dir, "socket");
  const unix = await listen(() => reached.push("Unix socket"), { path: socketPath });
  const udp = await bindUdp(() => reached.push("UDP"));
  const abstractName = `attacked-${process.pid}`;
  const abstract = startAbstract(abstractName, join(dir, "abstract-reached"));
  let victim = startVictim();
  const repository = createRepository();
  repository.write("readme.md", "# a repository\n");
  const commit = repository.commit("first");
  const marker = `marker-${process.pid}-${Date.now()}`;

  return {
    token,
    tokenFile,
    outside,
    tcpPort: (tcp.address() as { port: number }).port,
    udpPort: udp.address().port,
    socketPath,
    abstractName,
    get victim() {
      return victim.pid ?? 0;
    },
    repository,
    commit,
    marker,
    effects() {
      const found = reached.splice(0);
      for (const name of readdirSync(outside)) {
        found.push(`wrote ${name}`);
        rmSync(join(outside, name), { recursive: true });
      }
      for (const name of readdirSync(dir)) if (name === "abstract-reached") found.push("abstract socket");
      rmSync(join(dir, "abstract-reached"), { force: true });
      if (readFileSync(tokenFile, "utf8") !== token) found.push("changed the file of the token");
      if (victim.exitCode !== null || victim.signalCode !== null || stateOf(victim) === "t") {
        found.push("ended or stopped a process");
        victim.kill("SIGKILL");
        victim = startVictim();
      }
      if (repository.git("status", "--porcelain") !== "") found.push("changed the work tree");
      for (const pid of processesWith(marker)) found.push(`left a process: ${pid}`);
      return found;
    },
    async dispose() {
      delete process.env["ASSISTANT_TEST_TOKEN"];
      victim.kill("SIGKILL");
      abstract.kill("SIGKILL");
      udp.close();
      await Promise.all([tcp, unix].map((server) => new Promise((resolve) => server.close(resolve))));
      repository.dispose();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Process ids of the host whose command lines have the text; this process aside. */
export function processesWith(text: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid > 0 && pid !== process.pid && commandOf(pid).includes(text));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

function listen(onConnection: () => void, where: { port: number; host: string } | { path: string }): Promise<Server> {
  const server = createServer((socket) => {
    onConnection();
    socket.destroy();
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(where, () => resolve(server));
  });
}

function bindUdp(onMessage: () => void): Promise<UdpSocket> {
  const socket = createSocket("udp4", onMessage);
  return new Promise((resolve) => {
    socket.bind(0, "127.0.0.1", () => resolve(socket));
  });
}

/** In Perl, which every Debian has: not every Node.js that we support knows abstract sockets. */
function startAbstract(name: string, reached: string): ChildProcess {
  const program = `use Socket; socket(S,AF_UNIX,SOCK_STREAM,0); bind(S,pack_sockaddr_un("\\0".$ARGV[0])) or die; listen(S,5); $|=1; print "ready"; while(accept(C,S)){open(F,">",$ARGV[1]);close F;close C}`;
  const child = spawn("perl", ["-e", program, name, reached], { stdio: ["ignore", "pipe", "ignore"] });
  return child;
}

function startVictim(): ChildProcess {
  return spawn("sleep", ["86400"], { stdio: "ignore" });
}

function stateOf(child: ChildProcess): string {
  return execFileSync("cut", ["-d", " ", "-f", "3", `/proc/${child.pid ?? 0}/stat`], { encoding: "utf8" }).trim();
}
