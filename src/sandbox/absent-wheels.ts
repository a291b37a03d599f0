import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Installation } from "./install-step.ts";
import type { ConfinedRun } from "./run-confined.ts";

/** A package that no index has as a wheel for this Python and machine. */
interface AbsentWheel {
  /** As the requirement names it. */
  name: string;
  /** One that satisfies the requirement. */
  version: string;
}

/** Of the tree: where empty packages lie that stand in for absent ones. */
export const standInFolder = "stand-ins";

/**
 * Which package pip found no wheel of; null where it failed for anything else. A registry that did not answer looks the same in
 * pip's last line, so that whatever was said of connections before counts as well.
 */
export function absentWheelIn({ exitCode, outputTail, errorLines }: ConfinedRun): AbsentWheel | null {
  const said = [outputTail, ...errorLines].join("\n");
  if (exitCode === null || /Retry\(|ConnectionError|ProxyError|allowed registries/.test(said)) return null;
  const found = /No matching distribution found for ([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?([^\n;(]*)/.exec(said);
  if (found === null) return null;
  const [, name = "", wanted = ""] = found;
  return { name, version: /(?:={2,3}|>=|~=)\s*([\w.!+]+)/.exec(wanted)?.[1] ?? "0" };
}

/**
 * Makes an empty wheel of that name, so that pip can go on with everything else, also with what depends on it. Nothing of it may
 * be left in the end. Returns its SHA-256; null where it cannot be made.
 */
export async function standInFor({ name, version }: AbsentWheel, { place, run }: Installation): Promise<string | null> {
  const escaped = name.toLowerCase().replace(/[-_.]+/g, "_");
  const file = join(standInFolder, `${escaped}-${version.replaceAll("-", "_")}-py3-none-any.whl`);
  const argv = [
    "python3",
    "-c",
    makeWheel,
    file,
    `${escaped}-${version.replaceAll("-", "_")}.dist-info`,
    name,
    version,
  ];
  const made = await run({ argv, network: false, env: {} });
  if (made.exitCode !== 0) return null;
  return createHash("sha256")
    .update(await readFile(join(place.tree, file)))
    .digest("hex");
}

/** The layout of a wheel: packaging.python.org/specifications/binary-distribution-format. */
const makeWheel = `
import os, sys, zipfile
file, info, name, version = sys.argv[1:]
os.makedirs(os.path.dirname(file), exist_ok=True)
with zipfile.ZipFile(file, "w") as wheel:
    wheel.writestr(info + "/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
    wheel.writestr(info + "/WHEEL", "Wheel-Version: 1.0\\nGenerator: stand-in\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "/RECORD", "".join(f"{info}/{one},,\\n" for one in ("METADATA", "WHEEL", "RECORD")))
`;
