/**
 * The lock file that goes into the package: `npm pack` calls it before (`write`) and after (`remove`).
 *
 * Where the package is installed, npm does not look at our `overrides`, and would bring 600 MB of GPU binaries along with
 * node-llama-cpp. It does follow a lock file inside of the package: so this one has everything but tools and those binaries.
 * `assistant doctor` prints the command that adds them.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const file = join(root, "npm-shrinkwrap.json");

if (process.argv[2] === "remove") rmSync(file, { force: true });
else write();

function write() {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const { devDependencies, ...own } = lock.packages[""];
  const kept = Object.entries(lock.packages).filter(([path, entry]) => path !== "" && isShipped(path, entry));
  lock.packages = { "": own, ...Object.fromEntries(kept) };
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  const dropped = Object.keys(devDependencies ?? {}).length;
  process.stderr.write(`npm-shrinkwrap.json: ${kept.length} packages, without ${dropped} tools and the GPU binaries\n`);
}

/** Links are the stand-ins of the GPU binaries; a peer for its types alone is not installed either. */
function isShipped(path, { dev, devOptional, peer, link }) {
  return !dev && !devOptional && !peer && !link && !path.endsWith("gpu-stub") && !path.includes("/@typescript/");
}
