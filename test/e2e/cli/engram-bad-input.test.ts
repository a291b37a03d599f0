import { copyFileSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRepository } from "../../helpers/git-repository.ts";
import { type Ended, runCommand, temporaryFolder } from "./command-line.ts";

const folder = temporaryFolder();
const home = join(folder.path, "home");
const at = (name: string) => join(folder.path, name);
const run = (...args: string[]) => runCommand(args, home);
const repository = createRepository(at("repository"));

beforeAll(async () => {
  for (let i = 0; i < 60; i++)
    repository.write(`src/f${i}.ts`, `export const name${i} = "value ${i * 7}";\n`.repeat(20));
  repository.commit("Files");
  mkdirSync(at("empty"));
  mkdirSync(at("small"));
  writeFileSync(at("small/a.ts"), "export const a = 1;\n");
  writeFileSync(at("file"), "a file\n");
  writeFileSync(at("nothing"), "  \n");
  writeFileSync(at("binary"), Buffer.from([1, 0, 2]));
  await run("ingest", "--git", repository.dir, "-e", at("sound.engram"), "-m");
  await run("ingest", "-i", at("small"), "-e", at("other.engram"), "-m");

  damage("cut.engram", (file) => truncateSync(file, 5_000));
  damage("newer.engram", (file) => {
    const db = new Database(file);
    const [{ user_version: version }] = db.prepare("PRAGMA user_version").all([]) as [{ user_version: number }];
    db.exec(`PRAGMA user_version = ${version + 1}`);
    db.close();
  });
  damage("flipped.engram", flipBytes);
  writeFileSync(at("foreign.engram"), "This is a letter, not an engram.\n".repeat(200));
  const foreign = new Database(at("database.engram"));
  foreign.exec("CREATE TABLE letters (text TEXT)");
  foreign.close();
  writeFileSync(at("original.json"), '{"files": [], "total_chunks": 0, "chunk_size": 4096}');
  writeFileSync(at("later.json"), '{"format": "engram-manifest", "version": 2}');
});

afterAll(() => folder.dispose());

const e = (name: string) => ["-e", at(`${name}.engram`)];
const git = ["--git", repository.dir];

describe("bad input is one line with its remedy, and exit code 2", () => {
  it.each<[string, string[], RegExp]>([
    ["no input", ["ingest", ...e("new")], /no input is named\. Name folders with -i DIR, or/],
    ["two inputs", ["ingest", ...e("new"), ...git, "-i", at("small")], /named twice, by -i and by --git/],
    ["a ref without a repository", ["ingest", ...e("new"), "--ref", "main"], /--ref needs the repository/],
    ["no engram", ["ingest", "-i", at("small")], /required option '-e, --engram <file>' not specified/],
    ["no engram to update", ["update", "compact"], /no engram is named\. Name its file with -e\./],
    ["a missing folder", ["ingest", ...e("new"), "-i", at("none")], /none does not exist\. Name a folder/],
    ["a file for a folder", ["ingest", ...e("new"), "-i", at("file")], /file is not a folder\. Name a folder/],
    ["an empty folder", ["ingest", ...e("new"), "-i", at("empty")], /there is no file in .*empty\. Check/],
    ["an unknown ref", ["ingest", ...e("new"), ...git, "--ref", "nope"], /"nope" names no commit/],
    ["no repository", ["ingest", ...e("new"), "--git", at("small")], /is not a git repository\. Name a clone or/],
    ["an engram that is a folder", ["ingest", "-e", at("small"), ...git], /small cannot be written: it is a folder/],
    ["an engram below a file", ["ingest", "-e", at("file/x.engram"), ...git], /x\.engram cannot be written: /],
    ["a manifest that is a folder", ["ingest", ...e("new"), ...git, "-m", at("small")], /small cannot be written/],

    ["a missing engram", ["info", ...e("none")], /There is no engram at .*`assistant ingest`/],
    ["a missing engram to change", ["update", "remove", ...e("none"), "-p", "a"], /There is no engram at /],
    ["a folder for an engram", ["list", "-e", at("small")], /small/],

    ["an engram of another program", ["query", ...e("foreign"), "--text", "x"], /foreign\.engram/],
    ["a database of another program", ["query", ...e("database"), "--text", "x"], /database\.engram/],
    ["another program's file to ingest into", ["ingest", ...e("foreign"), ...git], /foreign\.engram/],
    ["another program's database to ingest into", ["ingest", ...e("database"), ...git], /database\.engram/],
    ["a truncated engram", ["info", ...e("cut")], /cut\.engram is damaged: .*Restore it from a copy, or ingest/],
    ["a truncated engram to ingest into", ["ingest", ...e("cut"), ...git], /cut\.engram is damaged/],
    ["an engram of a newer program", ["info", ...e("newer")], /written by a newer program: .*Update this program/],
    ["a newer engram to ingest into", ["ingest", ...e("newer"), ...git], /written by a newer program/],
    ["an engram with flipped bytes", ["extract", ...e("flipped"), "-o", at("out")], /flipped\.engram is damaged/],

    ["no folder to extract into", ["extract", ...e("sound")], /required option '-o, --output-dir <dir>'/],
    ["a file to extract into", ["extract", ...e("sound"), "-o", at("file")], /file is not a folder\. Name/],
    [
      "another engram's manifest",
      ["extract", ...e("sound"), "-m", at("other-manifest.json"), "-o", at("out")],
      /other-manifest\.json is not of this engram: they differ in "a\.ts"\. Name the manifest/,
    ],
    ["a missing manifest", ["verify", ...e("sound"), "-m", at("none")], /manifest .*none cannot be read: /],
    ["no JSON for a manifest", ["verify", ...e("sound"), "-m", at("file")], /is not a manifest of this program: it is/],
    [
      "another manifest",
      ["verify", ...e("sound"), "-m", at("original.json")],
      /not a manifest of this program: format/,
    ],
    ["a newer manifest", ["verify", ...e("sound"), "-m", at("later.json")], /has version 2; this program knows/],

    ["no question", ["query", ...e("sound")], /nothing is asked\. Name a file with -q, or/],
    ["two questions", ["query", ...e("sound"), "--text", "a", "-q", at("file")], /given twice\. /],
    ["an empty question", ["query", ...e("sound"), "--text", " "], /the question is empty\. Ask with/],
    ["an empty file", ["query", ...e("sound"), "-q", at("nothing")], /nothing is empty\. Ask with/],
    ["a binary file", ["query", ...e("sound"), "-q", at("binary")], /no text that can be looked for: it is binary\. /],
    ["a missing file", ["query", ...e("sound"), "-q", at("none")], /none cannot be read: .* Check the path/],
    ["a folder for a file", ["query", ...e("sound"), "-q", at("small")], /small cannot be read: EISDIR/],
    [
      "no hits wanted",
      ["query", ...e("sound"), "--text", "a", "-k", "0"],
      /'0' is invalid\. It must be a whole number/,
    ],
    ["some hits wanted", ["query", ...e("sound"), "--text", "a", "-k", "some"], /'some' is invalid\. It must be/],
    [
      "an unknown language",
      ["query", ...e("sound"), "--text", "a", "--language", "typscript"],
      /'typscript' is invalid\. Did you mean typescript\?/,
    ],
    ["a missing batch", ["query", ...e("sound"), "--batch", at("none")], /none cannot be read: .* Name a file with/],

    [
      "a file that is there",
      ["update", "add", ...e("other"), "-f", at("file"), "-p", "a.ts"],
      /holds a\.ts already\. Repl/,
    ],
    [
      "a file that is not",
      ["update", "modify", ...e("other"), "-f", at("file"), "-p", "b"],
      /holds no b\. Name a path/,
    ],
    ["a path that is not", ["update", "remove", ...e("other"), "-p", "b"], /holds no b\. Name a path as list/],
    [
      "a path that leads away",
      ["update", "add", ...e("other"), "-f", at("file"), "-p", "../b"],
      /\.\.\/b cannot be what/,
    ],
    ["no path for a file elsewhere", ["update", "add", ...e("other"), "-f", at("file")], /cannot be what .* -p src/],
    ["no file to add", ["update", "add", ...e("other"), "-f", at("none"), "-p", "b"], /none cannot be read: /],
    ["a folder to add", ["update", "add", ...e("other"), "-f", at("small"), "-p", "b"], /small cannot be read: /],

    ["nothing that is similar", ["similar", ...e("sound")], /nothing is asked\. Name one file, for example/],
    ["two places to look in", ["similar", "a", ...e("sound"), "--repo", at("small")], /an engram is named and a clone/],
    ["lines that are not there", ["similar", "src/f0.ts:30-40", ...e("sound")], /has 20 lines; there is no 30-40/],
    ["lines the wrong way round", ["similar", "src/f0.ts:9-3", ...e("sound")], /there is no 9-3\. Name lines from 1/],
    ["a comparison with nothing", ["diff", at("sound.engram")], /missing required argument 'b'/],
    ["a comparison with no commit", ["diff", "--repo", repository.dir, "HEAD", "nope"], /"nope" names no commit/],
  ])("%s", async (_name, args, message) => {
    expectOneLine(await run(...args), message);
  });

  it("and whatever was refused left the files as they were", async () => {
    expect(readFileSync(at("foreign.engram"), "utf8")).toMatch(/^This is a letter/);
    expect(statSync(at("cut.engram")).size).toBe(5_000);
    const db = new Database(at("database.engram"));
    expect(db.prepare("SELECT name FROM sqlite_master").all([])).toEqual([{ name: "letters" }]);
    db.close();
    expect(await run("verify", ...e("sound"), "-m", at("sound-manifest.json"))).toMatchObject({ code: 0 });
    expect(await run("verify", ...e("other"), "-m", at("other-manifest.json"))).toMatchObject({ code: 0 });
  });
});

describe("verify", () => {
  it.each(["cut", "flipped"])("says what is wrong with the %s one, and ends with 1", async (name) => {
    const { code, stdout, stderr } = await run("verify", ...e(name));

    expect(stdout).toMatch(new RegExp(`${name}\\.engram: \\d+ problems? \\(`));
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  });

  it("names what a manifest says differently, by path", async () => {
    const manifest = readFileSync(at("other-manifest.json"), "utf8");
    writeFileSync(at("wrong.json"), manifest.replace('"mode":"100644"', '"mode":"100755"').replace("[1,1]", "[1,9]"));

    const { code, stdout } = await run("verify", ...e("other"), "-m", at("wrong.json"));

    expect(stdout).toContain('"a.ts": mode is 100755 in the manifest and 100644 in the engram\n');
    expect(stdout).toContain('"a.ts": chunks is 1-9 in the manifest and 1-1 in the engram\n');
    expect(code).toBe(1);
  });
});

/** A copy of the sound engram with something done to it. */
function damage(name: string, how: (file: string) => void): void {
  copyFileSync(at("sound.engram"), at(name));
  how(at(name));
}

/** Sixteen bytes in each of the last nine tenths' pages: contents and rows, not SQLite's own first pages. */
function flipBytes(file: string): void {
  const data = readFileSync(file);
  for (let at = Math.floor(data.length / 10); at < data.length; at += 4_096) {
    for (let i = at; i < at + 16 && i < data.length; i++) data[i] = (data[i] as number) ^ 0xff;
  }
  writeFileSync(file, data);
}

function expectOneLine({ code, stdout, stderr }: Ended, message: RegExp): void {
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/^error: [^\n]+[.?]\n$/);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
}
