import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export type GpuBackend = "cuda" | "vulkan" | "metal";

/** GPU back ends of node-llama-cpp whose binaries are installed; on a Mac they come with the package. */
export function installedGpuBackends(): GpuBackend[] {
  if (process.platform === "darwin") return process.arch === "arm64" ? ["metal"] : [];
  const { folder } = nodeLlamaCpp();
  return (["cuda", "vulkan"] as const).filter((kind) => {
    // What stands in for them in an installation without is a package without binaries.
    const names = [`node_modules/@node-llama-cpp/${platform()}-${kind}`, `../../@node-llama-cpp/${platform()}-${kind}`];
    return names.some((name) => existsSync(join(folder, name, "bins")));
  });
}

/** Packages by kind of GPU. */
const gpuPackages = { nvidia: ["cuda", "cuda-ext"], amd: ["vulkan"] } as const;

/**
 * The command that adds node-llama-cpp's GPU binaries to an installation. `package.json` replaces them by a stub (they
 * are 600 of 730 MB), and npm refuses to put them beside it; below the folder that imports them they are found first,
 * no package file changes, and the next `npm ci` removes them.
 */
export function gpuInstallCommand(gpu: keyof typeof gpuPackages): string {
  const { version, folder } = nodeLlamaCpp();
  const packages = gpuPackages[gpu].map((kind) => `@node-llama-cpp/${platform()}-${kind}@${version}`);
  return `npm install --no-save --no-package-lock --prefix ${folder} ${packages.join(" ")}`;
}

function platform(): string {
  return `${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
}

/** The folder that holds its compiled files, and its version. */
function nodeLlamaCpp(): { version: string; folder: string } {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve("node-llama-cpp"));
  const { version } = require(join(folder, "..", "package.json")) as { version: string };
  return { version, folder };
}
