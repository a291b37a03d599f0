import { existsSync, linkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Home, prepareHome } from "../config/home.ts";
import type { GitHubHost } from "../config/server-config.ts";
import { AssistantError, messageOf } from "../shared/errors.ts";

/** What GitHub says about a new app, once. */
export interface NewApp {
  id: number;
  name: string;
  /** Page of the app, for people. */
  html_url: string;
  pem: string;
  /** Null where it has no webhook. */
  webhook_secret: string | null;
}

/**
 * Before GitHub is asked for anything: afterwards it would be too late. Errors: AssistantError `app-exists`,
 * `home-not-writable`.
 */
export function checkRoom(home: Home, force: boolean): void {
  prepareHome(home);
  if (!force && existsSync(home.appEnv)) throw appExists(home.appEnv);
}

/**
 * Writes app.env and the key beside it, both for this user alone. A file that is there is never written over: the key has the
 * app's number in its name, and an earlier app.env becomes app.env.old. Errors: AssistantError `app-exists`,
 * `app-not-written`, which says how to come by the key again.
 */
export function writeApp(home: Home, app: NewApp, { host, protocol }: GitHubHost, force: boolean): void {
  const keyPath = join(dirname(home.appEnv), `app-${app.id}.private-key.pem`);
  const lines = [
    `# GitHub App ${app.id}, written by assistant setup. Whoever reads this file or the key may act as the app.`,
    `APP_ID=${app.id}`,
    // Seen from this file: the folder may be moved, or mounted elsewhere in a container.
    `PRIVATE_KEY_PATH=${basename(keyPath)}`,
    ...(app.webhook_secret === null ? [] : [`WEBHOOK_SECRET=${app.webhook_secret}`]),
    ...(host === "github.com" ? [] : [`GHE_HOST=${host}`]),
    ...(protocol === "https" ? [] : [`GHE_PROTOCOL=${protocol}`]),
  ];
  try {
    if (force) for (const path of [keyPath, home.appEnv]) setAside(path);
    writePrivate(keyPath, app.pem.endsWith("\n") ? app.pem : `${app.pem}\n`);
    writePrivate(home.appEnv, `${lines.join("\n")}\n`);
  } catch (error) {
    throw new AssistantError(`the app ${app.id} is registered, and could not be kept: ${messageOf(error)}`, {
      code: "app-not-written",
      remedy: existsSync(keyPath)
        ? `Its key is in ${keyPath}: set PRIVATE_KEY_PATH to it and APP_ID to ${app.id}, and a webhook secret of your own on ${app.html_url}.`
        : `GitHub does not show its key again: delete the app (${app.html_url}) and run this again, or generate another key there.`,
      cause: error,
    });
  }
}

/** Never the only copy of something: a rename takes nothing but the name. */
function setAside(path: string): void {
  if (existsSync(path)) renameSync(path, `${path}.old`);
}

/** Whole or not at all, and only where nothing is: a link, unlike a rename, does not replace. */
function writePrivate(path: string, text: string): void {
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, text, { mode: 0o600, flag: "wx" });
    try {
      linkSync(draft, path);
    } catch (error) {
      // Some file systems have no links; there the check before the set-up has to do.
      if (existsSync(path)) throw error;
      renameSync(draft, path);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

function appExists(path: string): AssistantError {
  return new AssistantError(`an app is set up already: ${path}`, {
    code: "app-exists",
    remedy: "Use it (assistant doctor looks at it), or give --force to register another one; the old file is kept.",
  });
}
