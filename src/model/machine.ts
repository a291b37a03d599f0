import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { availableParallelism, cpus, freemem, totalmem } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { limits } from "../shared/limits.ts";
import { readCgroup } from "./cgroup.ts";

export interface MachineFacts {
  /** Cores this process may use: affinity and a container's quota count. */
  cores: number;
  /** Cores of the whole machine without hyper-threads; `cores` where the system does not tell. */
  physicalCores: number;
  /** What the processor calls itself. */
  processor: string;
  /** Memory this process may use, and what of it is free now; a container's limit counts. */
  totalBytes: number;
  freeBytes: number;
  /** Parts of the machine with memory of their own; 1 where there is but one memory. */
  numaNodes: number;
  /** Vector instructions that llama.cpp has kernels for; empty where the system does not tell. */
  vectorInstructions: string[];
  /** A sign that a GPU is there, or null. Whether it is usable only loading tells. */
  gpu: "nvidia" | "amd" | "apple" | null;
  /** Those whose memory can be told. */
  gpus: GpuFacts[];
}

export interface GpuFacts {
  name: string;
  totalBytes: number;
  freeBytes: number;
}

/** Reads the machine; never fails. `root` stands in for `/` in tests. */
export async function machineFacts(root = ""): Promise<MachineFacts> {
  const cgroup = await readCgroup(root);
  const [processor] = cpus();
  const cores = Math.max(1, Math.min(availableParallelism(), Math.floor(cgroup.cores)));
  const gpu = gpuHint(root);
  return {
    cores,
    physicalCores: (await physicalCores(root)) ?? cores,
    processor: processor?.model ?? "unknown",
    totalBytes: Math.min(totalmem(), cgroup.limitBytes),
    freeBytes: Math.max(0, Math.min(freemem(), cgroup.freeBytes)),
    numaNodes: Math.max(1, (await entries(`${root}/sys/devices/system/node`, /^node\d+$/)).length),
    vectorInstructions: await vectorInstructions(root),
    gpu,
    gpus: gpu === "nvidia" ? await nvidiaGpus() : gpu === "amd" ? await amdGpus(root) : [],
  };
}

/** Pairs of package and core in the processor's own list; null where it does not tell (ARM, other systems). */
async function physicalCores(root: string): Promise<number | null> {
  const text = await readFile(`${root}/proc/cpuinfo`, "utf8").catch(() => "");
  const cores = new Set<string>();
  for (const block of text.split(/\n\s*\n/)) {
    const core = /^core id\s*:\s*(\d+)/m.exec(block)?.[1];
    if (core !== undefined) cores.add(`${/^physical id\s*:\s*(\d+)/m.exec(block)?.[1] ?? 0}:${core}`);
  }
  return cores.size === 0 ? null : cores.size;
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

/** Asks the driver's own tool; empty where it is missing, fails or takes too long. */
export async function nvidiaGpus(command = "nvidia-smi"): Promise<GpuFacts[]> {
  const query = ["--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits"];
  const asked = promisify(execFile)(command, query, { timeout: limits.gpuQueryMs });
  const { stdout } = await asked.catch(() => ({ stdout: "" }));
  return stdout.split("\n").flatMap((line) => {
    const [, name, total, free] = /^(.+), *(\d+), *(\d+)\s*$/.exec(line) ?? [];
    if (name === undefined) return [];
    return { name, totalBytes: Number(total) * 2 ** 20, freeBytes: Number(free) * 2 ** 20 };
  });
}

/** Cards of the AMD driver, by its files. */
async function amdGpus(root: string): Promise<GpuFacts[]> {
  const folder = `${root}/sys/class/drm`;
  const gpus: GpuFacts[] = [];
  for (const card of await entries(folder, /^card\d+$/)) {
    const number = async (file: string) =>
      Number(await readFile(join(folder, card, "device", file), "utf8").catch(() => ""));
    const totalBytes = await number("mem_info_vram_total");
    const usedBytes = await number("mem_info_vram_used");
    if (totalBytes > 0) gpus.push({ name: `AMD ${card}`, totalBytes, freeBytes: Math.max(0, totalBytes - usedBytes) });
  }
  return gpus;
}

async function entries(folder: string, name: RegExp): Promise<string[]> {
  const found = await readdir(folder).catch(() => []);
  return found.filter((entry) => name.test(entry)).sort();
}
