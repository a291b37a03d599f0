import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";
import { runCommand, temporaryFolder } from "./command-line.ts";

const folder = temporaryFolder();
const home = join(folder.path, "home");
const at = (name: string) => join(folder.path, name);
const run = (...args: string[]) => runCommand(args, home);

/** Every kind of file that git knows but submodules. */
let repository: TestRepository;
let commit: string;

beforeAll(() => {
  repository = createRepository(at("repository"));
  const { dir } = repository;
  repository.write("src/paging.ts", "export function page(rows: Row[]): Row[] {\n  return rows.slice(0, 10);\n}\n");
  repository.write("src/dos.ts", "export const a = 1;\r\nexport const b = 2;\r\n");
  repository.write("src/empty.ts", "");
  repository.write("no-end.txt", "no line end");
  repository.write("bytes.bin", Buffer.from(Array.from({ length: 3_000 }, (_, i) => (i * 7) % 256)));
  repository.write("latin1.txt", Buffer.from("caf\xe9 au lait\n", "latin1"));
  repository.write("big.csv", "1,2,3,4,5,6,7,8\n".repeat(40_000));
  repository.write("minified.js", `var a=${"1+".repeat(4_000)}1;\n`);
  repository.write("with space/ünï.md", "# Ünï\n\nA section.\n");
  repository.write("run.sh", "#!/bin/sh\necho hello\n");
  chmodSync(join(dir, "run.sh"), 0o755);
  symlinkSync("src/paging.ts", join(dir, "link"));
  symlinkSync("nowhere", join(dir, "src/dangling"));
  commit = repository.commit("Everything");
});

afterAll(() => folder.dispose());

/** The id that git gives to a folder's tree: bytes, names, modes and links together. */
function treeOf(dir: string): string {
  const copy = createRepository(dir);
  copy.git("-c", "core.autocrlf=false", "add", "--all", "--force");
  const tree = copy.git("write-tree");
  rmSync(join(dir, ".git"), { recursive: true });
  return tree;
}

describe("ingest and extract", () => {
  it("give back a commit as the same tree, without a checkout", async () => {
    const made = await run("ingest", "--git", repository.dir, "--ref", "main", "-e", at("git.engram"), "-m", "-v");
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(made.stdout).toContain("src/paging.ts  1 chunk\n");
    expect(made.stdout).toContain("bytes.bin  not searched: binary\n");
    expect(made.stdout).toContain("minified.js  not searched: long-lines\n");
    expect(made.stdout).toMatch(new RegExp(`git\\.engram made at ${commit.slice(0, 12)}: \\d+ files read in `));
    expect(made.stdout).toMatch(/\n12 files, 7 searched in \d+ chunks; kept and not searched: .*large 1/);

    const out = await run("extract", "-e", at("git.engram"), "-m", at("git-manifest.json"), "-o", at("git-out"), "-v");
    expect(out).toMatchObject({ code: 0, stderr: "" });
    expect(out.stdout).toContain("written  with space/ünï.md\n");
    expect(out.stdout).toMatch(/^12 files written to /m);
    expect(treeOf(at("git-out"))).toBe(repository.git("rev-parse", "main^{tree}"));
  });

  it("give back a folder as the same tree, the engram that lies in it left out", async () => {
    const engram = join(repository.dir, "own.engram");
    const made = await run(
      "ingest",
      "-i",
      repository.dir,
      "-e",
      engram,
      "-m",
      join(repository.dir, "own.json"),
      "--json",
    );
    const report = JSON.parse(made.stdout) as { info: { files: number; commit: string } };
    expect(report.info.files).toBe(12);
    expect(report.info.commit).toMatch(/^tree-[0-9a-f]{40}$/);

    const again = await run("ingest", "-i", repository.dir, "-e", engram, "-m", join(repository.dir, "own.json"));
    expect(again.stdout).toMatch(/own\.engram is at tree-[0-9a-f]{12} already\n/);

    await run("extract", "-e", engram, "-o", at("folder-out"));
    expect(treeOf(at("folder-out"))).toBe(repository.git("rev-parse", "main^{tree}"));
    for (const name of ["own.engram", "own.json"]) rmSync(join(repository.dir, name));
  });

  it("read only what differs where the engram is there already, and say so", async () => {
    const engram = at("again.engram");
    await run("ingest", "--git", repository.dir, "-e", engram);
    repository.write("src/paging.ts", "export const page = 1;\n");
    repository.git("rm", "--quiet", "no-end.txt");
    const next = repository.commit("Less");

    const { stdout } = await run("ingest", "--git", repository.dir, "-e", engram);

    expect(stdout).toContain(
      `brought from ${commit.slice(0, 12)} to ${next.slice(0, 12)}: 1 added or changed, 2 removed`,
    );
    expect(stdout).toContain(", 1 read in ");
    await run("extract", "-e", engram, "-o", at("again-out"));
    expect(treeOf(at("again-out"))).toBe(repository.git("rev-parse", "main^{tree}"));
    repository.git("reset", "--quiet", "--hard", commit);
  });

  it("put several folders beside each other, and leave a worktree's .git file out", async () => {
    for (const name of ["one/src", "two/src"]) mkdirSync(at(name), { recursive: true });
    writeFileSync(at("one/src/a.ts"), "export const a = 1;\n");
    writeFileSync(at("one/src/.git"), "gitdir: /elsewhere\n");
    writeFileSync(at("two/src/a.ts"), "export const a = 2;\n");

    await run("ingest", "-i", at("one/src"), at("two/src"), "-e", at("both.engram"));
    const { stdout } = await run("list", "-e", at("both.engram"), "--json");

    expect((JSON.parse(stdout) as { path: string }[]).map(({ path }) => path)).toEqual(["src/a.ts", "src_2/a.ts"]);
    expect((await run("extract", "-e", at("both.engram"), "-o", at("both-out"))).code).toBe(0);
  });

  it("take only what is asked for, and end with 1 where nothing is", async () => {
    const out = at("only-out");
    const some = await run("extract", "-e", at("git.engram"), "-o", out, "--only", "src/*.ts", "*.md");
    const none = await run("extract", "-e", at("git.engram"), "-o", out, "--only", "nothing/**");

    expect(readdirSync(out, { recursive: true, encoding: "utf8" }).sort()).toEqual([
      "src",
      "src/dos.ts",
      "src/empty.ts",
      "src/paging.ts",
      "with space",
      "with space/ünï.md",
    ]);
    expect(some.code).toBe(0);
    expect(none).toMatchObject({ code: 1, stdout: "no file matches\n" });
  });

  it("do not replace what differs unless they are told to", async () => {
    const out = at("force-out");
    mkdirSync(out);
    writeFileSync(join(out, "run.sh"), "mine");

    const refused = await run("extract", "-e", at("git.engram"), "-o", out);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toMatch(/run\.sh exists with other content\. .*--force\. Nothing was written\.\n$/);
    expect(readdirSync(out)).toEqual(["run.sh"]);

    expect(await run("extract", "-e", at("git.engram"), "-o", out, "--force")).toMatchObject({ code: 0 });
    expect(statSync(join(out, "run.sh")).mode & 0o111).toBe(0o111);
    expect(readlinkSync(join(out, "link"))).toBe("src/paging.ts");
  });

  it("leave submodules as empty folders and say so", async () => {
    const outer = createRepository(at("outer"));
    outer.write("a.txt", "a\n");
    outer.git("update-index", "--add", "--cacheinfo", `160000,${commit},vendored`);
    outer.git("add", "a.txt");
    outer.git("commit", "--quiet", "--message", "With a submodule");

    await run("ingest", "--git", outer.dir, "-e", at("outer.engram"));
    const { code, stdout } = await run("extract", "-e", at("outer.engram"), "-o", at("outer-out"));

    expect(stdout).toContain("a submodule, left empty  vendored\n");
    expect(readdirSync(at("outer-out/vendored"))).toEqual([]);
    expect(code).toBe(0);
  });
});

// Many starts of the program in each test.
describe("update", () => {
  const engram = at("updated.engram");
  const manifest = at("updated-manifest.json");
  const paths = async () => {
    const { stdout } = await run("list", "-e", engram, "--json");
    return (JSON.parse(stdout) as { path: string }[]).map(({ path }) => path);
  };

  it("adds, modifies and removes files, and writes the manifest anew", async () => {
    mkdirSync(at("small"));
    writeFileSync(at("small/a.ts"), "export const a = 1;\n");
    await run("ingest", "-i", at("small"), "-e", engram, "-m");
    writeFileSync(at("tool.sh"), "#!/bin/sh\n");
    chmodSync(at("tool.sh"), 0o755);

    const added = await run("update", "add", "-e", engram, "-m", manifest, "-f", at("tool.sh"), "-p", "bin/tool.sh");
    expect(added).toMatchObject({ code: 0, stderr: "" });
    expect(await paths()).toEqual(["a.ts", "bin/tool.sh"]);

    writeFileSync(at("new.ts"), "export const zebra = 2;\n");
    // The original's order of words, too.
    await run("update", "-e", engram, "-m", manifest, "modify", "-f", at("new.ts"), "-p", "a.ts");
    expect((await run("query", "-e", engram, "--text", "zebra")).stdout).toMatch(/\na\.ts:1 /);
    expect(await run("verify", "-e", engram, "-m", manifest)).toMatchObject({ code: 0 });

    const removed = await run("update", "remove", "-e", engram, "-p", "bin/tool.sh", "--json");
    expect(JSON.parse(removed.stdout)).toMatchObject({ report: { added: 0, removed: 1, read: 0 }, manifest: null });
    expect(await paths()).toEqual(["a.ts"]);

    const verified = await run("verify", "-e", engram, "-m", manifest);
    expect(verified.stdout).toContain('"bin/tool.sh" is in the manifest and not in the engram\n');
    expect(verified.code).toBe(1);
    expect((JSON.parse(readFileSync(manifest, "utf8")) as { source: unknown }).source).toEqual({
      folders: [at("small")],
    });
  });

  it("after any of them, holds what a fresh ingest of the same folder holds", async () => {
    writeFileSync(at("small/b.md"), "# B\n");
    writeFileSync(at("small/a.ts"), "export const zebra = 2;\n");
    await run("update", "add", "-e", engram, "-f", at("small/b.md"), "-p", "b.md");
    await run("ingest", "-i", at("small"), "-e", at("fresh.engram"), "-m");

    const info = async (file: string) => JSON.parse((await run("info", "-e", file, "--json")).stdout) as object;
    const { engram: _a, fileBytes: _b, ...updated } = (await info(engram)) as Record<string, unknown>;
    expect(await info(at("fresh.engram"))).toMatchObject(updated);
    expect(await run("verify", "-e", engram, "-m", at("fresh-manifest.json"))).toMatchObject({ code: 0 });
  });

  it("is brought to a folder or to a commit, and made compact", async () => {
    writeFileSync(at("small/c.ts"), "export const c = 3;\n");
    const synced = await run("update", "sync", "-e", engram, "-i", at("small"));
    expect(synced.stdout).toContain(": 1 added or changed, 0 removed or replaced, 1 read in ");

    await run("update", "sync", "-e", engram, "--git", repository.dir, "--ref", "main");
    expect(await paths()).toContain("link");

    const compacted = await run("update", "compact", "-e", engram, "-m", at("compact.json"), "--json");
    const { bytesBefore, bytesAfter } = JSON.parse(compacted.stdout) as Record<string, number>;
    expect(bytesAfter).toBeLessThanOrEqual(bytesBefore ?? 0);
    expect(await run("verify", "-e", engram, "-m", at("compact.json"))).toMatchObject({ code: 0 });
    await run("extract", "-e", engram, "-o", at("compact-out"));
    expect(treeOf(at("compact-out"))).toBe(repository.git("rev-parse", "main^{tree}"));
  });

  it("loses nothing where several are made at once", async () => {
    const shared = at("shared.engram");
    await run("ingest", "-i", at("small"), "-e", shared);
    const names = ["one.ts", "two.ts", "three.ts", "four.ts"];
    for (const name of names) writeFileSync(at(name), `export const ${name.slice(0, -3)} = 1;\n`);

    const ends = await Promise.all(names.map((name) => run("update", "add", "-e", shared, "-f", at(name), "-p", name)));

    const { stdout } = await run("list", "-e", shared, "--json");
    const there = (JSON.parse(stdout) as { path: string }[]).map(({ path }) => path);
    const succeeded = names.filter((_, i) => ends[i]?.code === 0);
    expect(there).toEqual(expect.arrayContaining(["a.ts", "b.md", "c.ts", ...succeeded]));
    for (const { code, stderr } of ends) if (code !== 0) expect(stderr).toMatch(/being updated by another process/);
    expect(succeeded.length).toBeGreaterThan(0);
    expect(await run("verify", "-e", shared)).toMatchObject({ code: 0 });
  });
});

describe("list, info and verify", () => {
  it("name each file with its chunks or why it is not searched", async () => {
    const { stdout } = await run("list", "-e", at("git.engram"));

    expect(stdout).toMatch(/^mode {4}chunks {2}index +path\n/);
    expect(stdout).toMatch(/^100755 {2}1 +\d+ B +run\.sh$/m);
    expect(stdout).toMatch(/^120000 +\(symlink\) +link$/m);
    expect(await run("list", "-e", at("git.engram"), "--glob", "nothing")).toMatchObject({ code: 1 });
  });

  it("tell what an engram is", async () => {
    const { stdout } = await run("info", "-e", at("git.engram"));

    expect(stdout).toMatch(new RegExp(`^revision {2}${commit}\nfiles +12, 7 of them searched\nchunks`));
    expect(stdout).toMatch(/^kernel +(native|js)$/m);
  });

  it("write the same manifest for the same tree, one file a line", async () => {
    await run("ingest", "--git", repository.dir, "--ref", "main", "-e", at("twin.engram"), "-m", at("twin.json"));

    const text = readFileSync(at("twin.json"), "utf8");
    expect(text).toBe(readFileSync(at("git-manifest.json"), "utf8"));
    expect(text).toContain('\n    {"path":"run.sh","mode":"100755","blob":"');
    expect(text).toContain('"bytes":3000,"skipped":"binary","chunks":[]}');
    expect(existsSync(at("twin-manifest.json"))).toBe(false);
  });
});
