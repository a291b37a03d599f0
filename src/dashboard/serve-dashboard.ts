import type { IncomingMessage, ServerResponse } from "node:http";
import { limits } from "../shared/limits.ts";
import { type Access, createAccess } from "./access.ts";
import type { Site } from "./cite.ts";
import type { DashboardData } from "./dashboard-data.ts";
import type { Desk } from "./desk.ts";
import { renderFragment, renderLogin, renderPage, renderRefusal } from "./page.ts";
import { leave, readForm, send } from "./send.ts";
import { serveDesk } from "./serve-desk.ts";

export interface DashboardOptions {
  /** Undefined: this machine alone sees the page. */
  token: string | undefined;
  look: () => Promise<DashboardData>;
  /** Answers searches and questions. */
  desk: Desk;
  /** Of GitHub, for links. */
  protocol: Site["protocol"];
  /** Told of errors that are bugs. */
  report?: (error: unknown) => void;
}

/**
 * Answers /dashboard and what lies below it. Nothing of the service is started or changed there: questions are answered, and
 * kept as conversations.
 */
export function serveDashboard({ token, look, desk, protocol, report = () => {} }: DashboardOptions) {
  const access = createAccess(token);
  const seen = sharedFor(limits.dashboardFreshMs, look);

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? "").split("?")[0];
    if (path === "/dashboard/login" && access.hasLogin) return signIn(request, response, access);
    if (path === "/dashboard/logout") return signOut(request, response, access);
    if (path !== "/dashboard" && path !== "/dashboard/fragment") {
      if (!access.allows(request)) return refuse(response, access);
      if (!(await serveDesk({ desk, access, protocol, report }, request, response))) leave(response, 404);
      return;
    }
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
  const form = await readForm(request, limits.dashboardFormBytes);
  if (form === null) return leave(response, 413, { connection: "close" });
  const cookie = access.signIn(form.get("token") ?? "", request);
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
