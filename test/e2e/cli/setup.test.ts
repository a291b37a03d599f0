import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo } from "node:net";
import { join } from "node:path";
import type { ChildProcess } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type GitHubServer, startGitHubServer } from "../../helpers/github-server/github-server.ts";
import { pressRegister, printedPage } from "../../helpers/setup-browser.ts";
import { type Ended, ended, runCommand, startCommand, temporaryFolder } from "./command-line.ts";

const hook = "https://assistant.example.com/api/github/webhooks";

let github: GitHubServer;
let home: ReturnType<typeof temporaryFolder>;
let env: NodeJS.ProcessEnv;
const started: ChildProcess[] = [];

beforeEach(async () => {
  github = await startGitHubServer();
  home = temporaryFolder();
  env = { GHE_HOST: new URL(github.url).host, GHE_PROTOCOL: "http" };
});
afterEach(async () => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  await github.stop();
  home.dispose();
});

interface Running {
  /** Address of the page, as it is printed. */
  page: string;
  end: Promise<Ended>;
}

async function start(...args: string[]): Promise<Running> {
  const child = startCommand(["setup", ...args], home.path, env);
  started.push(child);
  const end = ended(child);
  const page = await printedPage(child);
  return { page, end };
}

const appEnv = (): string => join(home.path, "app.env");

describe("assistant setup", () => {
  it("registers an app without a webhook, and the other commands take it from there", async () => {
    const { page, end } = await start("--poll");
    const { action, manifest, back } = await pressRegister(page);
    const done = await fetch(back);

    expect(done.status).toBe(200);
    expect(await done.text()).toContain("installations/new");
    const { code, stdout, stderr } = await end;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(action).toMatch(new RegExp(`^${github.url}/settings/apps/new\\?state=\\w{32}$`));
    expect(manifest).not.toHaveProperty("hook_attributes");
    expect(manifest).toMatchObject({ public: false, default_permissions: { contents: "read", issues: "write" } });
    expect(stdout).toContain("assistant serve --poll");
    expect(stdout).toMatch(/pull_requests: write +comment on pull requests/);
    expect(statSync(appEnv()).mode & 0o777).toBe(0o600);
    const pem = join(home.path, `app-${github.appId}.private-key.pem`);
    expect(statSync(pem).mode & 0o777).toBe(0o600);
    expect(readFileSync(pem, "utf8")).toBe(github.privateKey);
    expect(readdirSync(home.path).toSorted()).toEqual(["app.env", `app-${github.appId}.private-key.pem`].toSorted());

    const doctor = await runCommand(["doctor", "--json"], home.path);
    const { checks } = JSON.parse(doctor.stdout) as { checks: { name: string; state: string; value: string }[] };
    expect(checks.find(({ name }) => name === "GitHub App")).toMatchObject({ state: "ok" });
  });

  it("gives the webhook its path, more rights to --with-implement, and the app to an organisation", async () => {
    const owned = ["--organisation", "octo-org", "--name", "Our reviewer"];
    const { page, end } = await start("--webhook-url", "https://assistant.example.com/", "--with-implement", ...owned);
    const { action, manifest, back } = await pressRegister(page);
    await fetch(back);

    const { code, stdout } = await end;
    expect(code).toBe(0);
    expect(action).toContain(`${github.url}/organizations/octo-org/settings/apps/new?state=`);
    expect(manifest).toMatchObject({
      name: "Our reviewer",
      hook_attributes: { url: hook, active: true },
      default_permissions: { contents: "write" },
    });
    expect(manifest["default_events"]).toContain("pull_request");
    expect(stdout).toContain(`Nothing of the assistant answers at ${hook} yet`);
    expect(readFileSync(appEnv(), "utf8")).toContain(`WEBHOOK_SECRET=${github.webhookSecret}\n`);
  });

  it("takes no answer with another state, and no page without its secret address", async () => {
    const { page, end } = await start("--poll");
    const { back } = await pressRegister(page);
    const forged = new URL(back);
    forged.searchParams.set("state", "0".repeat(32));

    expect((await fetch(forged)).status).toBe(403);
    expect((await fetch(new URL("/", page))).status).toBe(404);
    expect(existsSync(appEnv())).toBe(false);
    expect((await fetch(back)).status).toBe(200);
    const { code, stderr } = await end;
    expect(stderr).toMatch(/^an answer came that does not belong to this set-up, and was not taken\. Open /);
    expect(code).toBe(0);
  });

  it("says so where the code was used before", async () => {
    const { page, end } = await start("--poll");
    const { back } = await pressRegister(page);
    github.state.manifests.clear();

    expect((await fetch(back)).status).toBe(502);
    const { code, stderr } = await end;
    expect(stderr).toMatch(
      /^error: GitHub does not take the code of the new app: it answers 404\. A code is good once/,
    );
    expect({ code, files: readdirSync(home.path) }).toEqual({ code: 2, files: [] });
  });

  it("waits where GitHub cannot be asked: the code is still good", async () => {
    const { page, end } = await start("--poll");
    const { back } = await pressRegister(page);
    github.state.faults.push({ match: /conversions/, drop: "before" });

    const failed = await fetch(back);
    expect(failed.status).toBe(502);
    expect(await failed.text()).toContain("reload the page");
    expect((await fetch(back)).status).toBe(200);
    const { code, stderr } = await end;
    expect(stderr).toMatch(/cannot be asked for the new app's key: .+ Mend the connection/);
    expect(code).toBe(0);
  });

  it("does not replace an app unless it is told to, and keeps it then", async () => {
    writeFileSync(appEnv(), "APP_ID=1\n");
    const refused = await runCommand(["setup", "--poll"], home.path, env);
    const { page, end } = await start("--poll", "--force");
    const { back } = await pressRegister(page);
    await fetch(back);

    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("error: an app is set up already: ") });
    expect((await end).code).toBe(0);
    expect(readFileSync(`${appEnv()}.old`, "utf8")).toBe("APP_ID=1\n");
    expect(readFileSync(appEnv(), "utf8")).toContain(`APP_ID=${github.appId}\n`);
  });

  it("says what is wrong with what it was given, in one line, before anything is asked", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as AddressInfo;
    const wrong: [string[], string][] = [
      [[], "error: nothing says how the server will hear of what happens on GitHub."],
      [["--poll", "--port", String(port)], `error: port ${port} is in use. Leave --port out`],
    ];
    for (const [args, message] of wrong) {
      const { code, stdout, stderr } = await runCommand(["setup", ...args], home.path, env);
      expect(stderr).toContain(message);
      expect(stderr.trim().split("\n")).toHaveLength(1);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    }
    await new Promise((resolve) => taken.close(resolve));
    expect(readdirSync(home.path)).toEqual([]);
  });
});
