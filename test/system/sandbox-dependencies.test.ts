import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findSandbox } from "../../src/sandbox/find-sandbox.ts";
import { gitTree } from "../../src/sandbox/git-tree.ts";
import { openSandbox } from "../../src/sandbox/open-sandbox.ts";
import { prepareDependencies } from "../../src/sandbox/prepare-dependencies.ts";
import type { PreparedDependencies, SandboxRun, SandboxSettings } from "../../src/sandbox/sandbox.ts";
import { createRepository } from "../helpers/git-repository.ts";
import { namesIn, type PackageRegistry, startPackageRegistry } from "../helpers/package-registry.ts";
import { openSandboxScene, type SandboxScene } from "../helpers/sandbox-scene.ts";

const found = await findSandbox();
const reason = found.description === null ? ` (no sandbox here: ${found.reason})` : "";

/** Whether a program of this machine gets an answer from the registry that it is configured for. */
function answers(program: string, args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore", timeout: 60_000 });
    return true;
  } catch {
    return false;
  }
}
const hasPip = answers("python3", ["-m", "pip", "--version"]);

let cache: string;
beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), "dependencies-"));
});
afterAll(() => rmSync(cache, { recursive: true, force: true }));

async function inSandbox(
  files: Record<string, string>,
  dependencies: PreparedDependencies,
  line: string,
): Promise<SandboxRun> {
  const repository = createRepository();
  try {
    for (const [path, text] of Object.entries(files)) repository.write(path, text);
    const commit = repository.commit("all");
    const sandbox = await openSandbox(gitTree({ gitDir: join(repository.dir, ".git"), commit }), { dependencies });
    try {
      return await sandbox.run({ name: "test", run: line });
    } finally {
      await sandbox.close();
    }
  } finally {
    repository.dispose();
  }
}

const reading = (files: Record<string, string>) => async (path: string) => files[path] ?? null;

function npmFiles(resolved: string, integrity: string): Record<string, string> {
  const dependencies = { greeting: "1.0.0" };
  const lock = {
    name: "app",
    version: "1.0.0",
    lockfileVersion: 3,
    requires: true,
    packages: {
      "": { name: "app", version: "1.0.0", dependencies },
      "node_modules/greeting": {
        version: "1.0.0",
        resolved,
        integrity,
        hasInstallScript: true,
        bin: { greet: "index.js" },
      },
    },
  };
  return {
    "package.json": JSON.stringify({ name: "app", version: "1.0.0", dependencies }),
    "package-lock.json": JSON.stringify(lock),
  };
}

describe.skipIf(found.description === null)(`dependencies in the sandbox${reason}`, () => {
  let scene: SandboxScene;
  let registry: PackageRegistry;
  let settings: SandboxSettings;
  beforeAll(async () => {
    scene = await openSandboxScene();
    const { tokenFile, tcpPort, outside, socketPath } = scene;
    registry = await startPackageRegistry(`
      echo built >built.txt
      env >found.txt; cat ${tokenFile} /proc/*/environ >>found.txt
      echo x >${outside}/new
      node -e 'for (const to of [${tcpPort}, "${socketPath}"]) require("net").connect(to).on("error", () => {})'
      ln -s ${outside} ../.cache
      true
    `);
    settings = { registries: [registry.url, registry.index], tools: [] };
  });
  afterAll(async () => {
    await registry?.close();
    await scene?.dispose();
  });

  it("come from the allowed registry through the proxy, and scripts of theirs run without network", async () => {
    const files = npmFiles(`${registry.url}greeting/-/greeting-1.0.0.tgz`, registry.integrity);
    const lines: string[] = [];
    const onProgress = (line: string) => lines.push(line);
    const dependencies = await prepareDependencies(reading(files), { cache, settings, onProgress });
    expect(dependencies).toMatchObject({ refused: [], notes: ["npm: 1 package of package-lock.json"] });
    expect(lines[0]).toBe("installing 1 package of package-lock.json");
    expect(registry.requests.length).toBeGreaterThan(0);
    expect(registry.requests.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
    expect(scene.effects()).toEqual([]);

    const line =
      "greet; cat node_modules/greeting/built.txt node_modules/greeting/found.txt; touch node_modules/x; touch node_modules/.cache/x && echo cache; ls -a node_modules/.cache";
    const run = await inSandbox(files, dependencies, line);
    expect(run.outputTail).toContain("hello from npm\nbuilt\n");
    expect(run.outputTail).toContain("Read-only file system");
    expect(run.outputTail).toContain("cache\n");
    expect(run.outputTail).not.toContain(scene.token);
    expect(scene.effects()).toEqual([]);
  });

  it("are taken from the cache the second time", async () => {
    const files = npmFiles(`${registry.url}greeting/-/greeting-1.0.0.tgz`, registry.integrity);
    await prepareDependencies(reading(files), { cache, settings });
    const before = registry.requests.length;
    const again = await prepareDependencies(reading(files), { cache, settings });
    expect(again.notes).toEqual(["npm: 1 package of package-lock.json, installed before"]);
    expect(registry.requests.length).toBe(before);
    expect(namesIn(cache).filter((name) => name.startsWith("assistant-sandbox-"))).toEqual([]);
  });

  it("are refused from elsewhere, before anything is asked", async () => {
    const elsewhere = `http://127.0.0.1:${scene.tcpPort}/greeting-1.0.0.tgz`;
    const dependencies = await prepareDependencies(reading(npmFiles(elsewhere, registry.integrity)), {
      cache,
      settings,
    });
    expect(dependencies.mounts).toEqual([]);
    expect(dependencies.refused).toEqual([
      {
        path: "package-lock.json",
        reason: `greeting comes from ${elsewhere}, which is not among the allowed registries`,
      },
    ]);
    expect(scene.effects()).toEqual([]);
  });

  it("are refused where the bytes are not those of the lock file", async () => {
    const integrity = `sha512-${Buffer.alloc(64).toString("base64")}`;
    const files = npmFiles(`${registry.url}greeting/-/greeting-1.0.0.tgz`, integrity);
    const { mounts, refused } = await prepareDependencies(reading(files), { cache, settings });
    expect(mounts).toEqual([]);
    expect(refused[0]?.reason).toMatch(/npm ci failed: .*EINTEGRITY/);
  });

  it("reach nothing that the registry sends them to", async () => {
    const other = await startPackageRegistry("");
    try {
      // The lock file does not say where it comes from: npm asks the registry, which is not the allowed one here.
      const { "package.json": manifest = "", "package-lock.json": lock = "" } = npmFiles("x", other.integrity);
      const files = { "package.json": manifest, "package-lock.json": lock.replace('"resolved":"x",', "") };
      const allowed = { registries: ["http://127.0.0.1:9/"], tools: [] };
      const { mounts, refused } = await prepareDependencies(reading(files), { cache, settings: allowed });
      expect(mounts).toEqual([]);
      expect(refused).toHaveLength(1);
      expect(other.requests).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it("stop when they are told to", async () => {
    const files = npmFiles(`${registry.url}greeting/-/greeting-1.0.0.tgz`, registry.integrity);
    files["package.json"] = files["package.json"]?.replace('"app"', '"another"') ?? "";
    const stopped = new Error("stopped");
    const signal = AbortSignal.abort(stopped);
    await expect(prepareDependencies(reading(files), { cache, settings, signal })).rejects.toBe(stopped);
  });

  const pip = hasPip ? "" : " (not run: there is no pip)";
  it(`of pip come as wheels, into an environment of their own${pip}`, async () => {
    if (!hasPip) return;
    const files = { "requirements.txt": "greeting-py==1.0\n" };
    const dependencies = await prepareDependencies(reading(files), { cache, settings });
    expect(dependencies).toMatchObject({ refused: [], notes: ["pip: 1 package of requirements.txt"] });
    const run = await inSandbox(
      files,
      dependencies,
      "greet-py; python -c 'import greeting_py, sys; print(sys.prefix)'",
    );
    expect(run.outputTail).toBe("hello from pip\n/dependencies/python\n");
    expect(scene.effects()).toEqual([]);
  });

  it(`of pip that have no wheel are refused${pip}`, async () => {
    if (!hasPip) return;
    const { mounts, refused } = await prepareDependencies(reading({ "requirements.txt": "nothing-there==1.0" }), {
      cache,
      settings,
    });
    expect(mounts).toEqual([]);
    expect(refused[0]).toMatchObject({
      path: "requirements.txt",
      reason: expect.stringMatching(/No matching distribution/),
    });
  });

  it(`of pip come without what has no wheel, which is named each time${pip}`, async () => {
    if (!hasPip) return;
    const files = { "requirements.txt": "nothing-there==1.0\ngreeting-py==1.0\nnor.this==2.1\n" };
    const missing = ["nothing-there==1.0", "nor.this==2.1"];
    for (const when of ["", ", installed before"]) {
      const { notes, refused, mounts } = await prepareDependencies(reading(files), { cache, settings });
      expect(notes).toEqual([`pip: 3 packages of requirements.txt, without ${missing.join(", ")}${when}`]);
      expect(refused.map(({ path }) => path)).toEqual(missing.map((name) => `${name} (requirements.txt)`));
      expect(mounts).toHaveLength(1);
    }
    const dependencies = await prepareDependencies(reading(files), { cache, settings });
    const line =
      "greet-py; python -c 'from importlib import metadata; print([d.name for d in metadata.distributions()])'";
    expect((await inSandbox(files, dependencies, line)).outputTail).toBe("hello from pip\n['greeting-py']\n");
  });

  it(`of pip with hashes hold what stands in for a package to its own${pip}`, async () => {
    if (!hasPip) return;
    const hash = `--hash=sha256:${"0".repeat(64)}`;
    const files = {
      "requirements.txt": `nothing-there==1.0 ${hash}\ngreeting-py==1.0 --hash=sha256:${registry.wheel}\n`,
    };
    const { notes } = await prepareDependencies(reading(files), { cache, settings });
    expect(notes).toEqual(["pip: 2 packages of requirements.txt, without nothing-there==1.0"]);
    const forged = { "requirements.txt": `nothing-there==1.0 ${hash}\ngreeting-py==1.0 ${hash}\n` };
    const { mounts, refused } = await prepareDependencies(reading(forged), { cache, settings });
    expect(mounts).toEqual([]);
    expect(refused[0]?.reason).toMatch(/HASH/i);
  });
});

describe.skipIf(found.description === null)(`real projects${reason}`, () => {
  const npmAnswers = answers("npm", ["view", "is-odd@3.0.1", "version", "--fetch-retries=0"]);
  it(`of npm: installs and tests${npmAnswers ? "" : " (not run: no registry answers)"}`, async () => {
    if (!npmAnswers) return;
    const files = { ...npmProject };
    const dependencies = await prepareDependencies(reading(files), { cache });
    expect(dependencies).toMatchObject({ refused: [], notes: ["npm: 2 packages of package-lock.json"] });
    const run = await inSandbox(files, dependencies, "npm test");
    expect(run).toMatchObject({ exitCode: 0, limitHit: null });
    expect(run.outputTail).toMatch(/pass 1/);
    const broken = await inSandbox({ ...files, "odd.js": "export const odd = () => 1;\n" }, dependencies, "npm test");
    expect(broken.exitCode).toBe(1);
    expect(broken.errorLines.join("\n")).toMatch(/AssertionError|not ok|Expected values/);
  });

  const pipAnswers =
    hasPip &&
    answers("python3", [
      "-m",
      "pip",
      "download",
      "--quiet",
      "--no-deps",
      "--dest",
      mkdtempSync(join(tmpdir(), "probe-")),
      "--retries",
      "0",
      "iniconfig==2.1.0",
    ]);
  it(`of pip, with hashes: installs and tests${pipAnswers ? "" : " (not run: no registry answers)"}`, async () => {
    if (!pipAnswers) return;
    const dependencies = await prepareDependencies(reading(pipProject), { cache });
    expect(dependencies).toMatchObject({ refused: [], notes: ["pip: 4 packages of requirements.txt"] });
    const run = await inSandbox(pipProject, dependencies, "pytest -q");
    expect(run.outputTail).toMatch(/1 failed, 1 passed/);
    expect(run.errorLines).toEqual(["E       assert 1 == 2", "FAILED test_sum.py::test_bad - assert 1 == 2"]);
  });
});

const npmProject: Record<string, string> = {
  "package.json": JSON.stringify({
    name: "project",
    version: "1.0.0",
    type: "module",
    scripts: { test: "node --test" },
    dependencies: { "is-odd": "3.0.1" },
  }),
  "package-lock.json": JSON.stringify({
    name: "project",
    version: "1.0.0",
    lockfileVersion: 3,
    requires: true,
    packages: {
      "": { name: "project", version: "1.0.0", dependencies: { "is-odd": "3.0.1" } },
      "node_modules/is-number": {
        version: "6.0.0",
        integrity: "sha512-Wu1VHeILBK8KAWJUAiSZQX94GmOE45Rg6/538fKwiloUu21KncEkYGPqob2oSZ5mUT73vLGrHQjKw3KMPwfDzg==",
      },
      "node_modules/is-odd": {
        version: "3.0.1",
        integrity: "sha512-CQpnWPrDwmP1+SMHXZhtLtJv90yiyVfluGsX5iNCVkrhQtU3TQHsUWPG9wkdk9Lgd5yNpAg9jQEo90CBaXgWMA==",
        dependencies: { "is-number": "^6.0.0" },
      },
    },
  }),
  "odd.js": 'import isOdd from "is-odd";\n\nexport const odd = (n) => isOdd(n);\n',
  "odd.test.js":
    'import { equal } from "node:assert/strict";\nimport { test } from "node:test";\nimport { odd } from "./odd.js";\n\ntest("odd", () => equal(odd(3), true));\n',
};

const pipProject: Record<string, string> = {
  "requirements.txt": `# as pip-compile writes them
pytest==8.3.3 \\
    --hash=sha256:a6853c7375b2663155079443d2e45de913a911a11d669df02a50814944db57b2
iniconfig==2.3.1 --hash=sha256:9121e2c1fdb355232495be3194c8dfe87ccc2d5dee45947b78e68f499790d7a7
packaging==26.3 --hash=sha256:d7193f7c8e4e93f444fde0262bf90af30e16fa0ad0ad44cb553c87339b23cd1c
pluggy==1.7.0 --hash=sha256:7dd7b0d8832ba3cb632c306926ded123429211b83641b35dc5c41ad2d34f9bec
`,
  "test_sum.py": "def test_good():\n    assert 1 + 1 == 2\n\n\ndef test_bad():\n    assert 1 == 2\n",
};
