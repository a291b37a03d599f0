import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseEnv } from "node:util";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { type AppCredentials, readAppCredentials } from "./app-credentials.ts";
import { findHome, type Home } from "./home.ts";
import { choiceFromText, withPaths } from "./model-choice.ts";
import type { RepositoryConfig } from "./repository-config.ts";
import { explainIssues, parseYaml } from "./parse-yaml.ts";
import { environmentKeys, type ServerFile, serverFileSchema } from "./server-file.ts";

/** What every verb needs to know. */
export interface Settings {
  home: Home;
  github: GitHubHost;
  models: ModelSettings;
  logLevel: ServerFile["log_level"];
  /** Repositories that may be cited in others. */
  evidence: ServerFile["evidence"];
  /** Where a repository's commands run. */
  implement: ServerFile["implement"];
  /** Hosts whose addresses stay links in comments. */
  linkHosts: readonly string[];
}

/** The `models` section; its paths are absolute. */
export type ModelSettings = ServerFile["models"] & {
  /** Key of the model servers, from the variable that `http.api_key_env` names; null where it is not set. */
  apiKey: string | null;
};

export interface GitHubHost {
  host: string;
  protocol: "https" | "http";
}

/** What the server needs besides. */
export interface ServerConfig extends Settings {
  modes: {
    /** The mode of a repository whose file names none. */
    unset: RepositoryConfig["mode"];
    /** Counts whatever its file names; null: the file counts. */
    always: RepositoryConfig["mode"] | null;
  };
  /** Whether a sync also judges past pull requests, which takes minutes. */
  lessons: boolean;
  app: AppCredentials;
  server: ServerFile["server"];
  /** Jobs that run at the same time. */
  concurrency: number;
  /** `sqlite`, or the URL of a Redis. */
  queue: string;
  /** Ids of bots whose commands are heeded. */
  commandBots: readonly number[];
  /** How often GitHub is asked for what is new, in ms; null where it sends webhooks. */
  pollMs: number | null;
  /** How long things are kept that nobody uses, in ms. */
  retentionMs: number;
}

/**
 * Settings from `config.yml` in ASSISTANT_HOME, overridden by `app.env` beside it, and both by the environment (server-file.ts
 * lists the variables). A missing file is an empty one. Errors: AssistantError `config-invalid` that names every wrong key or variable.
 */
export function loadSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const home = findHome(env);
  return settingsOf(home, readServerFile(home, env), env);
}

/**
 * As loadSettings, with what only the server needs. Errors besides: AssistantError `no-app-id`, `no-private-key`,
 * `bad-private-key`, `weak-webhook-secret`: the server does not start on a guessable secret.
 * @param options.poll nothing listens for webhooks: GitHub is asked
 */
export function loadServerConfig(env: NodeJS.ProcessEnv = process.env, { poll = false } = {}): ServerConfig {
  const home = findHome(env);
  const file = readServerFile(home, env);
  return {
    ...settingsOf(home, file, env),
    modes: { unset: "mention", always: null },
    lessons: true,
    app: readAppCredentials(file.github, { webhooks: !poll }),
    server: poll ? forPolling(file.server) : file.server,
    concurrency: file.jobs.concurrency,
    queue: file.jobs.queue,
    commandBots: file.github.command_bots,
    pollMs: poll ? file.github.poll_seconds * 1_000 : null,
    retentionMs: file.retention.days * 24 * 60 * 60_000,
  };
}

/** What asks for itself needs nobody to reach it, but those who were given a token for its pages. */
function forPolling(server: ServerFile["server"]): ServerFile["server"] {
  const isShown = server.dashboard_token !== undefined || server.metrics_token !== undefined;
  return isShown ? server : { ...server, host: "127.0.0.1" };
}

/**
 * As loadSettings, for one run of a workflow: it has GitHub's token and no app, and whoever wrote the workflow wants what
 * its events ask for. GITHUB_SERVER_URL names the GitHub. Errors: as loadSettings.
 */
export function loadActionConfig(env: NodeJS.ProcessEnv, given: Pick<ServerConfig, "modes" | "lessons">): ServerConfig {
  const home = findHome(env);
  const file = readServerFile(home, env);
  const settings = settingsOf(home, file, env);
  const { host, protocol } = new URL(
    env["GITHUB_SERVER_URL"] || `${settings.github.protocol}://${settings.github.host}`,
  );
  return {
    ...settings,
    ...given,
    github: { host, protocol: protocol === "http:" ? "http" : "https" },
    app: { id: 0, privateKey: "", webhookSecrets: [] },
    server: file.server,
    concurrency: 1,
    queue: "sqlite",
    commandBots: file.github.command_bots,
    pollMs: null,
    retentionMs: file.retention.days * 24 * 60 * 60_000,
  };
}

/** Root of the REST API, without a slash at the end. */
export function githubApiUrl({ host, protocol }: GitHubHost): string {
  return host === "github.com" ? "https://api.github.com" : `${protocol}://${host}/api/v3`;
}

function settingsOf(home: Home, file: ServerFile, env: NodeJS.ProcessEnv): Settings {
  const { host, protocol } = file.github;
  return {
    home,
    github: { host: host.toLowerCase(), protocol },
    models: { ...file.models, apiKey: env[file.models.http.api_key_env] || null },
    logLevel: file.log_level,
    evidence: file.evidence,
    implement: file.implement,
    linkHosts: file.hygiene.link_hosts,
  };
}

/** Every key of the file, as loadSettings reads it: for those who look at what is there before all of it is. */
export function readServerFile(home: Home, env: NodeJS.ProcessEnv): ServerFile {
  const raw = parseServerFile(home);
  const written = applyEnvironment(raw, readAppEnv(home));
  const overridden = new Map([...written, ...applyEnvironment(raw, env)]);
  const parsed = serverFileSchema.safeParse(raw);
  if (!parsed.success) {
    const problems = explainIssues(parsed.error, serverFileSchema).map((line) => nameVariable(line, overridden));
    throw invalid(home, problems.join("; "));
  }
  const { github, models } = parsed.data;
  const keyPath = github.private_key_path;
  return {
    ...parsed.data,
    github: { ...github, private_key_path: keyPath && resolve(home.root, keyPath) },
    models: withModelPaths(models, home.root),
  };
}

function withModelPaths(models: ServerFile["models"], root: string): ServerFile["models"] {
  const absolute = (path: string) => resolve(root, path);
  const lora = models.llama.lora.map((adapter) => ({ ...adapter, path: absolute(adapter.path) }));
  return {
    ...models,
    coding: withPaths(models.coding, absolute),
    research: withPaths(models.research, absolute),
    llama: { ...models.llama, lora },
  };
}

type RawFile = Record<string, unknown>;

function parseServerFile(home: Home): RawFile {
  let value: unknown;
  try {
    value = parseYaml(readFileSync(home.config, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    // YAML's message goes on with a drawing of the place; its first line names line and column.
    throw invalid(home, (messageOf(error).split("\n")[0] ?? "").replace(/:$/, ""), error);
  }
  if (isMapping(value)) return value;
  throw invalid(home, "the file must be a mapping of keys to values");
}

/** What `assistant setup` wrote. Errors: AssistantError `config-invalid`. */
function readAppEnv({ appEnv, root }: Home): NodeJS.ProcessEnv {
  try {
    const { PRIVATE_KEY_PATH: path, ...rest } = parseEnv(readFileSync(appEnv, "utf8"));
    return { ...rest, ...(path !== undefined && { PRIVATE_KEY_PATH: resolve(root, path) }) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new AssistantError(`${appEnv} cannot be read: ${messageOf(error)}`, {
      code: "config-invalid",
      remedy: "Let this user read it, or remove it and set APP_ID, PRIVATE_KEY_PATH and WEBHOOK_SECRET otherwise.",
      cause: error,
    });
  }
}

/** Writes the variables that are set over the file's values. Returns which key (`server.port`) came from which variable. */
function applyEnvironment(raw: RawFile, env: NodeJS.ProcessEnv): Map<string, string> {
  const overridden = new Map<string, string>();
  for (const [name, path] of Object.entries(environmentKeys)) {
    const value = env[name];
    // Compose files and CI pass unset variables as empty ones.
    if (value === undefined || value === "") continue;
    overridden.set(path.join("."), name);
    const [first, second] = path;
    if (second === undefined) raw[first] = value;
    else raw[first] = { ...(isMapping(raw[first]) ? raw[first] : {}), [second]: typed(name, value) };
  }
  // Of the two ways to give the key the environment's one counts, whichever the file has.
  if (overridden.has("github.private_key_path") && !overridden.has("github.private_key") && isMapping(raw["github"]))
    delete raw["github"]["private_key"];
  return overridden;
}

function typed(name: string, value: string): unknown {
  // A path in the file is relative to the file, one in the environment to where the program was started.
  if (name === "PRIVATE_KEY_PATH") return resolve(value);
  if (name === "CODING_MODEL" || name === "RESEARCH_MODEL") {
    return withPaths(choiceFromText(value), (path) => resolve(path));
  }
  return (name === "PORT" || name === "APP_ID") && /^\d+$/.test(value) ? Number(value) : value;
}

function nameVariable(line: string, overridden: Map<string, string>): string {
  for (const [key, name] of overridden) if (line.startsWith(`${key}: `)) return `${name}${line.slice(key.length)}`;
  return line;
}

function isMapping(value: unknown): value is RawFile {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(home: Home, problems: string, cause?: unknown): AssistantError {
  return new AssistantError(`the server configuration is not valid: ${problems}`, {
    code: "config-invalid",
    remedy: `Correct ${home.config} or the environment; docs/configuration.md lists every key.`,
    cause,
  });
}
