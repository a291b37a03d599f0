import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { PeerAnswers, PeerLoaded, PeerRequest, TokenQuery } from "./peer.ts";

/** A peer that runs in a process of its own and has loaded a token file. */
export interface PeerProcess {
  name: string;
  loaded: PeerLoaded;
  ask(queries: readonly TokenQuery[], k: number): Promise<PeerAnswers>;
  close(): void;
}

const beside = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Old space of a peer's process, MB: a million chunks in arrays of numbers take several gigabytes. */
const heapMegabytes = 12_000;

/** Why a peer cannot run here, or null. */
export function missingPeer(name: string, python: string): string | null {
  if (name !== "tantivy") return null;
  const { status, error } = spawnSync(python, ["-c", "import tantivy"], { stdio: "ignore" });
  if (error !== undefined) return `there is no ${python}`;
  return status === 0 ? null : "its Python package is not installed (pip install tantivy)";
}

export async function startPeer(name: string, tokenFile: string, python: string): Promise<PeerProcess> {
  const [command, args] =
    name === "tantivy"
      ? [python, [beside("tantivy_peer.py")]]
      : [process.execPath, ["--import", "tsx", `--max-old-space-size=${heapMegabytes}`, beside("serve-peer.ts"), name]];
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const request = requester(name, child);
  const loaded = (await request({ load: tokenFile })) as PeerLoaded;
  return {
    name,
    loaded,
    ask: async (queries, k) => (await request({ queries: [...queries], k })) as PeerAnswers,
    close: () => void child.kill(),
  };
}

function requester(name: string, child: ChildProcess): (request: PeerRequest) => Promise<unknown> {
  if (child.stdin === null || child.stdout === null) throw new Error("a peer has no pipes");
  const { stdin } = child;
  stdin.on("error", () => {}); // a peer that ended early is told of by the missing answer
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async (request) => {
    stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error(`the peer ${name} ended without an answer`);
    return JSON.parse(value);
  };
}
