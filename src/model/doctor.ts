import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { gpuInstallCommand } from "./gpu-binaries.ts";
import { installedModels } from "./installed.ts";
import { machineFacts, type MachineFacts } from "./machine.ts";

export { gpuInstallCommand };

export interface DoctorRow {
  name: string;
  /** `ok`; `missing`, something does not work without it; `note`, nothing is wrong. */
  state: "ok" | "missing" | "note";
  value: string;
  /** What to do about it; null where there is nothing to do. */
  remedy: string | null;
}

/** Tools, machine and models, for `assistant doctor`. Never fails. */
export async function modelDoctor(modelsDir: string): Promise<DoctorRow[]> {
  const machine = await machineFacts();
  return [
    { name: "Node.js", state: "ok", value: process.version, remedy: null },
    await tool("git", ["git"], "missing", "Install git 2.34 or newer."),
    await tool("python3", ["python3"], "note", "Only needed to download the default model without the model hub."),
    await tool("C++ compiler", ["c++", "g++", "clang++"], "note", "Only needed for the faster native kernel."),
    machineRow(machine),
    await modelsRow(modelsDir),
    gpuRow(machine.gpu),
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

function machineRow({ cores, freeBytes, totalBytes, processor, vectorInstructions }: MachineFacts): DoctorRow {
  const memory = `${gigabytes(freeBytes)} of ${gigabytes(totalBytes)} GB memory free`;
  const vectors = vectorInstructions.length > 0 ? ` (${vectorInstructions.join(", ")})` : "";
  return { name: "machine", state: "ok", value: `${cores} cores, ${memory}, ${processor}${vectors}`, remedy: null };
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

function gpuRow(gpu: MachineFacts["gpu"]): DoctorRow {
  if (gpu === "apple") return { name: "GPU", state: "ok", value: "Apple, supported as installed", remedy: null };
  const value = gpu === null ? "none seen" : `${gpu}; its binaries are left out of the installation`;
  return { name: "GPU", state: "note", value, remedy: `To add the GPU binaries: ${gpuInstallCommand(gpu ?? "none")}` };
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}
