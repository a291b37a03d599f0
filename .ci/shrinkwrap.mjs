/**
 * The lock file that goes into the package: `npm pack` calls this before (`write`) and after (`remove`). npm packs no
 * package-lock.json, and takes a npm-shrinkwrap.json for one: with it `npm ci` in the unpacked package installs the very
 * versions that were tested, and heeds our `overrides`, which keep 600 MB of GPU binaries away.
 */
import { copyFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const file = join(root, "npm-shrinkwrap.json");

if (process.argv[2] === "remove") rmSync(file, { force: true });
else copyFileSync(join(root, "package-lock.json"), file);
