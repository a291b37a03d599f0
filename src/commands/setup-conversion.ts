import { z } from "zod";
import { type GitHubHost, githubApiUrl } from "../config/server-config.ts";
import { dispatcherFor, fetchThrough } from "../model/http-ask.ts";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import type { NewApp } from "./setup-files.ts";

const newApp = z.object({
  id: z.int().positive(),
  // It goes to a terminal.
  name: z.string().transform((name) => name.replaceAll(/\p{C}/gu, "")),
  html_url: z.url(),
  pem: z.string().includes("PRIVATE KEY"),
  // It goes to a file that shells read.
  webhook_secret: z
    .string()
    .regex(/^[\w+/=-]+$/)
    .nullish()
    .default(null),
});

/**
 * What GitHub gives for the code, which is good once and for an hour. Errors: AssistantError `code-refused`; `github-unreachable`,
 * transient: the code may still be good.
 */
export async function convertCode(code: string, github: GitHubHost): Promise<NewApp> {
  const url = new URL(`${githubApiUrl(github)}/app-manifests/${encodeURIComponent(code)}/conversions`);
  const send = fetchThrough(dispatcherFor(url));
  let response: Response;
  let text: string;
  try {
    response = await send(url.href, {
      method: "POST",
      headers: { accept: "application/vnd.github+json", "user-agent": "engram-assistant" },
      signal: AbortSignal.timeout(limits.httpAskMs),
    });
    text = await response.text();
  } catch (error) {
    throw unreachable(url.host, causeOf(error), error);
  }
  if (response.status >= 500) throw unreachable(url.host, `it answers ${response.status}`);
  const parsed = newApp.safeParse(jsonOf(text));
  if (response.ok && parsed.success) return parsed.data;
  const answer = response.ok ? "gives no app for it" : `answers ${response.status}`;
  throw new AssistantError(`GitHub does not take the code of the new app: it ${answer}`, {
    code: "code-refused",
    remedy:
      "A code is good once and for an hour. Look at " +
      `${github.protocol}://${github.host}/settings/apps (or the organisation's) whether the app is there: delete it and run ` +
      "assistant setup again, or generate a private key there and set APP_ID and PRIVATE_KEY_PATH.",
  });
}

function unreachable(host: string, why: string, cause?: unknown): AssistantError {
  return new AssistantError(`${host} cannot be asked for the new app's key: ${why}`, {
    code: "github-unreachable",
    remedy:
      "Mend the connection (HTTPS_PROXY counts), then reload the page in the browser: the code is good for an hour.",
    transient: true,
    cause,
  });
}

/** Fetch hides why it failed behind "fetch failed". */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : messageOf(cause) || String((cause as { code?: unknown }).code);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
