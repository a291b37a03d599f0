import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repositoryWithForgottenCopy, runCommand, temporaryFolder } from "./command-line.ts";

interface Hit {
  path: string;
  startLine: number;
  endLine: number;
  score: number;
  text?: string;
}

const folder = temporaryFolder();
const home = join(folder.path, "home");
const at = (name: string) => join(folder.path, name);
const run = (...args: string[]) => runCommand(args, home);
const repository = repositoryWithForgottenCopy(at("repository"));
const engram = at("main.engram");
const e = ["-e", engram];

/** A function over 30 lines whose words are its own, so that a file of several has several chunks. */
const routine = (name: string) =>
  [`export function ${name}(): void {`, ...Array.from({ length: 30 }, (_, i) => `  ${name}Step${i}();`), "}", ""].join(
    "\n",
  );

beforeAll(async () => {
  repository.write("src/long.ts", ["alpha", "beta", "gamma", "delta"].map(routine).join("\n"));
  repository.write("src/similarity.ts", "// similarity: of words, in 2 lines\nexport const similarity = 9;\n");
  repository.commit("More files");
  await run("ingest", "--git", repository.dir, ...e);
});

afterAll(() => folder.dispose());

/** As programs of the original read it: the number after the last colon of the first line with the word. */
function parseSimilarity(stdout: string): number {
  const line = stdout.split("\n").find((one) => one.toLowerCase().includes("similarity"));
  return Number(line?.split(":").at(-1)?.trim());
}

describe("query", () => {
  it("finds places for words, best first", async () => {
    const { code, stdout, stderr } = await run("query", ...e, "--text", "send mail to a queue");

    expect(stdout).toMatch(/^similarity: 0\.\d{4}\nsrc\/mail\.ts:1-3 {2}\d+\.\d\d\n/);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it.each(["src/orders.ts", "src/long.ts", "src/mail.ts", "src/similarity.ts"])(
    "says 1 for %s, which the engram holds, and what programs of the original parse",
    async (path) => {
      const { stdout } = await run("query", ...e, "-q", join(repository.dir, path), "-v");

      expect(stdout).toMatch(/^similarity: 1\.0000\n/);
      expect(parseSimilarity(stdout)).toBe(1);
      expect(stdout).toContain(path);
    },
  );

  it("says less for half of it, and 0 with exit code 1 for nothing", async () => {
    writeFileSync(at("half.ts"), routine("beta") + routine("unheardOf"));
    const half = await run("query", ...e, "-q", at("half.ts"));
    const nothing = await run("query", ...e, "--text", "xylophone quartz");

    expect(parseSimilarity(half.stdout)).toBeGreaterThan(0.2);
    expect(parseSimilarity(half.stdout)).toBeLessThan(0.8);
    expect(nothing).toEqual({ code: 1, stdout: "similarity: 0.0000\n", stderr: "" });
  });

  it("never says more than 1, also where a place holds the words more often than the question", async () => {
    expect(parseSimilarity((await run("query", ...e, "--text", "similarity")).stdout)).toBe(1);
  });

  it("prints the lines with -v and with --verbose", async () => {
    for (const flag of ["-v", "--verbose"]) {
      const { stdout } = await run("query", ...e, "--text", "sendMail", flag);
      expect(stdout).toContain("\n    1  export function sendMail(to: string): void {\n    2    queue.push({ to });\n");
    }
  });

  it("keeps to -k, globs and languages", async () => {
    const hits = async (...args: string[]) => {
      const { stdout } = await run("query", ...e, "--text", "rows first last", "--json", ...args);
      return (JSON.parse(stdout) as { hits: Hit[] }).hits.map(({ path }) => path);
    };

    expect((await hits()).slice(0, 2).sort()).toEqual(["src/invoices.ts", "src/orders.ts"]);
    expect(await hits("-k", "1")).toHaveLength(1);
    expect(await hits("--glob", "src/inv*.ts")).toEqual(["src/invoices.ts"]);
    expect(await hits("--language", "python")).toEqual([]);
    expect((await hits("--language", "python", "--language", "typescript")).length).toBeGreaterThan(1);
  });

  it("answers JSON lines in order; a wrong one does not stop the others", async () => {
    const lines = [
      '{"text": "sendMail"}',
      "nonsense",
      '{"file": "/none"}',
      '{"words": 1}',
      "",
      '{"text": "page", "k": 1}',
    ];
    writeFileSync(at("questions"), lines.join("\n"));

    const { code, stdout, stderr } = await run("query", ...e, "--batch", at("questions"));

    const answers = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(answers).toMatchObject([
      { hits: [{ path: "src/mail.ts" }] },
      { error: "this line is not JSON", remedy: expect.any(String) },
      { error: expect.stringMatching(/^\/none cannot be read/) },
      { error: expect.any(String) },
      { hits: [{ startLine: 1 }] },
    ]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  });

  it("reads standard input, and answers as a single question is answered", async () => {
    const single = await run("query", ...e, "--text", "sendMail", "--json");
    const batch = withInput(["query", ...e, "--batch", "-"], '{"text": "sendMail"}\n{"text": "sendMail"}');
    const piped = withInput(["query", ...e, "-q", "-"], "sendMail");

    expect(batch).toEqual({ code: 0, stdout: single.stdout.repeat(2) });
    expect(piped.stdout).toMatch(/\nsrc\/mail\.ts:1-3 /);
  });
});

describe("similar", () => {
  it("finds the copy of some lines in the clone, the lines themselves left out", async () => {
    const { code, stdout } = await run(
      "similar",
      `${repository.dir}/src/orders.ts:2-7`,
      "--repo",
      repository.dir,
      "-k",
      "2",
    );

    expect(stdout).toMatch(/^src\/invoices\.ts:\d+-\d+ {2}\d+\.\d\d\n/);
    expect(stdout).not.toContain("src/orders.ts");
    expect(code).toBe(0);
  });

  it("takes a path of the engram, and leaves out only the chunks that are asked for", async () => {
    const { stdout } = await run("similar", "src/long.ts:1-5", ...e, "--json");

    const { hits } = JSON.parse(stdout) as { hits: Hit[] };
    expect(hits.every(({ path, startLine }) => path !== "src/long.ts" || startLine > 5)).toBe(true);
    expect((await run("similar", "src/mail.ts", ...e, "--glob", "src/mail.ts")).code).toBe(1);
  });

  it("answers JSON lines", async () => {
    writeFileSync(at("places"), '{"file": "src/orders.ts:2-7"}\n{"file": "src/orders.ts:90"}\n');

    const { code, stdout } = await run("similar", ...e, "--batch", at("places"));

    const [found, wrong] = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(found).toMatchObject({
      hits: expect.arrayContaining([expect.objectContaining({ path: "src/invoices.ts" })]),
    });
    expect(wrong).toMatchObject({ error: expect.stringMatching(/there is no 90-90/) });
    expect(code).toBe(1);
  });
});

describe("diff", () => {
  const before = at("before.engram");

  beforeAll(async () => {
    await run("ingest", "--git", repository.dir, "--ref", "main", "-e", before);
    repository.git("mv", "src/mail.ts", "src/post.ts");
    mkdirSync(join(repository.dir, "docs"));
    repository.write("docs/paging.md", "# Paging\n");
    repository.remove("src/similarity.ts");
    repository.commit("Move");
    await run("ingest", "--git", repository.dir, "-e", at("after.engram"));
  });

  it("names added, removed, changed and renamed files, and ends with 1", async () => {
    const { code, stdout } = await run("diff", before, at("after.engram"));

    expect(stdout.split("\n").slice(1, -1)).toEqual([
      "A  docs/paging.md",
      "A  src/long.ts",
      "M  src/orders.ts",
      "R  src/mail.ts → src/post.ts",
    ]);
    expect(stdout).toMatch(/^[0-9a-f]{12} → [0-9a-f]{12}: 2 added, 1 changed, 1 renamed\n/);
    expect(code).toBe(1);
  });

  it("compares commits of a clone, and counts by directory", async () => {
    const engrams = await run("diff", before, at("after.engram"), "--json");
    const commits = await run("diff", "--repo", repository.dir, "main", "HEAD", "--json");
    expect(JSON.parse(commits.stdout)).toEqual(JSON.parse(engrams.stdout));

    const { stdout } = await run("diff", "--repo", repository.dir, "main", "HEAD", "--directories");
    expect(stdout).toMatch(/\ndirectory +added +removed +changed\nsrc +2 +1 +1\ndocs +1 +0 +0\n$/);
  });

  it("says of two engrams how much of each directory moved, the most first", async () => {
    const { stdout } = await run("diff", before, at("after.engram"), "--directories", "--json");
    const { directories } = JSON.parse(stdout) as { directories: { directory: string; moved: number }[] };

    expect(new Set(directories.map(({ directory }) => directory))).toEqual(new Set(["src", "docs"]));
    for (const { directory, moved } of directories) {
      expect(moved).toBeGreaterThan(0);
      if (directory === "docs") expect(moved).toBe(1); // new as a whole
      else expect(moved).toBeLessThan(1);
    }
  });

  it("says equal with exit code 0", async () => {
    const { code, stdout } = await run("diff", "--repo", repository.dir, "HEAD", "HEAD");

    expect(stdout).toMatch(/: equal\n$/);
    expect(code).toBe(0);
  });
});

describe("help", () => {
  it.each(["ingest", "extract", "query", "update", "list", "info", "verify", "similar", "diff"])(
    "of %s shows an example and the exit codes",
    async (verb) => {
      const { code, stdout } = await run(verb, "--help");

      expect(stdout).toMatch(new RegExp(`\nExamples?:\n {2}assistant ${verb} `));
      expect(stdout).toMatch(/Exit code: 0/);
      expect(code).toBe(0);
    },
  );

  it("groups the verbs", async () => {
    const { stdout } = await run("--help");

    expect(stdout.match(/^\w[^\n]*:$/gm)).toEqual(
      expect.arrayContaining(["Reviews and issues:", "Engrams:", "This machine:"]),
    );
  });
});

function withInput(args: string[], input: string): { code: number | null; stdout: string } {
  const launcher = fileURLToPath(new URL("../../../dist/launch.cjs", import.meta.url));
  const env = { ...process.env, ASSISTANT_HOME: home };
  const { status, stdout } = spawnSync(process.execPath, [launcher, ...args], { env, input, encoding: "utf8" });
  return { code: status, stdout };
}
