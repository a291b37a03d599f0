import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { limits } from "../shared/limits.ts";
import { type Access, createAccess } from "./access.ts";
import type { DashboardData } from "./dashboard-data.ts";
import { type Html, render } from "./html.ts";
import { renderFragment, renderLogin, renderPage, renderRefusal } from "./page.ts";

export interface DashboardOptions {
  /** Undefined: this machine alone sees the page. */
  token: string | undefined;
  look: () => Promise<DashboardData>;
}

/** Answers /dashboard and what lies below it. It only shows: no request changes anything but the reader's own cookie. */
export function serveDashboard({ token, look }: DashboardOptions) {
  const access = createAccess(token);
  const seen = sharedFor(limits.dashboardFreshMs, look);

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? "").split("?")[0];
    if (path === "/dashboard/login" && access.hasLogin) return signIn(request, response, access);
    if (path === "/dashboard/logout") return signOut(request, response, access);
    if (path !== "/dashboard" && path !== "/dashboard/fragment") return leave(response, 404);
    if (request.method !== "GET" && request.method !== "HEAD") return leave(response, 405, { allow: "GET, HEAD" });
    if (!access.allows(request)) return refuse(response, access);
    const data = await seen();
    const signedIn = access.hasLogin && request.headers.authorization === undefined;
    if (path === "/dashboard") send(response, 200, (nonce) => renderPage(data, { nonce, signedIn }));
    else send(response, 200, () => renderFragment(data));
  };
}

/** Several readers, and a reader who reloads, cost one look. What fails is not kept. */
function sharedFor<T>(ms: number, look: () => Promise<T>): () => Promise<T> {
  let last: { at: number; value: Promise<T> } | null = null;
  return () => {
    if (last !== null && performance.now() - last.at < ms) return last.value;
    const value = look();
    last = { at: performance.now(), value };
    value.catch(() => (last = null));
    return value;
  };
}

async function signIn(request: IncomingMessage, response: ServerResponse, access: Access): Promise<void> {
  if (request.method !== "POST") return leave(response, 303, { location: "/dashboard" });
  const body = await readForm(request);
  if (body === null) return leave(response, 413, { connection: "close" });
  const cookie = access.signIn(new URLSearchParams(body).get("token") ?? "", request);
  if (cookie === null) return send(response, 401, (nonce) => renderLogin({ nonce, wrong: true }));
  leave(response, 303, { location: "/dashboard", "set-cookie": cookie });
}

function signOut(request: IncomingMessage, response: ServerResponse, access: Access): void {
  if (request.method !== "POST") return leave(response, 405, { allow: "POST" });
  leave(response, 303, { location: "/dashboard", "set-cookie": access.signOut() });
}

function refuse(response: ServerResponse, access: Access): void {
  if (access.hasLogin) send(response, 401, (nonce) => renderLogin({ nonce, wrong: false }));
  else send(response, 403, renderRefusal);
}

/** Null as soon as it is known to be larger than a form with a token is. */
async function readForm(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > limits.dashboardFormBytes) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function send(response: ServerResponse, status: number, page: (nonce: string) => Html): void {
  const nonce = randomBytes(16).toString("base64url");
  const text = render(page(nonce));
  response.writeHead(status, {
    ...headers,
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": policy(nonce),
  });
  response.end(text);
}

/** An answer without a page. */
function leave(response: ServerResponse, status: number, more: Record<string, string> = {}): void {
  response.writeHead(status, { ...headers, ...more });
  response.end();
}

const headers = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cross-origin-opener-policy": "same-origin",
};

function policy(nonce: string): string {
  return [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    "img-src data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
