import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { limits } from "../shared/limits.ts";
import type { Backend, Confined, Launch } from "./backend.ts";
import { isOwnerGone, makeScratchFolder, ownerName } from "./scratch-folder.ts";
import { seccompProfile } from "./seccomp-profile.ts";

export type Engine = "podman" | "docker";
export type FoundContainer = { backend: Backend } | { backend: null; reason: string };

/**
 * A rootless engine that has the image and runs it. A rootful one is refused: who talks to its socket is root.
 * `works`: null where a back end runs a command, else how it failed.
 */
export async function findContainer(
  image: string | undefined,
  works: (backend: Backend) => Promise<string | null>,
): Promise<FoundContainer> {
  const reasons: string[] = [];
  for (const engine of ["podman", "docker"] as const) {
    const rootless = await isRootless(engine);
    if (rootless === null) continue;
    if (!rootless) reasons.push(`${engine} is not rootless`);
    else if (image === undefined) reasons.push(`${engine} is rootless, but implement.image is not set`);
    else {
      const backend = container(engine, image, await writeProfile());
      await endLeftContainers(engine);
      const problem = await works(backend);
      if (problem === null) return { backend };
      reasons.push(`${engine} does not run ${image}: ${problem.split("\n")[0]}`);
    }
  }
  return { backend: null, reason: reasons.join("; ") || "neither podman nor docker answers" };
}

/** Null where the engine is not there, or does not answer. */
async function isRootless(engine: Engine): Promise<boolean | null> {
  const format = engine === "podman" ? "{{.Host.Security.Rootless}}" : "{{json .SecurityOptions}}";
  const options = { timeout: limits.sandboxProbeMs };
  const answer = await promisify(execFile)(engine, ["info", "--format", format], options).catch(() => null);
  if (answer === null) return null;
  return engine === "podman" ? answer.stdout.trim() === "true" : /"name=rootless[,"]/.test(answer.stdout);
}

const prefix = "assistant-sandbox-";

/** Those of a process of ours that was killed: nothing else binds a container to the life of who started it. */
async function endLeftContainers(engine: Engine): Promise<void> {
  const list = ["ps", "--filter", `name=${prefix}`, "--format", "{{.Names}}"];
  const options = { timeout: limits.sandboxProbeMs };
  const answer = await promisify(execFile)(engine, list, options).catch(() => null);
  const names = answer?.stdout.split("\n").filter((name) => name.startsWith(prefix)) ?? [];
  for (const name of names.filter((one) => isOwnerGone(one.slice(prefix.length))))
    await promisify(execFile)(engine, ["kill", "--signal=KILL", name], options).catch(() => null);
}

/** For as long as this process lives. */
async function writeProfile(): Promise<string | null> {
  const profile = seccompProfile();
  if (profile === null) return null;
  const file = join(await makeScratchFolder(tmpdir(), "sandbox"), "seccomp.json");
  await writeFile(file, profile);
  return file;
}

/**
 * Runs processes in containers of an image that has the tools. Nothing is started here.
 * @param profile file with what system calls are refused; null: the engine's own
 */
export function container(engine: Engine, image: string, profile: string | null): Backend {
  return {
    description: `rootless ${engine} with ${image}`,
    newOwner: () => null,
    tools: { mounts: [], path: ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"] },
    launch: (confined) => launch(engine, image, profile, confined),
  };
}

function launch(engine: Engine, image: string, profile: string | null, confined: Confined): Launch {
  const { mounts, env, cwd, argv, limits: caps } = confined;
  const name = `${prefix}${ownerName()}-${randomBytes(4).toString("hex")}`;
  const memory = String(caps.memoryBytes);
  const isolation =
    "run --rm --pull=never --network=none --read-only --init --cap-drop=all --security-opt=no-new-privileges --security-opt=label=disable --ipc=private --hostname=sandbox --user=0:0 --entrypoint= --ulimit=core=0";
  const args = [
    ...isolation.split(" "),
    ...(profile === null ? [] : [`--security-opt=seccomp=${profile}`]),
    `--name=${name}`,
    `--memory=${memory}`,
    `--memory-swap=${memory}`,
    `--pids-limit=${caps.processes}`,
    `--ulimit=fsize=${caps.diskBytes}`,
    `--ulimit=nofile=${limits.sandboxOpenFiles}`,
    `--shm-size=${limits.sandboxSharedMemoryBytes}`,
    `--workdir=${cwd}`,
    ...mounts.flatMap(({ source, target, writable }) => [
      "--mount",
      `type=bind,source=${source},target=${target}${writable ? "" : ",readonly"}`,
    ]),
    ...Object.entries(env).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
    image,
    ...argv,
  ];
  return {
    file: engine,
    args,
    env: engineEnvironment(),
    inputs: [],
    statusFd: null,
    // The limits of an engine need control groups, which a plain user may not always set: they are watched here as well.
    askPid: [engine, "inspect", "--format", "{{.State.Pid}}", name],
    lifelineFd: null,
    kill: [engine, "kill", "--signal=KILL", name],
  };
}

/** What a rootless engine finds its socket and its storage by; nothing of it goes inside. */
function engineEnvironment(): Record<string, string> {
  const names = [
    "PATH",
    "HOME",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
  ];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
