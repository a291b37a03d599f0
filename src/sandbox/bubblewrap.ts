import { existsSync, lstatSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { limits } from "../shared/limits.ts";
import type { Backend, Confined, Launch, Mount } from "./backend.ts";
import { seccompFilter } from "./seccomp.ts";

/**
 * `own-user`: this program is root, and hands the processes to a user who owns nothing else (the limit on processes then
 * holds in the kernel, too). `user-namespace`: the processes are who this program is, without any rights.
 */
export type BubblewrapMode = "own-user" | "user-namespace";

export interface BubblewrapOptions {
  version: string;
  mode: BubblewrapMode;
  tools: Backend["tools"];
}

/**
 * What this process may try, the better one first. Root of the machine may not stay root in a user namespace: without any
 * right it would still own the kernel's settings in /proc. Root of a container without other ids is a plain user outside.
 */
export function bubblewrapModes(uidMap: string = readUidMap()): BubblewrapMode[] {
  if (process.getuid?.() !== 0) return ["user-namespace"];
  const isRootOutside = /^\s*0\s+0\s/m.test(uidMap);
  return isRootOutside ? ["own-user"] : ["own-user", "user-namespace"];
}

function readUidMap(): string {
  try {
    return readFileSync("/proc/self/uid_map", "utf8");
  } catch {
    return "0 0 1";
  }
}

/** Unused by Debian and its kin, and inside the 65,536 ids that a container has. Two sandboxes at once differ, mostly. */
const firstOwner = 65_000;
const owners = 500;

/** Folders with programs, libraries and data. Not all of /usr: below /usr/src and /usr/local people keep services. */
const systemFolders = ["bin", "sbin", "lib", "lib32", "lib64", "libx32", "libexec", "include", "share"].flatMap(
  (name) => [`/usr/${name}`, `/usr/local/${name}`, `/${name}`],
);
/** Of /etc only what programs need to start, none of which is secret. */
const systemFiles = [
  "ld.so.cache",
  "ld.so.conf",
  "ld.so.conf.d",
  "alternatives",
  "ssl/certs",
  "ssl/openssl.cnf",
  "ca-certificates",
  "pki/tls/certs",
  "localtime",
  "mime.types",
  "os-release",
  "protocols",
  "services",
].map((name) => `/etc/${name}`);

/** Runs processes under bubblewrap. Nothing is started here. */
export function bubblewrap({ version, mode, tools }: BubblewrapOptions): Backend {
  const how = mode === "own-user" ? "as a user of its own" : "in a user namespace";
  let count = 0;
  return {
    description: `bubblewrap ${version} ${how}`,
    newOwner: () => (mode === "own-user" ? firstOwner + ((process.pid + count++) % owners) : null),
    tools,
    launch: (confined) => launch(mode, confined),
  };
}

/** The descriptors 3 (arguments), 4 (filter), 5 (status) and 6 (life line); without a filter one less. */
function launch(mode: BubblewrapMode, confined: Confined): Launch {
  const filter = seccompFilter();
  const statusFd = filter === null ? 4 : 5;
  const made = new Set<string>();
  const args = [
    ...isolation(mode),
    ...(filter === null ? [] : ["--seccomp", "4"]),
    "--json-status-fd",
    String(statusFd),
    ...systemMounts(made),
    ...mounts(confined.mounts, made),
    "--remount-ro",
    "/dev",
    "--remount-ro",
    "/",
    "--chdir",
    confined.cwd,
    "--clearenv",
    ...Object.entries(confined.env).flatMap(([name, value]) => ["--setenv", name, value]),
  ];
  return {
    file: program(),
    // The arguments come by a descriptor: inside, everybody can read the command line of process 1.
    args: [
      "--args",
      "3",
      "--",
      ...asOwner(confined.owner),
      ...withLimits(confined),
      ...asked(statusFd + 1),
      ...confined.argv,
    ],
    env: { PATH: "/usr/bin:/bin" },
    inputs: [Buffer.from(args.map((arg) => `${arg}\0`).join("")), ...(filter === null ? [] : [filter])],
    statusFd,
    askPid: null,
    lifelineFd: statusFd + 1,
    kill: null,
  };
}

/** Looked up here: what is started gets a path of its own. */
function program(): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  return folders.map((folder) => join(folder, "bwrap")).find((path) => existsSync(path)) ?? "bwrap";
}

function isolation(mode: BubblewrapMode): string[] {
  const namespaces = ["ipc", "pid", "net", "uts", "cgroup"].map((name) => `--unshare-${name}`);
  return [
    ...namespaces,
    "--die-with-parent",
    "--new-session",
    "--hostname",
    "sandbox",
    "--cap-drop",
    "ALL",
    // Only to become the other user, which gives them up.
    ...(mode === "own-user"
      ? ["SETUID", "SETGID", "SETPCAP"].flatMap((name) => ["--cap-add", `CAP_${name}`])
      : // Bubblewrap's own process 1 would be the only one without the filter, and may be traced: it is the same user.
        ["--unshare-user", "--uid", "1000", "--gid", "1000", "--as-pid-1"]),
  ];
}

function systemMounts(made: Set<string>): string[] {
  const args: string[] = [];
  for (const path of [...systemFolders, ...systemFiles]) {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) continue;
    const link = found.isDirectory() && lstatSync(path).isSymbolicLink() && dirname(path) === "/";
    args.push(
      ...openFolders(path, made),
      ...(link ? ["--symlink", readlinkSync(path), path] : ["--ro-bind", path, path]),
    );
  }
  // Shared memory counts as nobody's, so it has a size of its own.
  const shared = ["--perms", "1777", "--size", String(limits.sandboxSharedMemoryBytes), "--tmpfs", "/dev/shm"];
  // Whoever owns a file there may write to it, whatever rights were given up.
  const settings = ["--ro-bind", "/proc/sys", "/proc/sys"];
  return [...args, "--proc", "/proc", ...settings, "--dev", "/dev", ...shared];
}

function mounts(all: Mount[], made: Set<string>): string[] {
  return all.flatMap(({ source, target, writable }) => [
    ...openFolders(target, made),
    writable ? "--bind" : "--ro-bind",
    source,
    target,
  ]);
}

/** bubblewrap gives the folders above a mount the rights of those outside, and nobody may enter the home of root. */
function openFolders(target: string, made: Set<string>): string[] {
  const args: string[] = [];
  for (let folder = dirname(target); folder !== "/"; folder = dirname(folder)) {
    if (made.has(folder)) break;
    made.add(folder);
    args.unshift("--perms", "0755", "--dir", folder);
  }
  made.add(target);
  return args;
}

function asOwner(owner: number | null): string[] {
  if (owner === null) return [];
  const ids = [`--reuid=${owner}`, `--regid=${owner}`, "--clear-groups"];
  return ["setpriv", ...ids, "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--"];
}

/** Goes on only where somebody answers, and hands the descriptor on to nobody. */
function asked(lifeline: number): string[] {
  const script = `echo >&${lifeline}; read answer <&${lifeline} || exit 1; exec ${lifeline}<&-; exec "$@"`;
  return ["sh", "-c", script, "sh"];
}

/** A limit on processes counts per user namespace since Linux 5.14; it does not hold for root's own id. */
function withLimits({ limits: { processes, diskBytes } }: Confined): string[] {
  const caps = { nproc: processes, fsize: diskBytes, core: 0, nofile: limits.sandboxOpenFiles };
  return ["prlimit", ...Object.entries(caps).map(([name, value]) => `--${name}=${value}:${value}`), "--"];
}
