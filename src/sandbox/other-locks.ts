import type { ReadFile } from "../edits/edit.ts";
import type { PreparedDependencies } from "./sandbox.ts";

/** What is not read here, and what people can do about it. */
const unread: Record<string, string> = {
  "yarn.lock": "dependencies are prepared from npm's lock file alone; add a package-lock.json",
  "pnpm-lock.yaml": "dependencies are prepared from npm's lock file alone; add a package-lock.json",
  "bun.lock": "dependencies are prepared from npm's lock file alone; add a package-lock.json",
  "poetry.lock": "write a requirements.txt from it (poetry export)",
  "uv.lock": "write a requirements.txt from it (uv export)",
  "pdm.lock": "write a requirements.txt from it (pdm export)",
  "pylock.toml": "write a requirements.txt with exact versions",
  "Cargo.lock": "crates are not fetched; commit them (cargo vendor)",
  "go.sum": "modules are not fetched; commit them (go mod vendor)",
  "Gemfile.lock": "gems are not fetched; commit them (bundle cache)",
  "composer.lock": "Composer's packages are not fetched",
};
const ofNode = new Set(["yarn.lock", "pnpm-lock.yaml", "bun.lock"]);
const ofPython = new Set(["poetry.lock", "uv.lock", "pdm.lock", "pylock.toml"]);

/** Lock files that ask for something that is not done, and manifests without any. */
export async function otherLocks(
  read: ReadFile,
  has: { npm: boolean; pip: boolean },
): Promise<PreparedDependencies["refused"]> {
  const refused: PreparedDependencies["refused"] = [];
  for (const [path, reason] of Object.entries(unread)) {
    if ((has.npm && ofNode.has(path)) || (has.pip && ofPython.has(path))) continue;
    if ((await read(path)) !== null) refused.push({ path, reason });
  }
  const others = new Set(refused.map(({ path }) => path));
  if (!has.npm && ![...ofNode].some((path) => others.has(path)) && hasPackages(await read("package.json"))) {
    refused.push({
      path: "package.json",
      reason: "it names packages, but there is no lock file that says which versions",
    });
  }
  if (!has.pip && ![...ofPython].some((path) => others.has(path)) && namesPackages(await read("pyproject.toml"))) {
    refused.push({
      path: "pyproject.toml",
      reason: "it names packages, but there is no requirements.txt with exact versions",
    });
  }
  return refused;
}

function hasPackages(manifest: string | null): boolean {
  if (manifest === null) return false;
  try {
    const { dependencies, devDependencies } = JSON.parse(manifest) as Record<string, object | undefined>;
    return Object.keys({ ...dependencies, ...devDependencies }).length > 0;
  } catch {
    return false;
  }
}

function namesPackages(project: string | null): boolean {
  return project !== null && /^dependencies\s*=\s*\[\s*["']/m.test(project);
}
