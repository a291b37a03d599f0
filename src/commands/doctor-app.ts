import { createSign } from "node:crypto";
import { z } from "zod";
import { type AppCredentials, readAppCredentials } from "../config/app-credentials.ts";
import { type GitHubHost, githubApiUrl } from "../config/server-config.ts";
import type { ServerFile } from "../config/server-file.ts";
import type { DoctorRow } from "../model/doctor.ts";
import { dispatcherFor, fetchThrough } from "../model/http-ask.ts";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { webhookPath } from "../server.ts";
import { describeReach, reachWebhook } from "./doctor-hops.ts";
import { readManifest } from "./setup-manifest.ts";
import { implementUse, permissionUses } from "./setup-permissions.ts";

const app = "GitHub App";

/** The app as it is configured here and as GitHub knows it, and whether GitHub's webhooks come in. */
export async function appRows(github: ServerFile["github"], offline: boolean): Promise<DoctorRow[]> {
  if (github.app_id === undefined)
    return [{ name: app, state: "note", value: "none, which only serve needs", remedy: "Run `assistant setup`." }];
  let credentials: AppCredentials;
  try {
    credentials = readAppCredentials(github, { webhooks: false });
  } catch (error) {
    const remedy = error instanceof AssistantError ? error.remedy : null;
    return [{ name: app, state: "missing", value: `app ${github.app_id}: ${messageOf(error)}`, remedy }];
  }
  const host = { host: github.host.toLowerCase(), protocol: github.protocol };
  const here = `app ${credentials.id} on ${host.host}`;
  if (offline)
    return [{ name: app, state: "ok", value: `${here}, its key can be read; GitHub not asked`, remedy: null }];
  const ask = asker(host, credentials);
  try {
    const known = appAnswer.parse(await ask("/app"));
    return [
      { name: app, state: "ok", value: `${known.name} (${here}), ${known.html_url}`, remedy: null },
      ...permissionRows(known),
      ...(await webhookRows(known, github, ask)),
    ];
  } catch (error) {
    const remedy = error instanceof AssistantError ? error.remedy : "Check github.host and the connection to it.";
    return [{ name: app, state: "missing", value: `${here}: ${messageOf(error)}`, remedy }];
  }
}

const appAnswer = z.object({
  name: z.string(),
  html_url: z.string(),
  permissions: z.record(z.string(), z.string()),
  events: z.array(z.string()),
});
type KnownApp = z.output<typeof appAnswer>;

const hookAnswer = z.object({
  url: z.string().default(""),
  content_type: z.string().optional(),
  insecure_ssl: z.union([z.string(), z.number()]).optional(),
});
const deliveriesAnswer = z.array(z.object({ delivered_at: z.string(), status: z.string(), status_code: z.number() }));

/** What app.yml asks for and the app does not have; more than that is nobody's loss. */
function permissionRows({ permissions }: KnownApp): DoctorRow[] {
  const asked = Object.entries(readManifest().default_permissions);
  const has = (name: string, level: string): boolean =>
    permissions[name] === level ||
    (level === "read" && permissions[name] !== undefined) ||
    permissions[name] === "admin";
  const lacking = asked.filter(([name, level]) => !has(name, level));
  const remedy = "Add it on the app's settings page, and accept it for each installation.";
  const rows = lacking.map(([name, level]): DoctorRow => ({
    name: `permission ${name}`,
    state: name === "contents" ? "missing" : "note",
    value: `not ${level}: ${permissionUses[name]?.without ?? ""}`,
    remedy,
  }));
  if (has("contents", "write") || lacking.some(([name]) => name === "contents")) return rows;
  return [...rows, { name: "permission contents", state: "ok", value: `read: ${implementUse.without}`, remedy: null }];
}

/** Whether GitHub sends events, and whether they arrive. */
async function webhookRows(known: KnownApp, github: ServerFile["github"], ask: Ask): Promise<DoctorRow[]> {
  const name = "webhook";
  const hook = hookAnswer.parse((await ask("/app/hook/config")) ?? {});
  if (hook.url === "")
    return [{ name, state: "ok", value: "none: start the server as `assistant serve --poll`", remedy: null }];
  const missing = (value: string, remedy: string): DoctorRow[] => [{ name, state: "missing", value, remedy }];
  const url = URL.canParse(hook.url) ? new URL(hook.url) : null;
  if (url === null || !url.pathname.replace(/\/+$/, "").endsWith(webhookPath))
    return missing(`${hook.url} does not end in ${webhookPath}`, "Correct the URL on the app's settings page.");
  if (hook.content_type === "form")
    return missing(`${hook.url} is sent forms`, "Set its content type to application/json on the app's settings page.");
  const secret = secretProblem(github);
  if (secret !== null) return missing(`${hook.url}: ${secret.message}`, secret.remedy);
  return [await reachRow(url, ask), ...eventRows(known), ...unsafeRows(hook.insecure_ssl)];
}

async function reachRow(url: URL, ask: Ask): Promise<DoctorRow> {
  const name = "webhook";
  const reach = await reachWebhook(url);
  if (reach.hop === null) return { name, state: "ok", value: `${url.href} answers`, remedy: null };
  const value = `${url.href}, seen from here: ${describeReach(reach)}`;
  // GitHub may take another way than this machine, and says how its last try went.
  const [last] = deliveriesAnswer.parse((await ask("/app/hook/deliveries?per_page=1")) ?? []);
  // Behind a proxy this machine may see nothing of the internet directly.
  const blind = Boolean(process.env["https_proxy"] || process.env["HTTPS_PROXY"]) && /DNS|TCP/.test(reach.hop);
  const arrived = last !== undefined && last.status_code >= 200 && last.status_code < 300;
  const told =
    last === undefined ? "nothing was delivered yet" : `GitHub's last delivery (${last.delivered_at}): ${last.status}`;
  return {
    name,
    state: arrived || blind ? "note" : "missing",
    value: `${value}; ${told}`,
    remedy: arrived ? null : remedies[reach.hop],
  };
}

const remedies = {
  DNS: "Correct the name in the webhook's URL on the app's settings page, or its entry in DNS.",
  TCP: "Start the server (assistant serve) and what stands before it, and open the port in the firewall.",
  TLS: "Mend the certificate of what stands before the server: GitHub looks at it, too.",
  HTTP: `Let what stands before the server pass ${webhookPath} on to it, and see that the server runs without --poll.`,
};

function eventRows({ events }: KnownApp): DoctorRow[] {
  const lacking = (readManifest().default_events ?? []).filter((event) => !events.includes(event));
  if (lacking.length === 0) return [];
  const remedy = "Subscribe to them on the app's settings page.";
  return [{ name: "webhook events", state: "note", value: `not sent: ${lacking.join(", ")}`, remedy }];
}

function unsafeRows(insecure: string | number | undefined): DoctorRow[] {
  if (String(insecure ?? 0) === "0") return [];
  const remedy = "Enable SSL verification on the app's settings page.";
  return [{ name: "webhook TLS", state: "note", value: "GitHub does not look at the certificate", remedy }];
}

function secretProblem(github: ServerFile["github"]): AssistantError | null {
  try {
    readAppCredentials(github, { webhooks: true });
    return null;
  } catch (error) {
    if (error instanceof AssistantError) return error;
    throw error;
  }
}

/** The answer as JSON; null for a 404. */
type Ask = (path: string) => Promise<unknown>;

/** Asks GitHub as the app, each time within limits.networkCheckMs. Errors: AssistantError `app-refused`, `github-unreachable`. */
function asker(github: GitHubHost, credentials: AppCredentials): Ask {
  const root = githubApiUrl(github);
  const { host } = new URL(root);
  const send = fetchThrough(dispatcherFor(new URL(root)));
  return async (path) => {
    const response = await send(`${root}${path}`, {
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${appToken(credentials)}`,
        "user-agent": "engram-assistant",
      },
      signal: AbortSignal.timeout(limits.networkCheckMs),
    }).catch((error: unknown) => {
      throw unreachable(host, error);
    });
    const body: unknown = await response.json().catch(() => null);
    if (response.ok) return body;
    if (response.status === 404 && path !== "/app") return null;
    const said = typeof body === "object" && body !== null && "message" in body ? `: ${String(body.message)}` : "";
    throw new AssistantError(`GitHub answers ${response.status}${said}`, {
      code: "app-refused",
      remedy:
        "Check that APP_ID and the private key belong to one app of this host, and that this machine's clock is right.",
    });
  };
}

/** A JSON web token, good for some minutes (https://docs.github.com/apps, "Generating a JSON Web Token"). */
function appToken({ id, privateKey }: AppCredentials): string {
  const now = Math.floor(Date.now() / 1_000);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  // A minute back: clocks differ.
  const text = `${part({ alg: "RS256", typ: "JWT" })}.${part({ iat: now - 60, exp: now + 300, iss: String(id) })}`;
  return `${text}.${createSign("RSA-SHA256").update(text).sign(privateKey, "base64url")}`;
}

function unreachable(host: string, error: unknown): AssistantError {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return new AssistantError(
    `${host} cannot be reached: ${messageOf(cause) || String((cause as { code?: unknown }).code)}`,
    {
      code: "github-unreachable",
      remedy: "Check github.host, the network and, where there is one, HTTPS_PROXY.",
      cause: error,
    },
  );
}
