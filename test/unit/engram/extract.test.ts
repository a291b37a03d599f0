import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { blobId } from "../../../src/engram/blob-id.ts";
import type { Engram } from "../../../src/engram/engram.ts";
import { extractFiles } from "../../../src/engram/extract.ts";

type Content = Record<string, { mode?: string; data: Buffer | string | null; oid?: string }>;

let folder: string;
let out: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "extract-"));
  out = join(folder, "out");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What extraction reads of an engram, with any paths: also those that no ingest would take in. */
function engramOf(content: Content): Pick<Engram, "files" | "bytes"> {
  const bytes = (path: string) => {
    const data = content[path]?.data ?? null;
    return data === null ? null : Buffer.from(data);
  };
  return {
    bytes,
    files: () =>
      Object.entries(content).map(([path, { mode = "100644", oid }]) => ({
        path,
        mode,
        oid: oid ?? blobId(bytes(path) ?? Buffer.alloc(0)),
        skipped: null,
        chunks: 0,
      })),
  };
}

const link = (target: string) => ({ mode: "120000", data: target });

describe("extractFiles", () => {
  it("gives back bytes, executable bits, links and empty folders of submodules", async () => {
    const every = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const report = await extractFiles(
      engramOf({
        "a/run.sh": { mode: "100755", data: "#!/bin/sh\r\n" },
        "a/b/every.bin": { data: every },
        "a/link": link("b/every.bin"),
        empty: { data: "" },
        "units/foo\\x2dbar.mount": { data: "a name with a backslash" },
        vendored: { mode: "160000", data: null, oid: "1".repeat(40) },
      }),
      out,
    );

    expect(readFileSync(join(out, "a/run.sh"), "utf8")).toBe("#!/bin/sh\r\n");
    expect(statSync(join(out, "a/run.sh")).mode & 0o111).toBe(0o111 & ~process.umask());
    expect(statSync(join(out, "a/b/every.bin")).mode & 0o111).toBe(0);
    expect(readFileSync(join(out, "a/b/every.bin")).equals(every)).toBe(true);
    expect(readFileSync(join(out, "empty")).length).toBe(0);
    expect(existsSync(join(out, "units/foo\\x2dbar.mount"))).toBe(true);
    expect(readlinkSync(join(out, "a/link"))).toBe("b/every.bin");
    expect(readdirSync(join(out, "vendored"))).toEqual([]);
    expect(report).toMatchObject({ missing: [], submodules: ["vendored"], unchanged: [] });
    // Links come last, so that nothing is written through one.
    expect(report.written.slice(3)).toEqual(["units/foo\\x2dbar.mount", "a/link"]);
  });

  it("takes only what matches, and names what has no bytes", async () => {
    const engram = engramOf({
      "src/a.ts": { data: "a" },
      "src/b.md": { data: "b" },
      "c.ts": { data: null },
      "../evil": { data: "e" },
    });

    expect(await extractFiles(engram, out, { only: ["src/**/*.ts"] })).toMatchObject({ written: ["src/a.ts"] });
    expect(await extractFiles(engram, out, { only: ["c.ts", "*.md"] })).toEqual({
      written: ["src/b.md"],
      unchanged: [],
      missing: ["c.ts"],
      submodules: [],
    });
    expect(readdirSync(join(out, "src"))).toEqual(["a.ts", "b.md"]);
  });

  it("leaves what is there and the same, and mends its executable bit", async () => {
    const content = { "run.sh": { mode: "100755", data: "x" }, link: link("run.sh") };
    await extractFiles(engramOf(content), out);
    chmodSync(join(out, "run.sh"), 0o644);

    expect(await extractFiles(engramOf(content), out)).toMatchObject({ written: [], unchanged: ["run.sh", "link"] });
    expect(statSync(join(out, "run.sh")).mode & 0o777).toBe(0o755);
  });

  it("never writes over what differs, unless it is told to", async () => {
    mkdirSync(out);
    writeFileSync(join(out, "b"), "mine");
    symlinkSync("elsewhere", join(out, "c"));
    const engram = engramOf({ a: { data: "a" }, b: { data: "b" }, c: { data: "c" } });

    await expect(extractFiles(engram, out)).rejects.toMatchObject({ code: "extract-conflict" });
    expect(readdirSync(out)).toEqual(["b", "c"]);

    await extractFiles(engram, out, { force: true });
    expect(["a", "b", "c"].map((name) => readFileSync(join(out, name), "utf8"))).toEqual(["a", "b", "c"]);
    expect(lstatSync(join(out, "c")).isSymbolicLink()).toBe(false);
    expect(readdirSync(out)).toEqual(["a", "b", "c"]);
  });

  it("puts a link over a file, and a file over a link, without following it", async () => {
    mkdirSync(out);
    writeFileSync(join(folder, "outside"), "precious");
    symlinkSync("../outside", join(out, "a"));
    writeFileSync(join(out, "b"), "old");

    await extractFiles(engramOf({ a: { data: "a" }, b: link("a") }), out, { force: true });

    expect(readFileSync(join(folder, "outside"), "utf8")).toBe("precious");
    expect(readFileSync(join(out, "b"), "utf8")).toBe("a");
  });

  it("takes a link and a file for different, also where they hold the same", async () => {
    mkdirSync(out);
    writeFileSync(join(out, "a"), "b");
    await expect(extractFiles(engramOf({ a: link("b") }), out)).rejects.toMatchObject({ code: "extract-conflict" });

    rmSync(join(out, "a"));
    symlinkSync("b", join(out, "a"));
    await expect(extractFiles(engramOf({ a: { data: "b" } }), out)).rejects.toMatchObject({ code: "extract-conflict" });
  });

  it("never replaces a folder", async () => {
    mkdirSync(join(out, "a"), { recursive: true });

    const extracted = extractFiles(engramOf({ a: { data: "a" }, z: { data: "z" } }), out, { force: true });

    await expect(extracted).rejects.toMatchObject({ code: "extract-conflict" });
    expect(readdirSync(out)).toEqual(["a"]);
  });

  it("refuses bytes that are not those of their id", async () => {
    const extracted = extractFiles(engramOf({ a: { data: "a", oid: "0".repeat(40) } }), out, { file: "x.engram" });

    await expect(extracted).rejects.toMatchObject({ code: "engram-corrupt" });
    await expect(extracted).rejects.toThrow(/x\.engram/);
    expect(existsSync(join(out, "a"))).toBe(false);
  });

  it("takes git's ids of SHA-256 repositories too", async () => {
    const id = blobId(Buffer.from("a"), 64);

    expect(await extractFiles(engramOf({ a: { data: "a", oid: id } }), out)).toMatchObject({ written: ["a"] });
  });

  it("says so where the folder is a file", async () => {
    writeFileSync(out, "");

    await expect(extractFiles(engramOf({}), out)).rejects.toMatchObject({ code: "extract-not-a-folder" });
  });

  it("stops when it is told to", async () => {
    const extracted = extractFiles(engramOf({ a: { data: "a" } }), out, { signal: AbortSignal.abort() });

    await expect(extracted).rejects.toThrow(/abort/i);
  });
});

describe("extractFiles refuses to leave its folder, before anything is written", () => {
  const file = { data: "evil" };

  it.each<[string, Content]>([
    ["upwards", { "../evil": file }],
    ["upwards from within", { "a/../../evil": file }],
    ["upwards for Windows", { "a\\..\\..\\evil": file }],
    ["an absolute path", { "/tmp/evil": file }],
    ["an absolute path for Windows", { "\\evil": file }],
    ["a drive", { "C:/evil": file }],
    ["a drive's current folder", { "c:evil": file }],
    ["an empty path", { "": file }],
    ["an empty part", { "a//evil": file }],
    ["a dot", { "./evil": file }],
    ["a NUL", { "evil\0.txt": file }],
    ["git's own folder", { ".git/hooks/post-checkout": { mode: "100755", data: "evil" } }],
    ["git's own folder, as disks without case read it", { "a/.GIT/config": file }],
    ["git's own folder, as Windows reads it", { "GIT~1/config": file }],
    ["git's own folder, with what Windows drops", { ".git. /config": file }],
    ["a file below a link", { a: link("b"), "a/evil": file }],
    ["a file below a file", { a: { data: "a" }, "a/evil": file }],
    ["a link upwards", { "a/evil": link("../../evil") }],
    ["a link to an absolute path", { evil: link("/etc/passwd") }],
    ["a link to a drive", { evil: link("C:\\evil") }],
    ["a link with a NUL", { evil: link("a\0b") }],
    ["a link by way of another", { "p/q/b": link("../../"), "p/q/evil": link("b/../evil") }],
    ["a link by way of a later one", { "p/evil": link("q/../evil"), "p/q": link("..") }],
  ])("%s", async (_name, content) => {
    const extracted = extractFiles(engramOf({ ...content, "fine.txt": { data: "fine" } }), out);

    await expect(extracted).rejects.toMatchObject({ code: "extract-escape" });
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each<[string, RegExp, Content]>([
    ["a folder that is a link on this disk", /"a" is not extracted: the folder is a symbolic link/, { "a/evil": file }],
    ["a deeper one", /"a" is not extracted: the folder is a symbolic link/, { "a/b/c/evil": file }],
    ["a link that leads through one", /"evil" is not extracted: the link leads to/, { evil: link("a/evil") }],
  ])("%s", async (_name, message, content) => {
    mkdirSync(out);
    mkdirSync(join(folder, "elsewhere"));
    symlinkSync(join(folder, "elsewhere"), join(out, "a"));

    await expect(extractFiles(engramOf(content), out, { force: true })).rejects.toThrow(message);
    expect(readdirSync(join(folder, "elsewhere"))).toEqual([]);
  });

  it("but takes links that stay inside, dangling ones and circles", async () => {
    const content = {
      "a/up": link("../b/c"),
      "b/self": link("self"),
      "b/x": link("y"),
      "b/y": link("x"),
      "b/here": link("./../b/./here2"),
      gone: link("nowhere/at/all"),
    };

    expect((await extractFiles(engramOf(content), out)).written).toHaveLength(6);
    expect(readlinkSync(join(out, "b/here"))).toBe("./../b/./here2");
  });

  it("and every link that it takes is resolved inside by the system too", async () => {
    const content = { "p/q/b": link("../../p"), "p/q/a": link("b/q/../inside"), "p/inside": { data: "in" } };
    await extractFiles(engramOf(content), out);

    expect(realpathSync.native(join(out, "p/q/a"))).toBe(join(realpathSync.native(out), "p/inside"));
  });
});
