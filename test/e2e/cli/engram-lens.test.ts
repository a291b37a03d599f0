import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRepository } from "../../helpers/git-repository.ts";
import { runCommand, temporaryFolder } from "./command-line.ts";

const folder = temporaryFolder();
const home = join(folder.path, "home");
const at = (name: string) => join(folder.path, name);
const run = (...args: string[]) => runCommand(args, home);
const repository = createRepository(at("repository"));
const e = ["-e", at("keyed.engram")];
const withKey = ["--key-file", at("own.key")];

beforeAll(async () => {
  writeKey("own.key", "0a1b2c3d".repeat(8));
  writeKey("other.key", "ffeeddcc".repeat(8));
  repository.write("src/paging.ts", "export function pageOf(rows: Row[]): Row[] {\n  return rows.slice(0, 10);\n}\n");
  repository.write("src/mail.ts", "export function sendMail(to: string): void {\n  queue.push({ to });\n}\n");
  repository.commit("Two files");
  const made = await run("ingest", "--git", repository.dir, ...e, ...withKey, "-m");
  expect(made).toMatchObject({ code: 0, stderr: "" });
});
afterAll(() => folder.dispose());

function writeKey(name: string, digits: string, mode = 0o600): void {
  writeFileSync(at(name), `${digits}\n`);
  chmodSync(at(name), mode);
}

describe("an encrypted engram", () => {
  it("answers every verb with its key", async () => {
    const found = await run("query", ...e, ...withKey, "--text", "pageOf rows");
    expect(found.stdout).toMatch(/^similarity: 0\.\d{4}\nsrc\/paging\.ts:1-3 /);
    expect((await run("list", ...e, ...withKey)).stdout).toContain("src/mail.ts");
    const info = await run("info", ...e, ...withKey, "--json");
    expect(JSON.parse(info.stdout)).toMatchObject({ keyed: true, seed: null, files: 2 });
    expect((await run("similar", "src/paging.ts:1-2", ...e, ...withKey)).code).toBeLessThan(2);
    writeFileSync(at("new.ts"), "export const brandNew = 1;\n");
    const added = await run("update", "add", ...e, ...withKey, "-f", at("new.ts"), "-p", "src/new.ts", "-m");
    expect(added).toMatchObject({ code: 0, stderr: "" });
    expect((await run("update", "compact", ...e, ...withKey, "-m")).code).toBe(0);
    const manifest = at("keyed-manifest.json");
    expect(readFileSync(manifest, "utf8")).not.toMatch(/paging|new\.ts|seed/);
    const verified = await run("verify", ...e, ...withKey, "-m", manifest);
    expect(verified.stdout).toMatch(/sound, as its manifest says \(3 files/);
    await run("extract", ...e, ...withKey, "-m", manifest, "-o", at("out"));
    expect(readFileSync(at("out/src/new.ts"), "utf8")).toBe("export const brandNew = 1;\n");
    await run("ingest", "--git", repository.dir, "-e", at("plain.engram"));
    const diff = await run("diff", at("keyed.engram"), at("plain.engram"), ...withKey, "--key-file-b", "-");
    expect(diff.stdout).toContain("D  src/new.ts");
  });

  it.each<[string, string[], RegExp]>([
    ["without a key", ["info", ...e], /is encrypted, or it is no engram\. Name the key file .*--key-file FILE/],
    ["with another", ["info", ...e, "--key-file", at("other.key")], /The key does not open .*keyed\.engram/],
    ["to be written without a key", ["ingest", ...e, "--git", repository.dir], /is encrypted/],
    [
      "with a key that is not there",
      ["info", ...e, "--key-file", at("no.key")],
      /no\.key cannot be read: .*openssl rand/,
    ],
    ["its manifest without a key", ["verify", ...e, "-m", at("keyed-manifest.json")], /is sealed\. Name the key file/],
    ["a key without an engram", ["similar", "a.ts", ...withKey], /a key is named and no engram/],
  ])("is refused: %s", async (_, args, message) => {
    const before = readFileSync(at("keyed.engram"));
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
    expect(readFileSync(at("keyed.engram")).equals(before)).toBe(true);
  });

  it("is not made with a key that others may read, nor with none at all", async () => {
    writeKey("open.key", "0a1b2c3d".repeat(8), 0o644);
    const make = (key: string) =>
      run("ingest", "--git", repository.dir, "-e", at("never.engram"), "--key-file", at(key));
    expect((await make("open.key")).stderr).toMatch(/can be read or written by others \(mode 644\)\. chmod 600 /);
    expect((await make("missing.key")).stderr).toMatch(/openssl rand -hex 32/);
    expect([existsSync(at("never.engram")), existsSync(at("missing.key"))]).toEqual([false, false]);
  });
});
