import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRepository } from "../../helpers/git-repository.ts";
import { repositoryWithForgottenCopy, runCommand, temporaryFolder } from "./command-line.ts";

const folder = temporaryFolder();
const home = join(folder.path, "home");
const at = (name: string) => join(folder.path, name);
const run = (...args: string[]) => runCommand(args, home);
const repository = createRepository(at("shop"));
const repo = ["--repo", repository.dir];
/** Commits by what they did. */
const commits: Record<"before" | "pull" | "refund", string> = { before: "", pull: "", refund: "" };

const cart = (tax: number) => `import { round } from "./round";

export class Cart {
  addItem(item: Item): void {
    this.items.push(item);
  }

  grandTotal(): number {
    const net = this.items.reduce((sum, item) => sum + item.price, 0);
    return round(net * ${tax});
  }
}
`;

beforeAll(() => {
  repository.write("src/round.ts", "export function round(value: number): number {\n  return Math.floor(value);\n}\n");
  repository.write(
    "src/checkout.ts",
    'import { Cart } from "./cart";\n\nexport const pay = (cart: Cart) => cart.grandTotal();\n',
  );
  repository.write("src/mail.ts", "export function sendLetter(to: string): void {\n  post(to);\n}\n");
  for (const tax of [1.1, 1.2, 1.3, 1.4]) {
    repository.write("src/cart.ts", cart(tax));
    repository.write("test/cart.test.ts", `expect(new Cart().grandTotal()).toBe(${tax});\n`);
    commits.before = repository.commit(`Tax is ${tax}`, {
      author: tax > 1.3 ? "Bob Clerk <bob@example.com>" : "Ada Tester <ada@example.com>",
    });
  }
  repository.git("switch", "--quiet", "--create", "pull");
  repository.write("src/cart.ts", cart(1.5));
  commits.pull = repository.commit("Raise the tax for luxury");
  repository.git("update-ref", "refs/pull/7/head", commits.pull);
  repository.git("switch", "--quiet", "main");
  repository.git(
    "merge",
    "--quiet",
    "--no-ff",
    "-m",
    "Merge pull request #7 from ada/pull\n\nRaise the tax for luxury",
    "pull",
  );
  repository.write(
    "src/refund.ts",
    "export function refundVoucher(code: string): void {\n  vouchers.delete(code);\n}\n",
  );
  commits.refund = repository.commit("Refund vouchers");
});

afterAll(() => folder.dispose());

interface Json {
  suspects: { path: string; symbol: string | null; citation: { commit: string }; contributions: { share: number }[] }[];
  files: { path: string; why: string; ties: object }[];
  owners: { why: string }[];
  pulls: { citation: { number: number } }[];
  commits: { citation: { commit: string } }[];
}

async function ask(...args: string[]): Promise<Json> {
  return JSON.parse((await run(...args, ...repo, "--json")).stdout) as Json;
}

describe("locate", () => {
  it("names the function that a text is about, with its lines and reasons", async () => {
    const { code, stdout, stderr } = await run("locate", "The grand total of a cart is wrong", ...repo);

    expect(stdout).toMatch(/^src\/cart\.ts:\d-11 {2}grandTotal {2}\d\.\d\d\n {4}1st by /);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it("shows with --explain what each list added, which makes up the score", async () => {
    const { suspects } = await ask("locate", "The grand total of a cart is wrong");
    const { stdout } = await run("locate", "The grand total of a cart is wrong", ...repo, "--explain", "-v");

    expect(stdout).toMatch(/\n {4}0\.\d{3} {2}rank 1 {2}\w/);
    expect(stdout).toContain("\n     8    grandTotal(): number {\n");
    const [first] = suspects as (Json["suspects"][number] & { score: number })[];
    expect(first?.contributions.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(first?.score ?? 0, 10);
  });

  it("reads an issue from a file, and a failing test's output from a pipe", async () => {
    const trace =
      "It fails\n\nError: x\n    at Cart.addItem (/srv/shop/src/cart.ts:5:10)\n    at node:internal/x:1:1\n";
    writeFileSync(at("issue.md"), trace);
    const file = await run("locate", "--issue", at("issue.md"), ...repo, "-k", "1");
    const piped = withInput(["locate", "-", ...repo, "-k", "1"], trace);

    expect(file.stdout).toMatch(/^src\/cart\.ts:4-6 {2}addItem {2}.*\n {4}innermost in the stack trace/);
    expect(piped).toEqual({ code: 0, stdout: file.stdout });
  });

  it("sees nothing that is newer than --at", async () => {
    const now = await ask("locate", "Refund a voucher");
    const then = await ask("locate", "Refund a voucher of a cart", "--at", commits.before);

    expect(now.suspects[0]).toMatchObject({ path: "src/refund.ts", symbol: "refundVoucher" });
    expect(now.suspects[0]?.citation.commit).toBe(commits.refund);
    expect(then.suspects.map(({ path }) => path)).not.toContain("src/refund.ts");
    expect(new Set(then.suspects.map(({ citation }) => citation.commit))).toEqual(new Set([commits.before]));
  });

  it("answers JSON lines; a wrong one does not stop the others", async () => {
    const lines = [
      '{"text": "refund a voucher", "k": 1}',
      "nonsense",
      '{"title": "x", "boddy": ""}',
      '{"title": "Send a letter"}',
    ];
    writeFileSync(at("questions"), lines.join("\n"));
    const { code, stdout, stderr } = await run("locate", "--batch", at("questions"), ...repo);

    const answers = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(answers).toMatchObject([
      { suspects: [{ path: "src/refund.ts" }] },
      { error: "this line is not JSON" },
      { error: expect.any(String) },
      { suspects: expect.arrayContaining([expect.objectContaining({ path: "src/mail.ts" })]) },
    ]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  });

  it("says so, and ends with 1, where no word is known or no file is there", async () => {
    const empty = createRepository(at("no-files"));
    empty.commit("Nothing yet");

    expect(await run("locate", "xylophone quartz", ...repo)).toEqual({
      code: 1,
      stdout: "no word of the text stands in the repository\n",
      stderr: "",
    });
    expect((await run("locate", "Nothing", "--repo", empty.dir)).code).toBe(1);
    expect(JSON.parse((await run("locate", "xylophone", ...repo, "--json")).stdout)).toMatchObject({ suspects: [] });
  });
});

describe("related", () => {
  it("names files with what ties them, people, pull requests and commits", async () => {
    const { files, owners, pulls, commits: shaped } = await ask("related", "src/cart.ts");

    expect(files.find(({ path }) => path === "test/cart.test.ts")).toMatchObject({
      ties: { changedAlong: { support: 5, together: 4, confidence: expect.closeTo(0.8, 1) }, test: true },
      why: expect.stringMatching(/^changed along in 4 of 5 commits \(confidence 0\.\d\d\);.* its test by name$/),
    });
    expect(files.find(({ path }) => path === "src/checkout.ts")).toMatchObject({ ties: { uses: true } });
    expect(files.map(({ path }) => path)).not.toContain("src/cart.ts");
    expect(owners[0]?.why).toMatch(/^Ada Tester wrote \d of the 5 commits here, the last on 2024-01-01$/);
    expect(owners[1]?.why).toMatch(/^Bob Clerk wrote 1 /);
    expect(pulls.map(({ citation }) => citation.number)).toEqual([7]);
    // What came with #7 is told there.
    expect(shaped.length).toBeGreaterThan(0);
    expect(shaped.map(({ citation }) => citation.commit)).not.toContain(commits.pull);
  });

  it("looks at lines, as of a commit, in a bare repository", async () => {
    const bare = at("bare.git");
    repository.git("clone", "--quiet", "--bare", repository.dir, bare);
    const { code, stdout } = await run(
      "related",
      "src/cart.ts:8-11",
      "--repo",
      bare,
      "--at",
      commits.before,
      "--explain",
    );

    expect(stdout).toMatch(/^files:\n {2}\S+ {2}0\.\d\d {2}/);
    expect(stdout).toMatch(/\n {4}0\.\d{3} {2}rank \d+ {2}/);
    expect(stdout).toContain("changed along in 4 of 4 commits");
    expect(stdout).not.toContain("#7");
    expect(stdout).not.toContain(commits.pull.slice(0, 12));
    expect(code).toBe(0);
  });

  it("knows the file by its name on this disk, and answers JSON lines", async () => {
    writeFileSync(at("paths"), '{"path": "src/cart.ts:8", "k": 1}\n{"path": "src/none.ts"}\n');
    const { code, stdout } = await run("related", "--batch", at("paths"), ...repo);
    const [first, second] = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);

    expect(first).toMatchObject({ path: "src/cart.ts", startLine: 8, endLine: 8, files: [expect.anything()] });
    expect(second).toMatchObject({ error: expect.stringMatching(/there is no file src\/none\.ts/) });
    expect(code).toBe(1);
    expect((await run("related", join(repository.dir, "src/cart.ts"), ...repo)).code).toBe(0);
  });
});

describe("similar", () => {
  const copies = repositoryWithForgottenCopy(at("copies"));

  it("takes words, a symbol and a commit", async () => {
    const text = await run("similar", "--text", "refund voucher code", ...repo, "-k", "1");
    const symbol = await run("similar", "--symbol", "listOrders", "--repo", copies.dir, "-k", "1");
    const before = await run("similar", "--text", "refund voucher code", ...repo, "--at", commits.before);

    expect(text.stdout).toMatch(/^src\/refund\.ts:1-3 /);
    expect(symbol.stdout).toMatch(/^src\/invoices\.ts:/);
    expect(before.stdout).not.toContain("refund");
  });

  it("shows near-copies line by line", async () => {
    const args = ["similar", "src/orders.ts:4-6", "--copies", "--repo", copies.dir, "--at", "main"];
    const exact = await run(...args);
    copies.git("switch", "--quiet", "main");
    copies.write("src/orders.ts", "const first = page * size;\nconst last = first + count - 1;\nconst more = 1;\n");
    const changed = await run("similar", join(copies.dir, "src/orders.ts"), "--copies", "--repo", copies.dir, "--json");

    expect(exact.stdout).toMatch(
      /^src\/invoices\.ts:4-6 {2}1\.00 {2}3 of 3 lines are the same\n {2}= 4 {4}const first = page \* size;\n {2}= 5 /,
    );
    expect(exact.code).toBe(0);
    expect(JSON.parse(changed.stdout)).toMatchObject({ copies: expect.any(Array) });
  });

  it("shows which names differ in a near-copy, and says where there is none", async () => {
    copies.write(
      "src/queries.ts",
      '  const first = page * size;\n  const last = first + limit - 1;\n  log.debug("rows from %d to %d of %d", first, last, rows.length);\n',
    );
    const near = await run("similar", join(copies.dir, "src/queries.ts"), "--copies", "--repo", copies.dir);

    expect(near.stdout).toMatch(/2 of 3 lines are the same; names differ: limit → size\n/);
    expect(near.stdout).toMatch(
      /\n {2}~ 5 {4}const last = first \+ size - 1;\n {4}2 {4}const last = first \+ limit - 1;\n/,
    );
    const none = await run("similar", "src/mail.ts", "--copies", "--repo", copies.dir);
    expect(none.code).toBe(1);
  });
});

describe("explain-evidence", () => {
  const change = repositoryWithForgottenCopy(at("change"));
  const there = ["--repo", change.dir];

  it("prints every piece about a change, and whether it resolves", async () => {
    const { code, stdout } = await run("explain-evidence", ...there, "--base", "main", "--head", "fix");

    expect(stdout).toMatch(/^Changed here, but not in `src\/invoices\.ts:4`\n/);
    expect(stdout).toMatch(
      /\n {2}near-copy {2}src\/invoices\.ts#L4-L6@[0-9a-f]{12} {2}1\.00 {2}resolves\n {4}3 of 3 lines/,
    );
    expect(stdout).not.toContain("does not resolve");
    expect(code).toBe(0);
  });

  it("prints one JSON document, and takes --at as the change's head", async () => {
    const { stdout } = await run("explain-evidence", ...there, "--base", "main", "--at", "fix", "--json");
    const found = JSON.parse(stdout) as {
      head: string;
      findings: { evidence: { resolves: boolean; cite: string }[] }[];
    };

    expect(found.head).toBe(change.git("rev-parse", "fix"));
    const pieces = found.findings.flatMap(({ evidence }) => evidence);
    expect(pieces.length).toBeGreaterThan(0);
    expect(pieces.every(({ resolves }) => resolves)).toBe(true);
    // What it prints can be asked for again.
    const { stdout: text, code } = await run("explain-evidence", pieces.at(-1)?.cite ?? "", ...there);
    expect(text).toContain("first");
    expect(code).toBe(0);
  });

  it("resolves citations, and ends with 1 where one does not", async () => {
    const resolve = async (citation: string, ...more: string[]) => {
      const { code, stdout } = await run("explain-evidence", citation, ...repo, ...more);
      return [code, stdout];
    };

    expect(await resolve(`src/cart.ts#L4-L5@${commits.before}`)).toEqual([
      0,
      "  addItem(item: Item): void {\n    this.items.push(item);\n",
    ]);
    expect(await resolve("src/round.ts#L2")).toEqual([0, "  return Math.floor(value);\n"]);
    expect(await resolve(commits.refund.slice(0, 10))).toEqual([0, "Refund vouchers\n"]);
    expect(await resolve("#7")).toEqual([0, "Raise the tax for luxury\n"]);
    expect((await resolve("#8"))[0]).toBe(1);
    expect((await resolve("#7", "--at", commits.before))[0]).toBe(1);
    expect((await resolve(`src/cart.ts#L4000@${commits.before}`))[0]).toBe(1);
    expect((await resolve("0123456789abcdef"))[0]).toBe(1);
    expect((await resolve(`src/refund.ts#L1@${commits.refund}`, "--at", commits.before))[0]).toBe(1);
    expect((await resolve("src/refund.ts#L1", "--at", commits.before))[0]).toBe(1);
  });

  it("answers JSON lines", async () => {
    writeFileSync(
      at("citations"),
      '{"citation": "src/mail.ts#L1"}\n{"citation": "nonsense"}\n{"base": "main", "head": "fix"}\n',
    );
    const { code, stdout } = await run("explain-evidence", "--batch", at("citations"), ...there);

    expect(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as object),
    ).toMatchObject([
      { resolves: true, text: "export function sendMail(to: string): void {" },
      { error: '"nonsense" is no citation' },
      { findings: [expect.objectContaining({ kind: "near-copy" })] },
    ]);
    expect(code).toBe(1);
  });
});

describe("bad input is one line with its remedy", () => {
  const none = createRepository(at("empty"));
  const shallow = at("shallow");

  it.each<[string, string[], RegExp]>([
    ["an unknown ref", ["locate", "x", ...repo, "--at", "nope"], /"nope" names no commit .* Check the spelling/],
    ["no commit", ["related", "a.ts", "--repo", none.dir], /the repository has no commit yet\. /],
    ["no repository", ["locate", "x", "--repo", folder.path], /is not a git repository\. /],
    [
      "an unknown path",
      ["related", "src/crat.ts", ...repo],
      /there is no file src\/crat\.ts .*Did you mean src\/cart\.ts\?/,
    ],
    ["a path in another folder", ["related", "lib/cart.ts", ...repo], /Did you mean src\/cart\.ts\?/],
    [
      "a path that came later",
      ["related", "src/refund.ts", ...repo, "--at", "HEAD~1"],
      /there is no file src\/refund\.ts/,
    ],
    [
      "lines that are not there",
      ["related", "src/mail.ts:9", ...repo],
      /has 3 lines; there is no 9-9\. Name lines from 1/,
    ],
    ["no text", ["locate", ...repo], /nothing is asked\. Give a text/],
    ["two texts", ["locate", "a", "--issue", "b", ...repo], /more than one thing is asked\. /],
    ["an empty text", ["locate", " ", ...repo], /the text is empty\. Ask with at least one word/],
    ["an unreadable issue", ["locate", "--issue", "/none", ...repo], /\/none cannot be read: .* Check the path/],
    ["no place", ["related", ...repo], /nothing is asked\. Name one file/],
    ["no such symbol", ["similar", "--symbol", "xylophone", ...repo], /nothing is called xylophone .* --text/],
    [
      "an unknown file",
      ["similar", "src/crat.ts:1-3", ...repo],
      /there is no file src\/crat\.ts .*Did you mean src\/cart\.ts\?/,
    ],
    ["a symbol and a text", ["similar", "--symbol", "a", "--text", "b", ...repo], /more than one thing is asked\. /],
    [
      "too little to be copied",
      ["similar", "src/mail.ts:3", "--copies", ...repo],
      /too little code .* Name more lines/,
    ],
    ["a citation that is none", ["explain-evidence", "cart", ...repo], /"cart" is no citation\. Give src\/a\.ts#L10/],
    ["a commit of an engram", ["similar", "a", "-e", "x", "--at", "HEAD"], /an engram is named and a clone as well\. /],
  ])("%s", async (_name, args, message) => {
    const { code, stdout, stderr } = await run(...args);

    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  it("a shallow clone is said to lack its older history, once, and is answered", async () => {
    repository.git("clone", "--quiet", "--depth=1", `file://${repository.dir}`, shallow);
    const { code, stdout, stderr } = await run("locate", "Refund a voucher", "--repo", shallow);

    expect(stdout).toMatch(/^src\/refund\.ts:1-3 {2}refundVoucher/);
    expect(stderr).toMatch(/^note: this is a shallow clone: [^\n]+\(git fetch --unshallow\)\n$/);
    expect(code).toBe(0);
  });
});

function withInput(args: string[], input: string): { code: number | null; stdout: string } {
  const launcher = fileURLToPath(new URL("../../../dist/launch.cjs", import.meta.url));
  const env = { ...process.env, ASSISTANT_HOME: home };
  const { status, stdout } = spawnSync(process.execPath, [launcher, ...args], { env, input, encoding: "utf8" });
  return { code: status, stdout };
}
