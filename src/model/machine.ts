import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { availableParallelism, cpus, freemem, totalmem } from "node:os";

export interface MachineFacts {
  /** Cores this process may use: affinity and a container's quota count. */
  cores: number;
  /** What the processor calls itself. */
  processor: string;
  /** Memory this process may use, and what of it is free now; a container's limit counts. */
  totalBytes: number;
  freeBytes: number;
  /** Vector instructions that llama.cpp has kernels for; empty where the system does not tell. */
  vectorInstructions: string[];
  /** A sign that a GPU is there, or null. Whether it is usable only loading tells. */
  gpu: "nvidia" | "amd" | "apple" | null;
}

/** Reads the machine; never fails. `root` stands in for `/` in tests. */
export async function machineFacts(root = ""): Promise<MachineFacts> {
  const cgroup = await readCgroup(root);
  const [processor] = cpus();
  return {
    cores: Math.max(1, Math.min(availableParallelism(), Math.floor(cgroup.cores))),
    processor: processor?.model ?? "unknown",
    totalBytes: Math.min(totalmem(), cgroup.limitBytes),
    freeBytes: Math.max(0, Math.min(freemem(), cgroup.freeBytes)),
    vectorInstructions: await vectorInstructions(root),
    gpu: gpuHint(root),
  };
}

interface Cgroup {
  cores: number;
  limitBytes: number;
  freeBytes: number;
}

/** Limits of the control group (version 2) that this process is in, as a container sees it; infinite without one. */
async function readCgroup(root: string): Promise<Cgroup> {
  const read = (name: string) => readFile(`${root}/sys/fs/cgroup/${name}`, "utf8").catch(() => "");
  const [quota = "", period = ""] = (await read("cpu.max")).trim().split(" ");
  const limit = numberOr(await read("memory.max"), Infinity);
  const used = numberOr(await read("memory.current"), 0);
  // Cached file pages count as used although the kernel gives them up first: a downloaded model would block itself.
  const cached = numberOr(/^inactive_file (\d+)$/m.exec(await read("memory.stat"))?.[1] ?? "", 0);
  return {
    cores: numberOr(quota, Infinity) / numberOr(period, 1),
    limitBytes: limit,
    freeBytes: limit - used + cached,
  };
}

/** cgroup files say `max` where there is no limit. */
function numberOr(text: string, otherwise: number): number {
  return /^\d+\s*$/.test(text) ? Number(text) : otherwise;
}

async function vectorInstructions(root: string): Promise<string[]> {
  const text = await readFile(`${root}/proc/cpuinfo`, "utf8").catch(() => "");
  const flags = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1]?.trim().split(" "));
  return ["avx2", "fma", "avx_vnni", "avx512f", "avx512_vnni", "asimd", "asimddp", "sve"].filter((flag) =>
    flags.has(flag),
  );
}

function gpuHint(root: string): MachineFacts["gpu"] {
  if (process.platform === "darwin" && process.arch === "arm64") return "apple";
  if (existsSync(`${root}/proc/driver/nvidia/version`) || existsSync(`${root}/dev/nvidia0`)) return "nvidia";
  if (existsSync(`${root}/dev/kfd`)) return "amd";
  return null;
}
