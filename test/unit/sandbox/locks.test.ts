import { describe, expect, it } from "vitest";
import { readNpmLock } from "../../../src/sandbox/npm-lock.ts";
import { otherLocks } from "../../../src/sandbox/other-locks.ts";
import { readPipLock } from "../../../src/sandbox/pip-lock.ts";

const reading = (files: Record<string, string>) => async (path: string) => files[path] ?? null;
const mayUse = (url: string) => url.startsWith("https://packages.example/");

function npmLock(packages: Record<string, object>, more: Record<string, string> = {}): Record<string, string> {
  return {
    "package.json": "{}",
    "package-lock.json": JSON.stringify({ lockfileVersion: 3, packages: { "": {}, ...packages } }),
    ...more,
  };
}

describe("npm's lock file", () => {
  it("is read with the manifests that it speaks of, and nothing else", async () => {
    const files = npmLock(
      {
        "packages/a": { name: "a" },
        "node_modules/a": { resolved: "packages/a", link: true },
        "node_modules/b": { version: "1.0.0", resolved: "https://registry.npmjs.org/b/-/b-1.0.0.tgz" },
        "packages/a/node_modules/@s/c": {
          version: "2.0.0",
          resolved: "https://packages.example/c.tgz",
          hasInstallScript: true,
        },
      },
      {
        "packages/a/package.json": '{"name":"a"}',
        ".npmrc": "registry=https://evil.example/\nlegacy-peer-deps = true\n",
        "secret.txt": "x",
      },
    );
    const request = await readNpmLock(reading(files), mayUse);
    expect(request).toMatchObject({
      kind: "npm",
      folders: ["", "packages/a"],
      packages: 2,
      withScripts: ["@s/c"],
      legacyPeers: true,
    });
    expect(Object.keys(request?.kind === "npm" ? request.files : {}).toSorted()).toEqual([
      "package-lock.json",
      "package.json",
      "packages/a/package.json",
    ]);
  });

  it.each([
    [
      { "node_modules/b": { resolved: "git+ssh://git@github.com/x/b.git#1" } },
      /b comes from git\+ssh.*not from a registry/,
    ],
    [{ "node_modules/b": { resolved: "https://evil.example/b.tgz" } }, /not among the allowed registries/],
    [{ "node_modules/b": { resolved: "file:../b.tgz" } }, /not from a registry/],
    [{ "node_modules/b": { resolved: 3 } }, /does not say where b comes from/],
    [{ "../x": {} }, /outside of the repository/],
    [{ "/etc": {} }, /outside of the repository/],
    [{ "packages/missing": {} }, /packages\/missing\/package.json is missing/],
  ])("%j is refused", async (packages, reason) => {
    const request = await readNpmLock(reading(npmLock(packages)), mayUse);
    expect(request).toMatchObject({
      kind: "refused",
      path: "package-lock.json",
      reason: expect.stringMatching(reason),
    });
  });

  it.each(["{", '{"lockfileVersion":1,"dependencies":{}}', "null"])("%j is refused", async (text) => {
    const request = await readNpmLock(reading({ "package-lock.json": text }), mayUse);
    expect(request).toMatchObject({ kind: "refused" });
  });

  it("is npm-shrinkwrap.json where there is one; without any there is nothing to do", async () => {
    const files = { ...npmLock({}), "npm-shrinkwrap.json": npmLock({})["package-lock.json"] ?? "" };
    expect(await readNpmLock(reading(files), mayUse)).toMatchObject({ lock: "npm-shrinkwrap.json" });
    expect(await readNpmLock(reading({}), mayUse)).toBeNull();
  });
});

describe("exact versions for pip", () => {
  it("are read from requirements, those that they include, and hashes over several lines", async () => {
    const files = {
      "requirements.txt":
        "-r base.txt\n-e .\nsix == 1.16.0 ; python_version >= '3' # why\n--index-url https://packages.example/simple\n",
      "base.txt": "Foo_Bar[a, b]===1.0+local \\\n  --hash=sha256:ab12 \\\n  --hash sha256:cd34\n",
      "requirements-dev.txt": "-c base.txt\npytest==8.3.3\n",
    };
    expect(await readPipLock(reading(files), mayUse)).toEqual({
      kind: "pip",
      locks: ["requirements.txt", "base.txt", "requirements-dev.txt"],
      requirements: [
        "Foo_Bar[a,b]===1.0+local --hash=sha256:ab12 --hash=sha256:cd34",
        "six==1.16.0 ; python_version >= '3'",
        "pytest==8.3.3",
      ],
      installsItself: true,
    });
  });

  it.each([
    ["six", /not an exact version: six/],
    ["six>=1.0", /not an exact version/],
    ["six==1.*", /not an exact version/],
    ["six @ https://evil.example/six.whl", /not an exact version/],
    ["git+https://github.com/x/y", /not an exact version/],
    ["six==1.0 ; python_version > '3' --install-option=x", /not an exact version/],
    ["--index-url https://evil.example/simple", /not among the allowed registries/],
    ["--find-links /tmp", /not among the allowed registries/],
    ["--no-binary :all:", /not an exact version/],
    ["-e git+https://github.com/x/y#egg=y", /not an exact version/],
    ["-r ../../etc/passwd", /outside of the repository/],
    ["-r /etc/passwd", /outside of the repository/],
  ])("%s is refused", async (line, reason) => {
    const request = await readPipLock(reading({ "requirements.txt": `good==1.0\n${line}\n` }), mayUse);
    expect(request).toMatchObject({ kind: "refused", path: "requirements.txt", reason: expect.stringMatching(reason) });
  });

  it("may include one another in a circle", async () => {
    const files = { "requirements.txt": "-r other.txt\na==1", "other.txt": "-r requirements.txt\nb==2" };
    expect(await readPipLock(reading(files), mayUse)).toMatchObject({ requirements: ["b==2", "a==1"] });
  });

  it("are read from Pipfile.lock", async () => {
    const lock = {
      default: { six: { version: "==1.16.0", hashes: ["sha256:ab"], markers: "python_version >= '2.7'" } },
      develop: { pytest: { version: "==8.3.3" } },
    };
    expect(await readPipLock(reading({ "Pipfile.lock": JSON.stringify(lock) }), mayUse)).toMatchObject({
      requirements: ["six==1.16.0 ; python_version >= '2.7' --hash=sha256:ab", "pytest==8.3.3"],
    });
    const git = { default: { x: { git: "https://github.com/x/y" } } };
    expect(await readPipLock(reading({ "Pipfile.lock": JSON.stringify(git) }), mayUse)).toMatchObject({
      kind: "refused",
    });
    expect(await readPipLock(reading({ "Pipfile.lock": "{" }), mayUse)).toMatchObject({ kind: "refused" });
  });
});

describe("what is not prepared", () => {
  it.each([
    [{ "yarn.lock": "" }, ["yarn.lock"]],
    [{ "package.json": '{"devDependencies":{"a":"1"}}' }, ["package.json"]],
    [{ "package.json": '{"devDependencies":{"a":"1"}}', "pnpm-lock.yaml": "" }, ["pnpm-lock.yaml"]],
    [{ "package.json": "{" }, []],
    [{ "pyproject.toml": 'dependencies = [\n  "six",\n]' }, ["pyproject.toml"]],
    [{ "pyproject.toml": "dependencies = []" }, []],
    [{ "poetry.lock": "", "Cargo.lock": "", "go.sum": "" }, ["poetry.lock", "Cargo.lock", "go.sum"]],
  ])("%j", async (files, paths) => {
    const refused = await otherLocks(reading(files), { npm: false, pip: false });
    expect(refused.map(({ path }) => path)).toEqual(paths);
  });

  it("is not told where the lock file beside it was read", async () => {
    const files = { "yarn.lock": "", "package.json": '{"dependencies":{"a":"1"}}', "poetry.lock": "" };
    expect(await otherLocks(reading(files), { npm: true, pip: true })).toEqual([]);
  });
});
