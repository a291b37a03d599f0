import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isFromHere } from "../shared/from-here.ts";
import { limits } from "../shared/limits.ts";

const cookieName = "assistant_dashboard";

export interface Access {
  /** Whether the page may be shown. With a token: to whoever has it, or signed in with it; without: to this machine. */
  allows(request: IncomingMessage): boolean;
  /** Whether somebody can sign in at all. */
  hasLogin: boolean;
  /** The cookie for whoever brought the token, for the header `set-cookie`; null for a wrong one. */
  signIn(token: string, request: IncomingMessage): string | null;
  signOut(): string;
  /** What a form of ours holds: no page of another site can read it. */
  formToken(request: IncomingMessage): string;
  /** Whether a form was sent from a page of ours, by whoever was shown it. */
  isOurs(request: IncomingMessage, formToken: string): boolean;
}

/**
 * Who may see the dashboard. A cookie holds no token: it is signed with it, and good for limits.dashboardSessionMs. Nothing is
 * kept of who signed in: another token ends all sessions, and several machines with one token know each other's.
 */
export function createAccess(token: string | undefined): Access {
  function signature(until: string): string {
    return createHmac("sha256", token ?? "")
      .update(`${cookieName} ${until}`)
      .digest("base64url");
  }
  function holdsSession({ headers }: IncomingMessage): boolean {
    const [until = "", sign = ""] = cookieOf(headers.cookie ?? "").split(".");
    return /^\d{1,15}$/.test(until) && equal(sign, signature(until)) && Number(until) > Date.now();
  }

  /** Without a token nobody signs in: forms hold for as long as this process runs. */
  const formKey = token ?? randomBytes(32).toString("base64url");
  const formToken = ({ headers }: IncomingMessage): string =>
    createHmac("sha256", formKey)
      .update(`form ${cookieOf(headers.cookie ?? "")}`)
      .digest("base64url");

  return {
    formToken,
    isOurs: (request, brought) => !isFromOtherSite(request) && equal(brought, formToken(request)),
    hasLogin: token !== undefined,
    allows(request) {
      if (token === undefined) return isFromHere(request);
      return equal(request.headers.authorization ?? "", `Bearer ${token}`) || holdsSession(request);
    },
    signIn(brought, request) {
      if (token === undefined || !equal(brought, token)) return null;
      const until = String(Date.now() + limits.dashboardSessionMs);
      // Behind a proxy that speaks TLS the cookie must not go over plain HTTP either.
      const secure = request.headers["x-forwarded-proto"] === "https" ? "; Secure" : "";
      const seconds = limits.dashboardSessionMs / 1_000;
      return `${cookieName}=${until}.${signature(until)}; ${attributes}; Max-Age=${seconds}${secure}`;
    },
    signOut: () => `${cookieName}=; ${attributes}; Max-Age=0`,
  };
}

const attributes = "Path=/dashboard; HttpOnly; SameSite=Strict";

function cookieOf(header: string): string {
  const found = header.split(";").map((one) => one.trim().split("="));
  return found.find(([name]) => name === cookieName)?.[1] ?? "";
}

/** Takes as long for each text: nobody learns how much of a token was right. */
function equal(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** Browsers say so where they can; an older one names the page's origin, which is ours where it has the name that was asked. */
function isFromOtherSite({ headers }: IncomingMessage): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  const { origin, host } = headers;
  return origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`;
}
