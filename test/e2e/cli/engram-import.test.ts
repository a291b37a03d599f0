import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  changedManifest,
  contents,
  type Encoder,
  engramBytes,
  engramFile,
  manifestFile,
} from "../../unit/engram/original/original-files.ts";
import { runCommand, temporaryFolder } from "./command-line.ts";

const folder = temporaryFolder();
const home = join(folder.path, "home");
const at = (name: string) => join(folder.path, name);
const run = (...args: string[]) => runCommand(args, home);
const original = (encoder: Encoder) => ["import", "-e", engramFile(encoder), "-m", manifestFile(encoder)];

beforeAll(async () => {
  const damaged = engramBytes("legacy");
  damaged.write("LINE", damaged.indexOf("Line 90 of a text"));
  writeFileSync(at("damaged.engram"), damaged);
  writeFileSync(at("cut.engram"), engramBytes("holographic").subarray(0, 20_000));
  writeFileSync(
    at("escaping.json"),
    changedManifest("legacy", ({ files }) => void ((files[0] ?? never()).path = "../a")),
  );
  writeFileSync(
    at("removed.json"),
    changedManifest("legacy", ({ files }) => files.forEach((f) => (f.deleted = true))),
  );
  mkdirSync(at("folder"));
  writeFileSync(at("folder/a.txt"), "a\n");
  await run("ingest", "-i", at("folder"), "-e", at("own.engram"), "-m", at("own.json"));
});

afterAll(() => folder.dispose());

/** Every file below a folder with its bytes. */
function filesOf(dir: string): Map<string, Buffer> {
  const found = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((item) => item.isFile());
  const paths = found.map((item) => join(item.parentPath, item.name));
  return new Map(paths.map((path) => [relative(dir, path), readFileSync(path)]));
}

describe("import", () => {
  it.each<Encoder>(["holographic", "legacy"])("gives extract the same bytes: %s", async (encoder) => {
    const made = await run(...original(encoder), "-o", at(`${encoder}.engram`), "-v");
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(made.stdout).toContain("README.md  1 chunk\n");
    expect(made.stdout).toMatch(new RegExp(`${encoder}\\.engram made at tree-[0-9a-f]{12}: `));

    expect(await run("verify", "-e", at(`${encoder}.engram`))).toMatchObject({ code: 0 });
    const out = await run("extract", "-e", at(`${encoder}.engram`), "-o", at(encoder));
    expect(out).toMatchObject({ code: 0, stderr: "" });
    expect(filesOf(at(encoder))).toEqual(contents[encoder]);
  });

  it("makes the same engram as ingesting what the original extracts", async () => {
    for (const [path, data] of contents.legacy) {
      mkdirSync(join(at("extracted"), path, ".."), { recursive: true });
      writeFileSync(join(at("extracted"), path), data);
    }
    const ingested = await run("ingest", "-i", at("extracted"), "-e", at("ingested.engram"), "--json");
    const imported = await run(...original("legacy"), "-o", at("imported.engram"), "--json");

    const revision = (text: string) => (JSON.parse(text) as { info: { commit: string } }).info.commit;
    expect(revision(imported.stdout)).toBe(revision(ingested.stdout));
    expect(JSON.parse(imported.stdout)).toMatchObject({
      engram: at("imported.engram"),
      original: { encoder: "legacy", chunks: 12, deleted: 2, gitFiles: 0 },
      leftOut: [],
      info: { files: 10 },
    });
    expect(await run("diff", at("ingested.engram"), at("imported.engram"))).toMatchObject({ code: 0 });
  });

  it("can be asked", async () => {
    await run(...original("holographic"), "-o", at("asked.engram"));
    const { stdout } = await run("query", "-e", at("asked.engram"), "--text", "text added by an update");
    expect(stdout).toContain("\ndocs/added.txt:1  ");
  });

  it("leaves a damaged file out, names it and ends with 1", async () => {
    const args = ["import", "-e", at("damaged.engram"), "-m", manifestFile("legacy"), "-o", at("rest.engram")];
    const made = await run(...args);
    expect(made).toMatchObject({ code: 1, stderr: "" });
    expect(made.stdout).toContain("left out  long/text.txt: its bytes from 4096 to 4690 do not have the stored hash\n");
    const again = await run(...args, "--json");
    expect(again.code).toBe(1);
    expect(JSON.parse(again.stdout)).toMatchObject({ leftOut: [{ path: "long/text.txt" }], info: { files: 9 } });
    expect((await run("list", "-e", at("rest.engram"))).stdout).not.toContain("long/text.txt");
  });
});

describe("import of what it cannot read", () => {
  it.each<[string, string, string, number, RegExp]>([
    ["no engram", at("none"), manifestFile("legacy"), 2, /none cannot be read: .*Name the original's engram with -e/],
    ["no manifest", engramFile("legacy"), at("none"), 2, /none cannot be read: /],
    ["a folder", at("folder"), manifestFile("legacy"), 2, /folder cannot be read: EISDIR/],
    ["a truncated one", at("cut.engram"), manifestFile("holographic"), 2, /no sound engram of the original.*the file/],
    ["one of ours", at("own.engram"), at("own.json"), 2, /is a SQLite database.*needs no import/],
    ["our manifest", engramFile("legacy"), at("own.json"), 2, /own\.json is no sound manifest of the original/],
    ["the files in the wrong order", manifestFile("legacy"), engramFile("legacy"), 2, /no sound engram of the orig/],
    ["another's manifest", engramFile("legacy"), manifestFile("holographic"), 2, /is not of this engram: .*together\./],
    ["a path that leads away", engramFile("legacy"), at("escaping.json"), 2, /"\.\.\/a" is not imported: .*upwards\./],
    ["an emptied one", engramFile("legacy"), at("removed.json"), 1, /no file can be taken out .* removed from it/],
  ])("%s: one line, and nothing is written", async (_name, engram, manifest, code, message) => {
    const ended = await run("import", "-e", engram, "-m", manifest, "-o", at("new.engram"));

    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).toMatch(/^error: [^\n]+[.?]\n$/);
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code, stdout: "" });
    expect(existsSync(at("new.engram"))).toBe(false);
  });

  it("never writes over what it reads, nor over another program's file", async () => {
    const before = readFileSync(at("damaged.engram"));
    const same = await run(
      "import",
      "-e",
      at("damaged.engram"),
      "-m",
      manifestFile("legacy"),
      "-o",
      at("damaged.engram"),
    );
    expect(same).toMatchObject({ code: 2, stderr: expect.stringMatching(/named twice: to read and to write/) });
    const foreign = await run(...original("legacy"), "-o", at("damaged.engram"));
    expect(foreign).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(/^error: [^\n]+\n$/) });
    expect(readFileSync(at("damaged.engram"))).toEqual(before);
  });

  it("shows an example", async () => {
    const { code, stdout } = await run("import", "--help");
    expect(stdout).toContain("assistant import -e root.engram -m manifest.json -o service.engram");
    expect(code).toBe(0);
  });
});

function never(): never {
  throw new Error("it should be there");
}
