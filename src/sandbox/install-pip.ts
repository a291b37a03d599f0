import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { limits } from "../shared/limits.ts";
import { absentWheelIn, standInFolder, standInFor } from "./absent-wheels.ts";
import type { Mount } from "./backend.ts";
import { cached, failureOf, type InstallContext, type Installation } from "./install-step.ts";
import type { PipRequest } from "./pip-lock.ts";
import type { Registries } from "./registries.ts";
import { type PreparedDependencies, treeInside } from "./sandbox.ts";

/** Where the virtual environment lies inside, from the start: its scripts name the place. */
const environment = "/dependencies/python";

/**
 * Installs exact versions with pip: wheels are downloaded, which runs no code of theirs, then installed without network. What has
 * no wheel is left out and named; everything else is installed, also what depends on it.
 */
export async function installPip(request: PipRequest, context: InstallContext): Promise<PreparedDependencies> {
  const { requirements, locks, installsItself } = request;
  const nothing: PreparedDependencies = { mounts: [], path: [], env: {}, notes: [], refused: [] };
  // Sources beside the root are found as an installed package would be.
  const itself: Record<string, string> = installsItself ? { PYTHONPATH: `${treeInside}/src:${treeInside}` } : {};
  if (requirements.length === 0) return { ...nothing, env: itself };
  const packages = requirements.length === 1 ? "1 package" : `${requirements.length} packages`;
  const path = locks.join(", ");
  const { pip, extraPip, wheels } = context.registries;
  const decisive = ["pip", absentFile, requirements, pip, extraPip, wheels, context.backend.tools];
  const installed = await cached(context, decisive, async (installation, result) => {
    context.onProgress(`installing ${packages} of ${path}`);
    return install(request, context, installation, result);
  });
  if (installed.folder === null) return { ...nothing, refused: [{ path, reason: installed.reason }] };
  const absent = await readAbsent(installed.folder);
  const but = absent.length === 0 ? "" : `, without ${absent.join(", ")}`;
  return {
    mounts: [{ source: join(installed.folder, "python"), target: environment }],
    path: [`${environment}/bin`],
    env: { VIRTUAL_ENV: environment, ...itself },
    notes: [`pip: ${packages} of ${path}${but}${installed.fresh ? "" : ", installed before"}`],
    refused: absent.map((name) => ({
      path: `${name} (${path})`,
      reason: "no registry has a wheel of it for this Python and machine; everything else is there",
    })),
  };
}

/** Of the folder of an installation: names of what is not in it. */
const absentFile = "absent.json";

async function readAbsent(folder: string): Promise<string[]> {
  return JSON.parse(await readFile(join(folder, absentFile), "utf8")) as string[];
}

/** Null where it worked, else the reason. */
async function install(
  { requirements }: PipRequest,
  { registries }: InstallContext,
  installation: Installation,
  result: string,
): Promise<string | null> {
  const { place, run } = installation;
  await mkdir(join(place.tree, standInFolder));
  const absent = new Map<string, string>();
  let lines = requirements;
  for (;;) {
    await writeFile(join(place.tree, "requirements.txt"), `${lines.join("\n")}\n`);
    const downloaded = await run(download(registries));
    if (downloaded.exitCode === 0) break;
    const failed = `pip download failed: ${failureOf(downloaded)}`;
    const one = absentWheelIn(downloaded);
    if (one === null || absent.has(one.name) || absent.size >= limits.absentWheels) return failed;
    const sha256 = await standInFor(one, installation);
    if (sha256 === null) return failed;
    const pinned = `${one.name}==${one.version}`;
    absent.set(one.name, lines.some((line) => isOf(line, one)) ? pinned : one.name);
    lines = lines.map((line) =>
      line.includes("--hash=") && isOf(line, one) ? `${line} --hash=sha256:${sha256}` : line,
    );
    if (absent.size === lines.length) return failed;
  }
  const target = join(place.root, "python");
  await mkdir(target);
  const built = await run({
    argv: ["sh", "-euc", installScript, "sh", ...absent.keys()],
    network: false,
    mounts: [{ source: target, target: environment, writable: true }],
    env: { PIP_CONFIG_FILE: "/dev/null" },
  });
  if (built.exitCode !== 0) return `pip install failed: ${failureOf(built)}`;
  await writeFile(join(result, absentFile), JSON.stringify([...absent.values()]));
  await rename(target, join(result, "python"));
  return null;
}

/** Whether a line pins that very version. */
function isOf(line: string, { name, version }: { name: string; version: string }): boolean {
  const [, own, , pinned] = /^([\w.-]+)(\[[^\]]*\])?={2,3}([\w.!+-]+)/.exec(line) ?? [];
  const normal = (text: string): string => text.toLowerCase().replace(/[-_.]+/g, "-");
  return own !== undefined && normal(own) === normal(name) && pinned === version;
}

function download({ pip, extraPip, wheels, certificates }: Registries) {
  const certificate: Mount[] =
    certificates.pip === null ? [] : [{ source: certificates.pip, target: "/registries.pem", writable: false }];
  const folders = wheels.map((source) => ({ source, target: source, writable: false }));
  // Sources would run their setup.py to say what they need.
  const options = ["--quiet", "--only-binary=:all:", "--dest=wheels"];
  return {
    argv: ["python3", "-m", "pip", "download", ...options, "-r", "requirements.txt"],
    network: true,
    mounts: [...certificate, ...folders],
    env: {
      PIP_CONFIG_FILE: "/dev/null",
      PIP_NO_CACHE_DIR: "1",
      PIP_INDEX_URL: pip,
      PIP_EXTRA_INDEX_URL: extraPip.join(" "),
      PIP_FIND_LINKS: [standInFolder, ...wheels].join(" "),
      ...(certificate.length === 0 ? {} : { PIP_CERT: "/registries.pem" }),
    },
  };
}

/**
 * A virtual environment without a pip of its own: making one needs a package that Debian does not install with Python. What only
 * stood in for something is taken out again: whoever looks for it shall not find it.
 */
const installScript = `
python3 -m venv --without-pip ${environment}
mkdir /tmp/pip
ln -s "$(python3 -c 'import os, pip; print(os.path.dirname(pip.__file__))')" /tmp/pip/pip
PYTHONPATH=/tmp/pip ${environment}/bin/python -m pip install --quiet --no-index --find-links wheels --ignore-installed -r requirements.txt
if [ $# -gt 0 ]; then PYTHONPATH=/tmp/pip ${environment}/bin/python -m pip uninstall --quiet --yes "$@"; fi
`;
