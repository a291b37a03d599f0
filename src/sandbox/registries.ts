import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import type { SandboxSettings } from "./sandbox.ts";

/** Where packages come from, without anybody's credentials. */
export interface Registries {
  npm: string;
  /** Registries of scopes: `@scope:registry` to the URL. */
  scopes: Record<string, string>;
  pip: string;
  extraPip: string[];
  /** Folders of this machine with wheels. */
  wheels: string[];
  /** `host:port` that may be reached. */
  allowed: Set<string>;
  /** Files with certificates beyond the system's own. */
  certificates: { npm: string | null; pip: string | null };
}

const npmDefault = "https://registry.npmjs.org/";
const pipDefault = "https://pypi.org/simple";
/** PyPI keeps its files on another host than its index. */
const filesOf: Record<string, string> = { "pypi.org:443": "files.pythonhosted.org:443" };

/**
 * The registries that npm and pip of this server are configured for; with a list in the configuration the hosts of that list
 * alone may be reached. Tokens and passwords stay behind: a registry that asks for them does not answer.
 */
export async function findRegistries({ registries }: SandboxSettings): Promise<Registries> {
  // Two programs take seconds to say it; what they are configured for is read once.
  configured ??= Promise.all([readNpm(), readPip()]);
  const [npm, pip] = await configured;
  const own = registries.flatMap((url) => withoutCredentials(url) ?? []);
  const listed = new Set(own.flatMap(hostsOf));
  const mayUse = (url: string) => own.length === 0 || hostsOf(url).every((host) => listed.has(host));
  const isIndex = (url: string) => /\/simple\/?$/.test(url);
  const chosenNpm = mayUse(npm.registry) ? npm.registry : (own.find((url) => !isIndex(url)) ?? npm.registry);
  const chosenPip = mayUse(pip.index) ? pip.index : (own.find(isIndex) ?? pip.index);
  const scopes = Object.fromEntries(Object.entries(npm.scopes).filter(([, url]) => mayUse(url)));
  const extraPip = pip.extra.filter(mayUse);
  const used = [chosenNpm, chosenPip, ...Object.values(scopes), ...extraPip];
  return {
    npm: chosenNpm,
    scopes,
    pip: chosenPip,
    extraPip,
    wheels: pip.wheels,
    allowed: own.length === 0 ? new Set(used.flatMap(hostsOf)) : listed,
    certificates: { npm: npm.certificates, pip: pip.certificates },
  };
}

let configured: Promise<[NpmSettings, PipSettings]> | null = null;

/** What may be reached for a registry: its host, and that of its files. */
function hostsOf(url: string): string[] {
  const { hostname, port, protocol } = new URL(url);
  const host = `${hostname}:${port || (protocol === "http:" ? "80" : "443")}`;
  const files = filesOf[host];
  return files === undefined ? [host] : [host, files];
}

interface NpmSettings {
  registry: string;
  scopes: Record<string, string>;
  certificates: string | null;
}

async function readNpm(): Promise<NpmSettings> {
  const settings = parseObject(await ask("npm", ["config", "list", "--json"]));
  const scopes: Record<string, string> = {};
  for (const [name, value] of Object.entries(settings)) {
    const url = /^@[^:]+:registry$/.test(name) ? withoutCredentials(value) : null;
    if (url !== null) scopes[name] = url;
  }
  const certificates = existing(settings["cafile"]) ?? existing(process.env["NODE_EXTRA_CA_CERTS"]);
  return { registry: withoutCredentials(settings["registry"]) ?? npmDefault, scopes, certificates };
}

interface PipSettings {
  index: string;
  extra: string[];
  wheels: string[];
  certificates: string | null;
}

/** `pip config list` prints `:env:.index-url='…'` and `global.index-url='…'`; the environment comes first. */
async function readPip(): Promise<PipSettings> {
  const listed = await ask("python3", ["-m", "pip", "config", "list"]);
  const values = new Map<string, string>();
  for (const line of listed.split("\n")) {
    const [, key = "", text = ""] = /^[^=]*\.([\w-]+)='(.*)'$/.exec(line) ?? [];
    if (key !== "" && !values.has(key)) values.set(key, text.replaceAll("\\n", " "));
  }
  const many = (key: string) => (values.get(key) ?? "").split(/\s+/).filter(Boolean);
  return {
    index: withoutCredentials(values.get("index-url")) ?? pipDefault,
    extra: many("extra-index-url").flatMap((url) => withoutCredentials(url) ?? []),
    wheels: many("find-links").filter((folder) => folder.startsWith("/") && existsSync(folder)),
    certificates: existing(values.get("cert")),
  };
}

function existing(path: unknown): string | null {
  return typeof path === "string" && path.startsWith("/") && existsSync(path) ? path : null;
}

/** Null where it is no URL of the web. */
function withoutCredentials(value: unknown): string | null {
  if (typeof value !== "string" || !URL.canParse(value)) return null;
  const url = new URL(value);
  if (url.protocol !== "https:" && url.protocol !== "http:") return null;
  url.username = "";
  url.password = "";
  return url.href;
}

/** Empty where the program is not there, or fails. */
async function ask(program: string, args: string[]): Promise<string> {
  const options = { timeout: 60_000, cwd: "/", maxBuffer: 4 * 1024 * 1024 };
  return promisify(execFile)(program, args, options).then(
    ({ stdout }) => stdout,
    () => "",
  );
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
