import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { isLoopback } from "../shared/loopback.ts";
import { webhookPath } from "../server.ts";
import { implementUse, permissionUses } from "./setup-permissions.ts";

/** What GitHub takes on its page for new apps (https://docs.github.com/apps/sharing-github-apps). */
export interface AppManifest {
  name: string;
  url: string;
  description: string;
  public: boolean;
  redirect_url?: string;
  hook_attributes?: { url: string; active: boolean };
  default_permissions: Record<string, string>;
  default_events?: string[];
}

export interface ManifestOptions {
  name?: string | undefined;
  /** Null: the app gets no webhook. */
  webhookUrl: string | null;
  implement: boolean;
}

/** The manifest in app.yml, as far as it was not said otherwise. Errors: AssistantError `bad-app-name`. */
export function makeManifest({ name, webhookUrl, implement }: ManifestOptions): AppManifest {
  const manifest = readManifest();
  if (name !== undefined) manifest.name = checkName(name);
  if (implement) manifest.default_permissions["contents"] = "write";
  if (webhookUrl !== null) return { ...manifest, hook_attributes: { url: webhookUrl, active: true } };
  // GitHub refuses a hook block without a URL, be it inactive; and events go nowhere without a webhook.
  delete manifest.hook_attributes;
  delete manifest.default_events;
  return manifest;
}

/** app.yml as it is installed. */
export function readManifest(): AppManifest {
  return parse(readFileSync(new URL("../../app.yml", import.meta.url), "utf8")) as AppManifest;
}

/** Each permission with its level and its reason. */
export function explainPermissions({ default_permissions: asked }: AppManifest): [string, string][] {
  return Object.entries(asked).map(([name, level]) => {
    const use = name === "contents" && level === "write" ? implementUse : permissionUses[name];
    return [`${name}: ${level}`, use?.why ?? ""];
  });
}

/**
 * The address for GitHub, from the one that a person gave: the path is ours, whatever stands before it.
 * Errors: AssistantError `bad-webhook-url`.
 */
export function webhookUrlOf(given: string, githubHost: string): string {
  const url = URL.canParse(given) ? new URL(given) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.search !== "" || url.hash !== "")
    throw badWebhook(`"${given}" is no address that GitHub could send to`);
  if (githubHost === "github.com" && isLoopback(url.hostname))
    throw badWebhook(`github.com cannot reach ${url.hostname}, which is this machine`);
  const before = url.pathname.replace(/\/+$/, "");
  url.pathname = before.endsWith(webhookPath) ? before : `${before}${webhookPath}`;
  return url.href;
}

function badWebhook(message: string): AssistantError {
  return new AssistantError(message, {
    code: "bad-webhook-url",
    remedy:
      "Give the address under which the server is seen from GitHub, such as https://assistant.example.com, " +
      "or use --poll: then nobody needs to reach it.",
  });
}

function checkName(name: string): string {
  const trimmed = name.trim();
  if (trimmed !== "" && trimmed.length <= limits.appNameCharacters) return trimmed;
  throw new AssistantError(`"${name}" cannot be an app's name`, {
    code: "bad-app-name",
    remedy: `Give 1 to ${limits.appNameCharacters} characters.`,
  });
}
