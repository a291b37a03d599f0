import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import type { ServerFile } from "./server-file.ts";

/** What makes the server the GitHub App. */
export interface AppCredentials {
  id: number;
  /** PEM. */
  privateKey: string;
  /** The present one and, while it is changed, the one before; none where nothing listens for webhooks. */
  webhookSecrets: readonly string[];
}

/** Checks the credentials before anything listens; `webhooks`: whether something will. Errors: see loadServerConfig. */
export function readAppCredentials(github: ServerFile["github"], { webhooks }: { webhooks: boolean }): AppCredentials {
  if (github.app_id === undefined)
    throw new AssistantError("the app id is not set", {
      code: "no-app-id",
      remedy:
        "Run assistant setup, or set APP_ID, or github.app_id in config.yml, to the App ID on the settings page of your GitHub App.",
    });
  return {
    id: github.app_id,
    privateKey: readPrivateKey(github),
    webhookSecrets: webhooks ? readSecrets(github) : [],
  };
}

function readPrivateKey({ private_key: text, private_key_path: path }: ServerFile["github"]): string {
  if (text !== undefined) return checkPrivateKey(text, "PRIVATE_KEY");
  if (path === undefined)
    throw new AssistantError("the app's private key is not set", {
      code: "no-private-key",
      remedy: "Generate one on the settings page of your GitHub App and set PRIVATE_KEY_PATH to the downloaded file.",
    });
  try {
    return checkPrivateKey(readFileSync(path, "utf8"), path);
  } catch (error) {
    if (error instanceof AssistantError) throw error;
    throw new AssistantError(`the app's private key cannot be read: ${messageOf(error)}`, {
      code: "no-private-key",
      remedy: "Set PRIVATE_KEY_PATH to the .pem file that GitHub offered for download.",
      cause: error,
    });
  }
}

/** Environment files cannot hold line ends: the key may come with `\n` written out, or in base64. */
function checkPrivateKey(text: string, source: string): string {
  const pem = text.includes("-----BEGIN") ? text.replaceAll("\\n", "\n") : Buffer.from(text, "base64").toString("utf8");
  try {
    createPrivateKey(pem);
    return pem;
  } catch (error) {
    throw new AssistantError(`${source} is not a private key`, {
      code: "bad-private-key",
      remedy: "Use the .pem file that GitHub offered for download, unchanged.",
      cause: error,
    });
  }
}

function readSecrets({ webhook_secret: now, webhook_secret_previous: before }: ServerFile["github"]): string[] {
  const current = checkSecret(now, "the webhook secret", "WEBHOOK_SECRET");
  if (before === undefined) return [current];
  return [current, checkSecret(before, "the previous webhook secret", "WEBHOOK_SECRET_PREVIOUS")];
}

/** Probot would fall back to the secret "development", which anybody can sign with. */
function checkSecret(secret: string | undefined, what: string, variable: string): string {
  if (secret !== undefined && secret.length >= limits.webhookSecretCharacters) return secret;
  throw new AssistantError(secret === undefined ? `${what} is not set` : `${what} can be guessed`, {
    code: "weak-webhook-secret",
    remedy:
      `Set ${variable} to at least ${limits.webhookSecretCharacters} random characters (openssl rand -hex 32), ` +
      "and the same on the settings page of your GitHub App.",
  });
}
