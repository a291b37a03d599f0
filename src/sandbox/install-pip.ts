import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Mount } from "./backend.ts";
import { cached, failureOf, type InstallContext, type Installation } from "./install-step.ts";
import type { PipRequest } from "./pip-lock.ts";
import { type PreparedDependencies, treeInside } from "./sandbox.ts";

/** Where the virtual environment lies inside, from the start: its scripts name the place. */
const environment = "/dependencies/python";

/** Installs exact versions with pip: wheels are downloaded, which runs no code of theirs, then installed without network. */
export async function installPip(request: PipRequest, context: InstallContext): Promise<PreparedDependencies> {
  const { requirements, locks, installsItself } = request;
  const nothing: PreparedDependencies = { mounts: [], path: [], env: {}, notes: [], refused: [] };
  // Sources beside the root are found as an installed package would be.
  const itself: Record<string, string> = installsItself ? { PYTHONPATH: `${treeInside}/src:${treeInside}` } : {};
  if (requirements.length === 0) return { ...nothing, env: itself };
  const packages = requirements.length === 1 ? "1 package" : `${requirements.length} packages`;
  const path = locks.join(", ");
  const { pip, extraPip, wheels } = context.registries;
  const decisive = ["pip", requirements, pip, extraPip, wheels, context.backend.tools];
  const installed = await cached(context, decisive, async (installation, result) => {
    context.onProgress(`installing ${packages} of ${path}`);
    return install(request, context, installation, result);
  });
  if (installed.folder === null) return { ...nothing, refused: [{ path, reason: installed.reason }] };
  return {
    mounts: [{ source: join(installed.folder, "python"), target: environment }],
    path: [`${environment}/bin`],
    env: { VIRTUAL_ENV: environment, ...itself },
    notes: [`pip: ${packages} of ${path}${installed.fresh ? "" : ", installed before"}`],
    refused: [],
  };
}

/** Null where it worked, else the reason. */
async function install(
  { requirements }: PipRequest,
  { registries }: InstallContext,
  { place, run }: Installation,
  result: string,
): Promise<string | null> {
  await writeFile(join(place.tree, "requirements.txt"), `${requirements.join("\n")}\n`);
  const { pip, extraPip, wheels, certificates } = registries;
  const certificate: Mount[] =
    certificates.pip === null ? [] : [{ source: certificates.pip, target: "/registries.pem", writable: false }];
  const folders = wheels.map((source) => ({ source, target: source, writable: false }));
  const downloaded = await run({
    // Sources would run their setup.py to say what they need.
    argv: [
      "python3",
      "-m",
      "pip",
      "download",
      "--quiet",
      "--only-binary=:all:",
      "--dest=wheels",
      "-r",
      "requirements.txt",
    ],
    network: true,
    mounts: [...certificate, ...folders],
    env: {
      PIP_CONFIG_FILE: "/dev/null",
      PIP_NO_CACHE_DIR: "1",
      PIP_INDEX_URL: pip,
      PIP_EXTRA_INDEX_URL: extraPip.join(" "),
      PIP_FIND_LINKS: wheels.join(" "),
      ...(certificate.length === 0 ? {} : { PIP_CERT: "/registries.pem" }),
    },
  });
  if (downloaded.exitCode !== 0) return `pip download failed: ${failureOf(downloaded)}`;
  const target = join(place.root, "python");
  await mkdir(target);
  const built = await run({
    argv: ["sh", "-euc", installScript],
    network: false,
    mounts: [{ source: target, target: environment, writable: true }],
    env: { PIP_CONFIG_FILE: "/dev/null" },
  });
  if (built.exitCode !== 0) return `pip install failed: ${failureOf(built)}`;
  await rename(target, join(result, "python"));
  return null;
}

/** A virtual environment without a pip of its own: making one needs a package that Debian does not install with Python. */
const installScript = `
python3 -m venv --without-pip ${environment}
mkdir /tmp/pip
ln -s "$(python3 -c 'import os, pip; print(os.path.dirname(pip.__file__))')" /tmp/pip/pip
PYTHONPATH=/tmp/pip ${environment}/bin/python -m pip install --quiet --no-index --find-links wheels --ignore-installed -r requirements.txt
`;
