import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { installedModels } from "./installed.ts";
import { machineFacts, type MachineFacts } from "./machine.ts";

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

/** GPU binaries of node-llama-cpp by kind of GPU; on a Mac they come with the package. */
const gpuPackages = { nvidia: ["cuda", "cuda-ext"], amd: ["vulkan"], none: ["vulkan"] } as const;

function gpuRow(gpu: MachineFacts["gpu"]): DoctorRow {
  if (gpu === "apple") return { name: "GPU", state: "ok", value: "Apple, supported as installed", remedy: null };
  const value = gpu === null ? "none seen" : `${gpu}; its binaries are left out of the installation`;
  return { name: "GPU", state: "note", value, remedy: `To add the GPU binaries: ${gpuInstallCommand(gpu ?? "none")}` };
}

/**
 * The command that adds node-llama-cpp's GPU binaries to an installation. `package.json` replaces them by a stub (they
 * are 600 of 730 MB), and npm refuses to put them beside it; below the folder that imports them they are found first,
 * no package file changes, and the next `npm ci` removes them.
 */
export function gpuInstallCommand(gpu: keyof typeof gpuPackages): string {
  const { version, folder } = nodeLlamaCpp();
  const platform = `${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const packages = gpuPackages[gpu].map((kind) => `@node-llama-cpp/${platform}-${kind}@${version}`);
  return `npm install --no-save --no-package-lock --prefix ${folder} ${packages.join(" ")}`;
}

/** The folder that holds its compiled files, and its version. */
function nodeLlamaCpp(): { version: string; folder: string } {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve("node-llama-cpp"));
  const { version } = require(join(folder, "..", "package.json")) as { version: string };
  return { version, folder };
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}
