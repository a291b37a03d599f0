import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { blobId } from "../../../src/engram/blob-id.ts";
import { gitSource } from "../../../src/engram/git-source.ts";
import { createHistory, type GitHistory, textFile, treeOf } from "../../conformance/engram-store-history.ts";

let history: GitHistory;
const folders: string[] = [];

beforeAll(() => {
  history = createHistory([
    treeOf({
      "b.ts": "const b = 1;",
      'a/ä "odd".txt': "odd",
      "run.sh": { mode: "100755", data: Buffer.from("echo run") },
      link: { mode: "120000", data: Buffer.from("b.ts") },
      vendored: { mode: "160000", data: Buffer.from("cd".repeat(20)) },
      "copy.ts": "const b = 1;",
    }),
    treeOf({ "only.ts": textFile("x") }),
  ]);
});
afterAll(() => history.dispose());
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function read(source: Awaited<ReturnType<typeof gitSource>>, oids: string[]) {
  const found: [string, string][] = [];
  for await (const { oid, data } of source.blobs(oids)) found.push([oid, data.toString()]);
  return found;
}

describe("the tree of a commit", () => {
  it("has every entry with mode and id, submodules too", async () => {
    const source = await gitSource(history.dir, history.commits[0] as string);

    const entries = await source.entries();

    expect(source.revision).toBe(history.commits[0]);
    expect(entries).toEqual([
      { path: 'a/ä "odd".txt', mode: "100644", oid: blobId(Buffer.from("odd")) },
      { path: "b.ts", mode: "100644", oid: blobId(Buffer.from("const b = 1;")) },
      { path: "copy.ts", mode: "100644", oid: blobId(Buffer.from("const b = 1;")) },
      { path: "link", mode: "120000", oid: blobId(Buffer.from("b.ts")) },
      { path: "run.sh", mode: "100755", oid: blobId(Buffer.from("echo run")) },
      { path: "vendored", mode: "160000", oid: "cd".repeat(20) },
    ]);
  });

  it("gives sizes of what is there, and blobs in the order asked for", async () => {
    const source = await gitSource(history.dir, "main~1");
    const [odd, link] = [blobId(Buffer.from("odd")), blobId(Buffer.from("b.ts"))];

    expect(await source.sizes([odd, "1".repeat(40), link])).toEqual(
      new Map([
        [odd, 3],
        [link, 4],
      ]),
    );
    expect(await source.sizes([])).toEqual(new Map());
    expect(await read(source, [link, odd])).toEqual([
      [link, "b.ts"],
      [odd, "odd"],
    ]);
    await expect(read(source, ["1".repeat(40)])).rejects.toThrow("missing");
  });

  it("resolves names once: what the branch does later plays no part", async () => {
    const source = await gitSource(history.dir, "main");
    execFileSync("git", ["-C", history.dir, "update-ref", "refs/heads/main", history.commits[0] as string]);

    expect(source.revision).toBe(history.commits[1]);
    expect((await source.entries()).map(({ path }) => path)).toEqual(["only.ts"]);
    execFileSync("git", ["-C", history.dir, "update-ref", "refs/heads/main", history.commits[1] as string]);
  });

  it("lists two names that are the same once decoded as one", async () => {
    const folder = mkdtempSync(join(tmpdir(), "names-"));
    folders.push(folder);
    const git = (args: string[], input?: Buffer) =>
      execFileSync("git", ["-C", folder, ...args], { input, encoding: "utf8" });
    git(["init", "--quiet", "--bare"]);
    const oid = git(["hash-object", "-w", "--stdin"], Buffer.from("x")).trim();
    const records = [0xfe, 0xff].map((byte) =>
      Buffer.concat([Buffer.from(`100644 blob ${oid}\t`), Buffer.from([byte]), Buffer.from([0])]),
    );
    const tree = git(["mktree", "-z"], Buffer.concat(records)).trim();
    const commit = git(`-c user.name=Ada -c user.email=ada@example.com commit-tree ${tree} -m odd`.split(" ")).trim();

    const source = await gitSource(folder, commit);

    expect(await source.entries()).toEqual([{ path: "\uFFFD", mode: "100644", oid }]);
  });

  it.each(["1".repeat(40), "no-such-branch", "--all", ""])("names a commit that is not there: %j", async (commit) => {
    await expect(gitSource(history.dir, commit)).rejects.toMatchObject({
      code: "unknown-commit",
      remedy: expect.stringContaining("Fetch"),
    });
  });

  it("stops when it is told to", async () => {
    const source = await gitSource(history.dir, history.commits[0] as string);

    await expect(source.entries(AbortSignal.abort())).rejects.toThrow(/abort/i);
    await expect(gitSource(history.dir, "main", AbortSignal.abort())).rejects.toThrow(/abort/i);
  });
});
