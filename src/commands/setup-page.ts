import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { GitHubHost } from "../config/server-config.ts";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { isLoopback } from "../shared/loopback.ts";
import { renderDone, renderForm, renderMessage } from "./setup-html.ts";
import type { NewApp } from "./setup-files.ts";
import type { AppManifest } from "./setup-manifest.ts";

export interface SetupPageOptions {
  manifest: AppManifest;
  github: GitHubHost;
  /** Null: the app belongs to whoever is signed in. */
  organisation: string | null;
  /** 0: a free one. */
  port: number;
  /** Turns GitHub's code into an app that is kept. A transient error leaves the page open for another try. */
  accept: (code: string) => Promise<NewApp>;
  /** What went wrong without ending the set-up, for the terminal. */
  warn: (error: Error) => void;
}

export interface SetupPage {
  /** To open in a browser; it holds a secret that other users of this machine do not know. */
  url: string;
  port: number;
  /** The app, once it is registered and kept. Errors: what `accept` threw last, unless transient. */
  app: Promise<NewApp>;
  stop(): Promise<void>;
}

/**
 * A page on this machine that sends the manifest to GitHub from the person's browser, which GitHub asks for, and takes the
 * answer back. GitHub's answer counts only with the state of this very page, and once. Errors: AssistantError `port-in-use`.
 */
export async function openSetupPage(options: SetupPageOptions): Promise<SetupPage> {
  const [path, state] = [`/${nonce()}`, nonce()];
  let settle: { resolve(app: NewApp): void; reject(error: unknown): void };
  const app = new Promise<NewApp>((resolve, reject) => (settle = { resolve, reject }));
  let accepting: Promise<NewApp> | null = null;
  let done = false;

  const takeCode = async (query: URLSearchParams, response: ServerResponse): Promise<void> => {
    const code = query.get("code");
    if (code === null || query.get("state") !== state) {
      options.warn(wrongState());
      return answer(response, 403, renderMessage(`${wrongState().message}. ${wrongState().remedy}`));
    }
    try {
      // A browser may ask twice; the code is good once.
      accepting ??= options.accept(code);
      const made = await accepting;
      await answer(response, 200, renderDone(made));
      done = true;
      settle.resolve(made);
    } catch (error) {
      accepting = null;
      const remedy = error instanceof AssistantError ? error.remedy : "";
      await answer(response, 502, renderMessage(`${messageOf(error)}. ${remedy}`));
      if (error instanceof AssistantError && error.transient) return options.warn(error);
      done = true;
      settle.reject(error);
    }
  };

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const known = url.pathname === path || url.pathname === `${path}/created`;
    // The name counts, too: a page of the internet whose name leads to this machine has no business here.
    if (request.method !== "GET" || !known || !isLoopback(nameOf(request)))
      return answer(response, 404, renderMessage("There is nothing here. Open the address that the terminal shows."));
    if (done)
      return answer(response, 410, renderMessage("This set-up is over. Run assistant setup again for another app."));
    if (url.pathname !== path) return takeCode(url.searchParams, response);
    const redirect = `http://127.0.0.1:${request.socket.localPort}${path}/created`;
    const action = `${registrationUrl(options)}?state=${state}`;
    return answer(response, 200, renderForm({ ...options.manifest, redirect_url: redirect }, action));
  };

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      response.destroy();
      settle.reject(error);
    });
  });
  const port = await listen(server, options.port);
  return { url: `http://127.0.0.1:${port}${path}`, port, app, stop: () => stop(server) };
}

/** Where GitHub takes manifests. */
function registrationUrl({ github: { protocol, host }, organisation }: SetupPageOptions): string {
  const owner = organisation === null ? "" : `/organizations/${encodeURIComponent(organisation)}`;
  return `${protocol}://${host}${owner}/settings/apps/new`;
}

function nonce(): string {
  return randomBytes(16).toString("hex");
}

function nameOf({ headers }: IncomingMessage): string {
  return (headers.host ?? "").replace(/:\d+$/, "");
}

function wrongState(): AssistantError {
  return new AssistantError("an answer came that does not belong to this set-up, and was not taken", {
    code: "wrong-state",
    remedy: "Open the address that the terminal shows, and register the app from there.",
  });
}

/** Resolves once it is sent: the process may end right after. */
function answer(response: ServerResponse, status: number, html: string): Promise<void> {
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  });
  return new Promise((resolve) => {
    response.once("close", resolve);
    response.end(html, resolve);
  });
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const cause = error.code === "EADDRINUSE" ? "is in use" : `cannot be used: ${error.message}`;
      const remedy = "Leave --port out for a free one, or name another one.";
      reject(new AssistantError(`port ${port} ${cause}`, { code: "port-in-use", remedy, cause: error }));
    });
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
