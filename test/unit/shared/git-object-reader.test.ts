import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { closeObjectReaders, readObjects } from "../../../src/shared/git-object-reader.ts";
import { readBlobs, readFileAt } from "../../../src/shared/git-objects.ts";
import { GitError, withoutFetching } from "../../../src/shared/git.ts";
import { limits } from "../../../src/shared/limits.ts";
import { openMirror } from "../../../src/workspace/mirror.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";

let repository: TestRepository;
let dir: string;
let first: string;

beforeEach(() => {
  repository = createRepository();
  dir = repository.dir;
  repository.write("a.txt", "one\n");
  repository.write("empty.txt", "");
  repository.write("folder/long.txt", "x".repeat(300_000));
  repository.write("no-end.txt", "blob 12\nabc blob 12");
  first = repository.commit("first");
});

afterEach(() => {
  closeObjectReaders();
  repository.dispose();
});

/** What the names say, with the number of bytes for what is long. */
async function textsOf(names: string[], from = dir): Promise<Record<string, string>> {
  const objects = await readObjects(from, names);
  return Object.fromEntries([...objects].map(([name, { data }]) => [name, brief(data.toString("utf8"))]));
}

function brief(text: string): string {
  return text.length > 100 ? `${text.length} bytes` : text;
}

/** Kept processes of this test's folder, by their ids. */
function keptProcesses(of = dir): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const words = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
        return words.includes("cat-file") && words.includes(of) ? [Number(name)] : [];
      } catch {
        return []; // it has just ended
      }
    });
}

const onLinux = it.runIf(process.platform === "linux");

describe("readObjects", () => {
  it("reads what exists by any name and leaves out the rest, in order", async () => {
    const names = ["HEAD:a.txt", "HEAD:none", `${first}:folder/long.txt`, "HEAD:empty.txt", "none", "HEAD:no-end.txt"];
    expect(await textsOf(names)).toEqual({
      "HEAD:a.txt": "one\n",
      [`${first}:folder/long.txt`]: "300000 bytes",
      "HEAD:empty.txt": "",
      "HEAD:no-end.txt": "blob 12\nabc blob 12",
    });
    const types = [...(await readObjects(dir, ["HEAD", "HEAD:", "HEAD:folder"])).values()].map(({ type }) => type);
    expect(types).toEqual(["commit", "tree", "tree"]);
  });

  it("never sends what git would take for two names or for a path of its own folder", async () => {
    const names = [
      "HEAD:a.txt\nHEAD:empty.txt",
      "",
      "HEAD:../a.txt",
      "HEAD:./a.txt",
      "HEAD:x\0y",
      "HEAD:a.txt missing",
    ];
    expect(await textsOf([...names, "HEAD:a.txt"])).toEqual({ "HEAD:a.txt": "one\n" });
  });

  onLinux("keeps one process for many callers, who get what they asked for", async () => {
    const asked = Array.from({ length: 40 }, (_, i) => (i % 3 === 0 ? "HEAD:folder/long.txt" : `HEAD:${i}`));
    const answers = await Promise.all(asked.map((name) => textsOf([name, "HEAD:a.txt"])));
    for (const [i, answer] of answers.entries()) {
      expect(answer["HEAD:a.txt"]).toBe("one\n");
      expect(Object.keys(answer)).toHaveLength(i % 3 === 0 ? 2 : 1);
    }
    expect(keptProcesses()).toHaveLength(1);
    closeObjectReaders();
    await expect.poll(() => keptProcesses()).toEqual([]);
  });

  it("drops the answers of an aborted call and gives the others theirs", async () => {
    const abort = new AbortController();
    const reason = new Error("no longer wanted");
    const names = ["HEAD:folder/long.txt", "HEAD:a.txt", "HEAD:none"];
    const aborted = readObjects(dir, names, { signal: abort.signal });
    const other = textsOf(["HEAD:empty.txt", "HEAD:a.txt"]);
    abort.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    expect(await other).toEqual({ "HEAD:empty.txt": "", "HEAD:a.txt": "one\n" });
    await expect(readObjects(dir, names, { signal: abort.signal })).rejects.toBe(reason);
  });

  it("finds what came later: new commits, and objects that a repack moved", async () => {
    const loose = execFileSync("git", ["-C", dir, "hash-object", "-w", "--stdin"], { input: "loose" })
      .toString()
      .trim();
    expect(await textsOf(["HEAD:a.txt"])).toEqual({ "HEAD:a.txt": "one\n" });
    repository.write("a.txt", "two\n");
    repository.commit("second");
    repository.git("update-ref", "refs/heads/loose", "HEAD");
    repository.git("repack", "-a", "-d", "-q");
    repository.git("pack-refs", "--all");
    repository.write("b.txt", "new\n");
    repository.commit("third");
    repository.git("gc", "--quiet", "--prune=now");
    const names = ["HEAD:a.txt", "HEAD:b.txt", `${first}:a.txt`, "refs/heads/loose:a.txt", loose];
    expect(await textsOf(names)).toEqual({
      "HEAD:a.txt": "two\n",
      "HEAD:b.txt": "new\n",
      [`${first}:a.txt`]: "one\n",
      "refs/heads/loose:a.txt": "two\n",
    });
  });

  onLinux("starts git again where it was killed, for all who wait", async () => {
    await textsOf(["HEAD:a.txt"]);
    const waiting = [textsOf(["HEAD:folder/long.txt", "HEAD:a.txt"]), textsOf(["HEAD:none", "HEAD:empty.txt"])];
    for (const id of keptProcesses()) process.kill(id, "SIGKILL");
    expect(await Promise.all(waiting)).toEqual([
      { "HEAD:folder/long.txt": "300000 bytes", "HEAD:a.txt": "one\n" },
      { "HEAD:empty.txt": "" },
    ]);
    for (const id of keptProcesses()) process.kill(id, "SIGKILL");
    expect(await textsOf(["HEAD:a.txt"])).toEqual({ "HEAD:a.txt": "one\n" });
  });

  it("fails for a folder that is no repository, and for a git that is not there", async () => {
    const empty = mkdtempSync(join(tmpdir(), "none-"));
    await expect(readObjects(empty, ["HEAD", "HEAD:a"])).rejects.toThrow(/not a git repository/);
    rmSync(empty, { recursive: true });
    await expect(readObjects(empty, ["HEAD"])).rejects.toBeInstanceOf(GitError);
    await expect(readObjects(dir, ["HEAD"], { env: { PATH: "/nowhere" } })).rejects.toMatchObject({ code: "no-git" });
  });

  it("reads the repository of now where the folder was made anew", async () => {
    const place = mkdtempSync(join(tmpdir(), "anew-"));
    const clone = (): void => void execFileSync("git", ["clone", "-q", "--bare", dir, join(place, "r")]);
    clone();
    expect(await textsOf(["HEAD:a.txt"], join(place, "r"))).toEqual({ "HEAD:a.txt": "one\n" });
    rmSync(join(place, "r"), { recursive: true });
    repository.write("a.txt", "anew\n");
    repository.commit("anew");
    clone();
    expect(await textsOf(["HEAD:a.txt"], join(place, "r"))).toEqual({ "HEAD:a.txt": "anew\n" });
    closeObjectReaders();
    rmSync(place, { recursive: true });
  });

  onLinux("keeps no more processes than the limit", async () => {
    const dirs = Array.from({ length: limits.objectReaders + 2 }, () => mkdtempSync(join(tmpdir(), "many-")));
    for (const one of dirs) {
      execFileSync("git", ["clone", "-q", "--bare", dir, join(one, "r")]);
      await readObjects(join(one, "r"), ["HEAD"]);
    }
    await expect.poll(() => dirs.flatMap((one) => keptProcesses(join(one, "r"))).length).toBe(limits.objectReaders);
    closeObjectReaders();
    for (const one of dirs) rmSync(one, { recursive: true });
  });
});

describe("a partial clone", () => {
  let home: string;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "partial-"));
    repository.git("config", "uploadpack.allowFilter", "true");
    repository.git("config", "uploadpack.allowAnySHA1InWant", "true");
  });

  afterEach(() => {
    closeObjectReaders();
    rmSync(home, { recursive: true, force: true });
  });

  it("fails the call that asks for what is not here, and no other; what was fetched since is read", async () => {
    const remote = { url: `file://${dir}`, token: null };
    const mirror = await openMirror(join(home, "m"), remote, ["+refs/heads/main:refs/heads/main"]);
    const read = (names: string[]) => readObjects(mirror.gitDir, names, { env: withoutFetching });
    await mirror.prefetchTrees(["refs/heads/main"], ["a.txt"]);
    const [here, lacking, tree] = await Promise.allSettled([
      read(["refs/heads/main:a.txt"]),
      read(["refs/heads/main:a.txt", "refs/heads/main:no-end.txt", "refs/heads/main"]),
      read(["refs/heads/main:folder", "refs/heads/main:a.txt"]),
    ]);
    expect([here.status, tree.status]).toEqual(["fulfilled", "fulfilled"]);
    // Newer versions of git say that it is missing, older ones end.
    if (lacking.status === "fulfilled") expect(lacking.value.size).toBe(2);
    else expect(lacking.reason).toBeInstanceOf(GitError);

    await mirror.prefetchTrees(["refs/heads/main"]);
    expect((await read(["refs/heads/main:no-end.txt"])).size).toBe(1);
  });
});

describe("readBlobs and readFileAt", () => {
  it("read blobs in the order asked for, and name what is none", async () => {
    const oid = (name: string) => repository.git("rev-parse", name).trim();
    const oids = [oid("HEAD:empty.txt"), oid("HEAD:a.txt"), oid("HEAD:empty.txt")];
    const read: string[] = [];
    for await (const blob of readBlobs(dir, oids)) read.push(blob.data.toString());
    expect(read).toEqual(["", "one\n", ""]);
    const some = async (): Promise<void> => {
      for await (const _ of readBlobs(dir, [oid("HEAD:folder")]));
    };
    await expect(some()).rejects.toThrow(/is tree/);
  });

  it("tell a file that is not there from one that cannot be read", async () => {
    repository.write("-name :(top)\n", "odd\n");
    const commit = repository.commit("odd");
    expect((await readFileAt(dir, commit, "-name :(top)\n"))?.toString()).toBe("odd\n");
    expect(await readFileAt(dir, commit, "none.txt")).toBeNull();
    expect(await readFileAt(dir, commit, "folder")).toBeNull();
    const oid = repository.git("rev-parse", `${commit}:a.txt`).trim();
    rmSync(join(dir, ".git", "objects", oid.slice(0, 2), oid.slice(2)), { force: true });
    closeObjectReaders();
    await expect(readFileAt(dir, commit, "a.txt")).rejects.toBeInstanceOf(GitError);
  });
});
