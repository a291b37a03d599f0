import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { ModelSettings } from "../config/server-config.ts";
import { gpuInstallCommand, installedGpuBackends } from "./gpu-binaries.ts";
import { installedModels } from "./installed.ts";
import { machineFacts, type MachineFacts } from "./machine.ts";
import type { ModelRole } from "./model.ts";
import { reportRole, type RoleReport, type RoleReportOptions } from "./role-report.ts";

export interface DoctorRow {
  name: string;
  /** `ok`; `missing`, something does not work without it; `note`, nothing is wrong. */
  state: "ok" | "missing" | "note";
  value: string;
  /** What to do about it; null where there is nothing to do. */
  remedy: string | null;
}

/**
 * Tools, machine and models, for `assistant doctor`; with the configuration also which model each role gets and whether they
 * fit. Never fails.
 */
export async function modelDoctor(modelsDir: string, models?: ModelSettings): Promise<DoctorRow[]> {
  const machine = await machineFacts();
  return [
    { name: "Node.js", state: "ok", value: process.version, remedy: null },
    oldGit(await tool("git", ["git"], "missing", newerGit)),
    await tool("python3", ["python3"], "note", "Only needed to download the default model without the model hub."),
    await tool("C++ compiler", ["c++", "g++", "clang++"], "note", "Only needed for the faster native kernel."),
    machineRow(machine),
    ...(models === undefined ? [] : numaRow(machine, models)),
    await modelsRow(modelsDir),
    ...(models === undefined ? [] : await roleRows({ models, modelsDir, machine })),
    gpuRow(machine),
  ];
}

async function tool(
  name: string,
  commands: string[],
  stateWithout: DoctorRow["state"],
  remedy: string,
): Promise<DoctorRow> {
  for (const command of commands) {
    const version = await promisify(execFile)(command, ["--version"]).catch(() => null);
    if (version !== null) return { name, state: "ok", value: version.stdout.split("\n")[0] ?? "", remedy: null };
  }
  return { name, state: stateWithout, value: "not found", remedy };
}

const newerGit = "Install git 2.34 or newer.";

/** An older one lacks what objects are read with; what tells no version is taken as it is. */
export function oldGit(row: DoctorRow): DoctorRow {
  const [, major, minor] = (/version (\d+)\.(\d+)/.exec(row.value) ?? []).map(Number);
  const isOld = major !== undefined && minor !== undefined && (major < 2 || (major === 2 && minor < 34));
  return isOld ? { ...row, state: "missing", remedy: newerGit } : row;
}

function machineRow(machine: MachineFacts): DoctorRow {
  const { cores, physicalCores, freeBytes, totalBytes, processor, vectorInstructions } = machine;
  const memory = `${gigabytes(freeBytes)} of ${gigabytes(totalBytes)} GB memory free`;
  // Hyper-threads add little to what llama.cpp computes.
  const threads = physicalCores < cores ? ` (${physicalCores} physical)` : "";
  const vectors = vectorInstructions.length > 0 ? ` (${vectorInstructions.join(", ")})` : "";
  return {
    name: "machine",
    state: "ok",
    value: `${cores} cores${threads}, ${memory}, ${processor}${vectors}`,
    remedy: null,
  };
}

async function modelsRow(modelsDir: string): Promise<DoctorRow> {
  const models = await installedModels(modelsDir);
  if (models.length === 0) {
    return { name: "models", state: "note", value: "none installed", remedy: "Run `assistant models pull`." };
  }
  const names = models.map(({ path, entry, bytes }) => {
    const verified = entry?.sha256 ? "" : ", unverified";
    return `${entry?.name ?? path} (${Math.round(bytes / 1e6)} MB${verified})`;
  });
  return { name: "models", state: "ok", value: names.join(", "), remedy: null };
}

/** Only where there is something to decide. */
export function numaRow({ numaNodes }: Pick<MachineFacts, "numaNodes">, { llama }: ModelSettings): DoctorRow[] {
  if (numaNodes < 2) return [];
  const value = `${numaNodes} nodes, models.llama.numa is ${llama.numa}`;
  if (llama.numa !== false) return [{ name: "NUMA", state: "ok", value, remedy: null }];
  const remedy = "Set models.llama.numa to distribute, and compare with `assistant models bench`.";
  return [{ name: "NUMA", state: "note", value, remedy }];
}

/** Which model each role gets, and whether both have room at once. */
export async function roleRows(options: RoleReportOptions): Promise<DoctorRow[]> {
  const [coding, research] = [await reportRole("coding", options), await reportRole("research", options)];
  const rows = [roleRow("coding", coding, options), roleRow("research", research, options)];
  const together = coding.key === research.key ? 0 : coding.leastBytes + research.leastBytes;
  if (together <= options.machine.freeBytes) return rows;
  return [
    ...rows,
    {
      name: "model memory",
      state: "note",
      value: `${Math.round(together / 1e6)} MB for both models, ${Math.round(options.machine.freeBytes / 1e6)} MB are free: they are loaded in turns`,
      remedy: "Give both roles one model, or smaller ones, if that is too slow.",
    },
  ];
}

function roleRow(role: ModelRole, report: RoleReport, { models }: RoleReportOptions): DoctorRow {
  const name = `${role} model`;
  const reasons = report.missing.map(({ reason }) => reason).join("; ");
  const remedy = report.missing[0]?.remedy ?? null;
  if (report.model !== null) {
    const value = reasons === "" ? report.model : `${report.model} (before it: ${reasons})`;
    return { name, state: remedy === null ? "ok" : "note", value, remedy };
  }
  // Nobody asked for a certain model where it is left to the machine: everything works without.
  return { name, state: models[role] === "auto" ? "note" : "missing", value: reasons, remedy };
}

export function gpuRow(
  { gpu, gpus }: Pick<MachineFacts, "gpu" | "gpus">,
  backends = installedGpuBackends(),
): DoctorRow {
  if (gpu === "apple") return { name: "GPU", state: "ok", value: "Apple, supported as installed", remedy: null };
  if (gpu === null) return { name: "GPU", state: "ok", value: "none seen, and none is needed", remedy: null };
  const seen = gpus.map((one) => `${one.name} (${gigabytes(one.freeBytes)} of ${gigabytes(one.totalBytes)} GB free)`);
  const what = seen.length > 0 ? seen.join(", ") : gpu;
  if (backends.length > 0) return { name: "GPU", state: "ok", value: `${what}; ${backends.join(", ")}`, remedy: null };
  const value = `${what}; its binaries are left out of the installation`;
  return { name: "GPU", state: "note", value, remedy: `To add the GPU binaries: ${gpuInstallCommand(gpu)}` };
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}
