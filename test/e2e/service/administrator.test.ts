import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { buildDemoRepository } from "../../../fixtures/demo/build-repository.ts";
import { demoRefs, demoRepository } from "../../../fixtures/demo/demo-repository.ts";
import { git } from "../../../src/shared/git.ts";
import { type GitHubServer, type Repository, startGitHubServer } from "../../helpers/github-server/github-server.ts";
import { commitFile, waitFor } from "../../helpers/service.ts";
import { pressRegister, printedPage } from "../../helpers/setup-browser.ts";

const launcher = join(import.meta.dirname, "../../../dist/launch.cjs");
const { owner, name, pull, defaultBranch, planted } = demoRepository;

/** docs/guides/app.md from the first command to the last, with nothing set but what the guide sets. */
it("sets an organisation's app up, serves it, and leaves nothing behind when it is uninstalled", async () => {
  const folder = mkdtempSync(join(tmpdir(), "administrator-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const github = await startGitHubServer();
  onTestFinished(() => github.stop());
  const repository = await prepareRepository(github, join(folder, "repository.git"));
  const address = `http://127.0.0.1:${await freePort()}`;
  const machine = new Machine(join(folder, "home"), new URL(address).port);

  // Set up: the app is registered in a browser, and its key kept for this user alone.
  const host = { GHE_HOST: new URL(github.url).host, GHE_PROTOCOL: "http" };
  const setup = machine.start(["setup", "--webhook-url", address, "--organisation", owner], host);
  const { action, back } = await pressRegister(await printedPage(setup.child));
  expect(action).toContain(`/organizations/${owner}/settings/apps/new`);
  expect((await fetch(back)).status).toBe(200);
  expect(await setup.end).toMatchObject({ code: 0, stderr: "" });
  const privateFiles = readdirSync(machine.home).filter((file) => /\.(?:env|pem)$/.test(file));
  expect(privateFiles).toHaveLength(2);
  for (const file of privateFiles) expect(statSync(join(machine.home, file)).mode & 0o777).toBe(0o600);

  // Doctor names the hop that fails, and is content once the server runs.
  const before = await machine.start(["doctor"]).end;
  expect(before.stdout).toMatch(/webhook +missing .*TCP/);
  expect(before.stdout).toContain("Start the server (assistant serve)");
  expect(before.code).toBe(1);
  const serving = machine.start(["serve"]);
  await waitFor("the server to listen", () => serving.printed().includes('"listening"'));
  const after = await machine.start(["doctor"]).end;
  expect(after.stdout).toContain(`${address}/api/github/webhooks answers`);
  expect(after.stdout).toContain("Nothing is missing.");
  expect(after.code).toBe(0);

  // Installed, it says nothing until somebody with the role asks.
  const installation = github.installApp(owner, [name]);
  await git(repository.gitDir, ["update-ref", `refs/heads/${pull.branch}`, demoRefs.push1]);
  await github.openPull(repository, pull.author, { ...pull, head: pull.branch, base: defaultBranch });
  github.comment(repository, "stranger", pull.number, "What is this about?");
  await quiet(github, address);
  expect(ours(github, repository)).toEqual([]);
  github.setPermission(repository, "mara", "write");
  github.comment(repository, "mara", pull.number, "/assistant review");
  await waitFor("the review", () => ours(github, repository).length > 0);
  await quiet(github, address);
  expect(ours(github, repository).join("\n")).toContain(planted.danglingReference.usedIn);
  expect(keptOf(machine.home)).not.toEqual([]);

  // The dashboard shows it, to this machine.
  const page = await get(`${address}/dashboard`);
  expect(page).toContain(`${owner}/${name}`);
  expect(page).toContain(`#${pull.number}`);

  // Uninstalled, it forgets the repository and writes nothing more.
  const written = ours(github, repository).length;
  github.uninstallApp(installation);
  await waitFor("everything of the repository to be gone", () => keptOf(machine.home).length === 0);
  github.comment(repository, "mara", pull.number, "/assistant review");
  await quiet(github, address);
  expect(ours(github, repository)).toHaveLength(written);
  // What was looked at a moment ago is shown for a moment longer.
  await waitFor("the dashboard to forget it", async () => {
    const shown = await get(`${address}/dashboard`);
    return shown.includes("Dashboard of Engram Assistant") && !shown.includes(`${owner}/${name}`);
  });
  expect(existsSync(join(machine.home, "app.env"))).toBe(true);

  serving.child.kill("SIGTERM");
  expect((await serving.end).code).toBe(0);
}, 300_000);

/** The demo's repository as a stranger to the assistant: without its configuration. */
async function prepareRepository(github: GitHubServer, gitDir: string): Promise<Repository> {
  await buildDemoRepository(gitDir);
  await commitFile(gitDir, defaultBranch, ".github/assistant.yml", null);
  return github.createRepository({ owner, name, gitDir });
}

interface Command {
  child: ChildProcess;
  /** On standard output, so far. */
  printed(): string;
  end: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

/** A machine with the built program, on which nothing is set but ASSISTANT_HOME and PORT. */
class Machine {
  readonly home: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(home: string, port: string) {
    this.home = home;
    this.#env = { PATH: process.env["PATH"], HOME: home, ASSISTANT_HOME: home, PORT: port, HOST: "127.0.0.1" };
  }

  start(args: string[], env: NodeJS.ProcessEnv = {}): Command {
    const child = spawn(process.execPath, [launcher, ...args], {
      env: { ...this.#env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const texts = { stdout: "", stderr: "" };
    child.stdout.on("data", (data: Buffer) => (texts.stdout += data.toString("utf8")));
    child.stderr.on("data", (data: Buffer) => (texts.stderr += data.toString("utf8")));
    const end = once(child, "close").then(([code]) => ({ code: code as number | null, ...texts }));
    return { child, end, printed: () => texts.stdout };
  }
}

/** Everything that the app wrote on the pull request. */
function ours({ state }: GitHubServer, { comments, reviewComments }: Repository): string[] {
  const isOurs = ({ author }: { author: { login: string } | null }) => author?.login === state.app.bot.login;
  return [...comments.filter(isOurs), ...reviewComments.filter(isOurs)].map(({ body }) => body);
}

/** What is kept of the repository, as paths below the home. */
function keptOf(home: string): string[] {
  return readdirSync(home, { recursive: true, encoding: "utf8" }).filter((path) => path.includes(name));
}

async function quiet(github: GitHubServer, address: string): Promise<void> {
  await github.hooks.settled();
  await waitFor("an empty queue", async () => {
    const { queue } = JSON.parse(await get(`${address}/healthz`)) as { queue: Record<string, number> };
    return queue["waiting"] === 0 && queue["running"] === 0;
  });
}

/** On a machine under load a connection that was kept may be closed just as it is used again. */
async function get(url: string): Promise<string> {
  return (await fetch(url).catch(() => fetch(url))).text();
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
