import { hostname, userInfo } from "node:os";
import { findHome, type Home } from "../config/home.ts";
import { type GitHubHost, loadSettings } from "../config/server-config.ts";
import { environmentKeys } from "../config/server-file.ts";
import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { describeReach, reachWebhook } from "./doctor-hops.ts";
import { table } from "./format.ts";
import { interruptSignal } from "./interrupt.ts";
import { convertCode } from "./setup-conversion.ts";
import { checkRoom, type NewApp, writeApp } from "./setup-files.ts";
import { type AppManifest, explainPermissions, makeManifest, webhookUrlOf } from "./setup-manifest.ts";
import { openSetupPage, type SetupPage } from "./setup-page.ts";

export interface SetupOptions {
  webhookUrl?: string;
  poll?: boolean;
  withImplement?: boolean;
  organisation?: string;
  name?: string;
  host?: string;
  port?: string;
  force?: boolean;
}

/**
 * Registers a GitHub App by its manifest and keeps what GitHub hands out. Errors: AssistantError for what the person gave,
 * and those of checkRoom, openSetupPage, convertCode and writeApp; `setup-timeout`.
 */
export async function runSetup(options: SetupOptions): Promise<void> {
  const { force = false, poll = false } = options;
  const home = findHome(process.env);
  checkRoom(home, force);
  const github = githubOf(options.host, loadSettings().github);
  const webhookUrl = options.webhookUrl === undefined ? null : webhookUrlOf(options.webhookUrl, github.host);
  if (webhookUrl === null && !poll) throw noWay();
  const manifest = makeManifest({ name: options.name, webhookUrl, implement: options.withImplement ?? false });
  const page = await openSetupPage({
    manifest,
    github,
    organisation: organisationOf(options.organisation),
    port: portOf(options.port),
    accept: async (code) => {
      const app = await convertCode(code, github);
      writeApp(home, app, github, force);
      return app;
    },
    warn: (error) => process.stderr.write(`${error.message}. ${error instanceof AssistantError ? error.remedy : ""}\n`),
  });
  try {
    print(introduction(manifest, github, page));
    const app = await registered(page.app, interruptSignal());
    print(kept(app, home));
    print(await nextSteps(app, webhookUrl));
    warnOfVariables(home);
  } finally {
    await page.stop();
  }
}

async function registered(app: Promise<NewApp>, signal: AbortSignal): Promise<NewApp> {
  let timer: NodeJS.Timeout | undefined;
  const given = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    timer = setTimeout(() => reject(tooLate()), limits.setupMs);
  });
  return Promise.race([app, given]).finally(() => clearTimeout(timer));
}

function introduction(manifest: AppManifest, github: GitHubHost, { url, port }: SetupPage): string {
  const hook = manifest.hook_attributes?.url ?? "none; assistant serve --poll asks GitHub what is new";
  return `${manifest.name} will ask ${github.host} for:
${indented(table([...explainPermissions(manifest), ["webhook", hook]]))}
Open in a browser on this machine:

  ${url}

Is the browser on another machine? Run this there first, then open the same address there:

  ssh -N -L ${port}:127.0.0.1:${port} ${userName()}@${hostname()}

Waiting for GitHub's answer. Nothing is written before; Ctrl-C ends it.

`;
}

function kept({ id, name, html_url: url }: NewApp, { root }: Home): string {
  return `${name} is registered: ${url} (app ${id})
Its number, secret and private key are in ${root} (app.env and a .pem beside it), readable by this user alone. Every
command reads them there. Keep a copy of the key: GitHub does not show it again.

`;
}

async function nextSteps(
  { html_url: url, webhook_secret: secret }: NewApp,
  webhookUrl: string | null,
): Promise<string> {
  const serve = webhookUrl === null ? "assistant serve --poll" : "assistant serve";
  const reach = webhookUrl === null ? "" : `\n${await describeWebhook(webhookUrl)}`;
  const noSecret =
    webhookUrl !== null && secret === null
      ? "\nGitHub gave no webhook secret: set one on the app's settings page, and WEBHOOK_SECRET in app.env.\n"
      : "";
  return `Next:
  1. Install it on repositories: ${url}/installations/new
  2. In each of them, on the default branch, write .github/assistant.yml:
       mode: mention    # preview: write nothing to GitHub; mention: when asked; auto: on events, too
  3. Start it: ${serve}
  4. See whether all is well: assistant doctor
${reach}${noSecret}`;
}

async function describeWebhook(url: string): Promise<string> {
  const reach = await reachWebhook(new URL(url));
  if (reach.hop === null) return `A server of the assistant answers at ${url} already.\n`;
  return `Nothing of the assistant answers at ${url} yet, seen from here: ${describeReach(reach)}.\nOnce it runs, assistant doctor looks again.\n`;
}

/** They go before app.env: whoever has them set would serve another app than the one just made. */
function warnOfVariables({ appEnv }: Home): void {
  const set = Object.keys(environmentKeys).filter((name) => process.env[name]);
  const own = set.filter((name) => /^(?:APP_ID|PRIVATE_KEY|PRIVATE_KEY_PATH|WEBHOOK_SECRET)$/.test(name));
  if (own.length > 0) print(`\n${own.join(", ")}: set in this environment, and go before ${appEnv}. Unset them.\n`);
}

function githubOf(given: string | undefined, configured: GitHubHost): GitHubHost {
  if (given === undefined) return configured;
  const host = given.toLowerCase();
  if (host === configured.host) return configured;
  if (/^[a-z0-9.-]+(:\d+)?$/.test(host)) return { host, protocol: "https" };
  throw new AssistantError(`"${given}" is no host name`, {
    code: "bad-host",
    remedy: "Give the name alone, without https:// and path, such as github.example.com.",
  });
}

function organisationOf(given: string | undefined): string | null {
  if (given === undefined || /^[A-Za-z0-9_-]+$/.test(given)) return given ?? null;
  throw new AssistantError(`"${given}" names no organisation`, {
    code: "bad-organisation",
    remedy: "Give its name as in its address on GitHub, without a slash.",
  });
}

function portOf(given: string | undefined): number {
  if (given === undefined) return 0;
  if (/^\d{1,5}$/.test(given) && Number(given) >= 1 && Number(given) <= 65_535) return Number(given);
  throw new AssistantError(`"${given}" is no port`, { code: "bad-port", remedy: "Give a number from 1 to 65535." });
}

function noWay(): AssistantError {
  return new AssistantError("nothing says how the server will hear of what happens on GitHub", {
    code: "no-way-in",
    remedy:
      "Add --poll (the server asks GitHub; nobody needs to reach it), or --webhook-url with the address under which GitHub reaches it.",
  });
}

function tooLate(): AssistantError {
  return new AssistantError(`GitHub did not answer within ${limits.setupMs / 60_000} minutes`, {
    code: "setup-timeout",
    remedy: "Run assistant setup again.",
  });
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that has no name.
    return "USER";
  }
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "  ");
}

function print(text: string): void {
  process.stdout.write(text);
}
