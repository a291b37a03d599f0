import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { githubApiUrl, loadServerConfig, loadSettings } from "../../../src/config/server-config.ts";
import type { AssistantError } from "../../../src/shared/errors.ts";

const home = mkdtempSync(join(tmpdir(), "server-config-"));
const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
  type: "pkcs1",
  format: "pem",
}) as string;
const secret = "a-real-secret-of-32-characters--";
/** What a server needs at least. */
const needed = { ASSISTANT_HOME: home, APP_ID: "12", PRIVATE_KEY: key, WEBHOOK_SECRET: secret };

beforeEach(() => {
  for (const name of ["config.yml", "app.env"]) rmSync(join(home, name), { force: true });
});
afterAll(() => rmSync(home, { recursive: true }));

function writeConfig(text: string): void {
  writeFileSync(join(home, "config.yml"), text);
}

function errorOf(work: () => unknown): AssistantError {
  try {
    work();
  } catch (error) {
    return error as AssistantError;
  }
  throw new Error("nothing was thrown");
}

describe("loadSettings", () => {
  it("needs no file and no credentials", () => {
    expect(loadSettings({ ASSISTANT_HOME: home })).toMatchObject({
      home: { root: home, jobs: join(home, "jobs.db") },
      github: { host: "github.com", protocol: "https" },
      models: { coding: "auto", research: "auto" },
      logLevel: "info",
    });
  });

  it("reads what set-up wrote: before config.yml, after the environment", () => {
    writeConfig("github: {host: old.example.com, app_id: 1, private_key: old}\nlog_level: warn\n");
    writeFileSync(join(home, "app.pem"), key);
    const written = {
      APP_ID: "2",
      PRIVATE_KEY_PATH: join(home, "app.pem"),
      WEBHOOK_SECRET: secret,
      GHE_HOST: "new.example",
    };
    const lines = Object.entries(written).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(join(home, "app.env"), `# kept\n${lines.join("")}`);

    const read = loadServerConfig({ ASSISTANT_HOME: home, GHE_HOST: "newest.example", APP_ID: "" });

    expect(read).toMatchObject({ github: { host: "newest.example" }, logLevel: "warn" });
    expect(read.app).toEqual({ id: 2, privateKey: key, webhookSecrets: [secret] });
  });

  it("lets the environment override the file, where it is not empty", () => {
    writeConfig("github: {host: ghe.example.com}\nmodels: {coding: a, research: b}\nlog_level: warn\n");

    const settings = loadSettings({
      ASSISTANT_HOME: home,
      CODING_MODEL: "c",
      RESEARCH_MODEL: "",
      GHE_HOST: "Other.example",
    });
    expect(settings).toMatchObject({ github: { host: "other.example" }, models: { coding: "c", research: "b" } });
    expect(settings.logLevel).toBe("warn");
  });

  it("takes a section whose keys are all commented out", () => {
    writeConfig("models:\n#  coding: none\n");

    expect(loadSettings({ ASSISTANT_HOME: home }).models.coding).toBe("auto");
  });

  it.each([
    ["server: {prot: 80}", "server.prot is not a known key; did you mean server.port?"],
    ["modles: {}", "modles is not a known key; did you mean models?"],
    ["jobs: {zebra: 1}", "jobs.zebra is not a known key; known here: concurrency"],
    ["server: {port: http}", "server.port: Invalid input: expected number"],
    ["log_level: loud", "log_level: Invalid option"],
    ["github: {host: https://ghe.example.com/}", "github.host: must be a host name"],
    ["- a list", "must be a mapping"],
    ["a: [1", "at line 1"],
    ["server: {port: 1}\nserver: {port: 2}", "at line 2"],
  ])("refuses %j", (text, message) => {
    writeConfig(text);
    const error = errorOf(() => loadSettings({ ASSISTANT_HOME: home }));

    expect(error).toMatchObject({ name: "AssistantError", code: "config-invalid" });
    expect(error.message).toContain(message);
    expect(error.remedy).toContain(join(home, "config.yml"));
  });

  it("names the variable, not the key, when the variable is wrong", () => {
    const error = errorOf(() => loadSettings({ ASSISTANT_HOME: home, PORT: "http" }));

    expect(error.message).toContain("PORT: Invalid input");
  });

  it("reports everything that is wrong at once", () => {
    writeConfig("server: {port: -1, hots: x}\nlog_level: loud\n");

    expect(errorOf(() => loadSettings({ ASSISTANT_HOME: home })).message.split("; ")).toHaveLength(4);
  });
});

describe("models", () => {
  const models = (text: string, env: NodeJS.ProcessEnv = {}) => {
    writeConfig(text);
    return loadSettings({ ASSISTANT_HOME: home, ...env }).models;
  };

  it("takes models in order of preference, and peers", () => {
    const text = "models: {coding: [[http://a:8080/v1, http://b:8080/v1#q], qwen2.5-coder-1.5b, none], research: none}";
    expect(models(text)).toMatchObject({
      coding: [["http://a:8080/v1", "http://b:8080/v1#q"], "qwen2.5-coder-1.5b", "none"],
      research: "none",
    });
  });

  it("divides a variable by commas", () => {
    expect(models("", { CODING_MODEL: "http://a/v1, small ,none" }).coding).toEqual(["http://a/v1", "small", "none"]);
  });

  it("takes paths relative to the file, and in a variable to where the program was started", () => {
    const text = "models: {coding: [weights/a.gguf, [b.json, plain-name]], llama: {lora: [{path: c.gguf}]}}";
    const { coding, research, llama } = models(text, { RESEARCH_MODEL: "d.gguf" });
    expect(coding).toEqual([join(home, "weights", "a.gguf"), [join(home, "b.json"), "plain-name"]]);
    expect(research).toBe(join(process.cwd(), "d.gguf"));
    expect(llama.lora).toEqual([{ path: join(home, "c.gguf"), scale: 1 }]);
  });

  it("has the key of model servers from the variable that is named", () => {
    expect(models("", { MODEL_API_KEY: "k1" }).apiKey).toBe("k1");
    expect(models("models: {http: {api_key_env: MINE}}", { MODEL_API_KEY: "k1", MINE: "k2" }).apiKey).toBe("k2");
    expect(models("", {}).apiKey).toBeNull();
  });

  it.each([
    ["coding: 5", "models.coding: must be a model, or a list of models"],
    ["coding: []", "models.coding: Too small"],
    ["coding: ['']", 'models.coding: "" is not a model'],
    ["coding: [none, a]", "models.coding: nothing can follow none"],
    ["coding: [[auto, a]]", "models.coding: auto cannot be a peer of other models"],
    ["coding: http://u:p@a/v1", "models.coding: an address of a server holds no key"],
    ["coding: ftp://a/v1", "models.coding: ftp://a/v1 is not the address of a server"],
    ["coding: 'http://'", "models.coding: http:// is not the address of a server"],
    ["coding: 'http://a/v1#'", "models.coding: http://a/v1# names no model"],
    ["llama: {slots: 0}", "models.llama.slots: Too small: expected number to be >=1"],
    ["llama: {slots: many}", "models.llama.slots: must be auto or a whole number from 1 to 64"],
    ["llama: {gpu: yes}", "models.llama.gpu: must be auto, cuda, vulkan, metal or false"],
    ["llama: {kv_type: q5}", "models.llama.kv_type: Invalid option"],
    ["llama: {kv_type: q8_0, flash_attention: false}", "models.llama.kv_type: q8_0 needs flash_attention"],
    ["llama: {kvtype: f16}", "models.llama.kvtype is not a known key; did you mean models.llama.kv_type?"],
    ["llama: {lora: [{scale: 1}]}", "models.llama.lora.0.path: Invalid input"],
    ["http: {api_key_env: sk-123}", "models.http.api_key_env: must be the name of an environment variable"],
  ])("refuses %s in one line", (text, message) => {
    const error = errorOf(() => models(`models: {${text}}`));
    expect(error.code).toBe("config-invalid");
    expect(error.message).toContain(message);
    expect(error.message.split("; ")).toHaveLength(message.includes("did you mean") ? 2 : 1);
  });

  it("names the variable whose value is wrong", () => {
    expect(errorOf(() => models("", { CODING_MODEL: "none,a" })).message).toContain("CODING_MODEL: nothing can follow");
  });
});

describe("loadServerConfig", () => {
  it("has the credentials from the environment", () => {
    expect(loadServerConfig(needed)).toMatchObject({
      app: { id: 12, privateKey: key, webhookSecrets: [secret] },
      server: { host: "127.0.0.1", port: 3000 },
      concurrency: 1,
    });
  });

  it.each([
    ["with \\n written out", key.replaceAll("\n", "\\n")],
    ["in base64", Buffer.from(key).toString("base64")],
  ])("takes the private key %s", (_name, text) => {
    expect(loadServerConfig({ ...needed, PRIVATE_KEY: text }).app.privateKey).toBe(key);
  });

  it("has the previous secret beside the present one", () => {
    const previous = "y".repeat(32);
    const { app } = loadServerConfig({ ...needed, WEBHOOK_SECRET_PREVIOUS: previous });
    expect(app.webhookSecrets).toEqual([secret, previous]);
  });

  it("needs no secret where it polls, and can be reached from this machine alone", () => {
    const env = { ...needed, WEBHOOK_SECRET: "", HOST: "0.0.0.0" };
    expect(loadServerConfig(env, { poll: true })).toMatchObject({
      app: { webhookSecrets: [] },
      server: { host: "127.0.0.1" },
      pollMs: 60_000,
    });
  });

  it("is reached where it polls by those who have a token, at the address that is configured", () => {
    const env = { ...needed, HOST: "0.0.0.0", DASHBOARD_TOKEN: "d".repeat(16) };
    expect(loadServerConfig(env, { poll: true }).server.host).toBe("0.0.0.0");
  });

  it("reads the private key from a path relative to config.yml", () => {
    writeFileSync(join(home, "app.pem"), key);
    writeConfig(`github: {app_id: 12, private_key_path: app.pem, webhook_secret: ${secret}}`);

    expect(loadServerConfig({ ASSISTANT_HOME: home }).app).toEqual({
      id: 12,
      privateKey: key,
      webhookSecrets: [secret],
    });
  });

  it("prefers the environment's key file to the file's key", () => {
    writeFileSync(join(home, "app.pem"), key);
    writeConfig("github: {private_key: stale}");

    const env = { ...needed, PRIVATE_KEY: "", PRIVATE_KEY_PATH: join(home, "app.pem") };
    expect(loadServerConfig(env).app.privateKey).toBe(key);
  });

  it.each([
    ["no app id", { APP_ID: "" }, "no-app-id"],
    ["no private key", { PRIVATE_KEY: "" }, "no-private-key"],
    ["a missing key file", { PRIVATE_KEY: "", PRIVATE_KEY_PATH: "/nowhere.pem" }, "no-private-key"],
    ["what is no key", { PRIVATE_KEY: "hello" }, "bad-private-key"],
    ["no secret", { WEBHOOK_SECRET: "" }, "weak-webhook-secret"],
    ["Probot's default secret", { WEBHOOK_SECRET: "development" }, "weak-webhook-secret"],
    ["a secret of 15 characters", { WEBHOOK_SECRET: "x".repeat(15) }, "weak-webhook-secret"],
    ["a previous secret of 15 characters", { WEBHOOK_SECRET_PREVIOUS: "x".repeat(15) }, "weak-webhook-secret"],
  ])("refuses %s", (_name, change, code) => {
    const error = errorOf(() => loadServerConfig({ ...needed, ...change }));

    expect(error).toMatchObject({ name: "AssistantError", code });
    expect(error.remedy).toMatch(/APP_ID|PRIVATE_KEY_PATH|WEBHOOK_SECRET|\.pem/);
    expect(error.message).not.toContain("x".repeat(15));
  });
});

it("knows where the API of a host is", () => {
  expect(githubApiUrl({ host: "github.com", protocol: "https" })).toBe("https://api.github.com");
  expect(githubApiUrl({ host: "127.0.0.1:80", protocol: "http" })).toBe("http://127.0.0.1:80/api/v3");
});
