import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isLoopback } from "../shared/loopback.ts";
import { HttpError } from "./http-errors.ts";

/** Null where a request may go on. It is asked before the body is read. */
export type Guard = (request: IncomingMessage) => HttpError | null;

export interface GuardOptions {
  host: string;
  token: string | null;
  publicPaths?: readonly string[];
}

export function openGuard({ host, token, publicPaths = [] }: GuardOptions): Guard {
  const expected = token === null ? null : digest(token);
  const local = isLoopback(host);
  return (request) => {
    // Elsewhere the token keeps foreign pages out, and the names that lead here (of a proxy, of a container) are not known.
    if (local && !isLoopback(hostName(request.headers.host ?? "")))
      return new HttpError(403, "wrong-host", "this server answers to localhost, 127.0.0.1 and [::1] only");
    if (isForeign(request))
      return new HttpError(403, "cross-site", "this server does not answer to pages of other web sites");
    if (expected !== null && !publicPaths.includes(pathOf(request)) && !holds(request, expected))
      return new HttpError(401, "unauthorized", "send the token as Authorization: Bearer …");
    return checkBody(request);
  };
}

/** The name in a Host header, without the port: a tunnel changes that one. */
function hostName(header: string): string {
  return header.replace(/:\d+$/, "");
}

/** A page of our own sends no Origin, or the one it came from. */
function isForeign({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  if (headers["sec-fetch-site"] === "cross-site") return true;
  return origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`;
}

function holds({ headers }: IncomingMessage, expected: Buffer): boolean {
  const sent = /^bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  return sent !== undefined && timingSafeEqual(digest(sent), expected);
}

/** Of one length whatever was sent, so that the comparison takes one time. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function pathOf({ url = "" }: IncomingMessage): string {
  return url.split("?")[0] ?? "";
}

/** JSON alone: what a form of another page may send without asking is of another type. */
function checkBody(request: IncomingMessage): HttpError | null {
  const { method = "", headers } = request;
  if (method === "GET" || method === "HEAD") return null;
  if (method !== "POST" && method !== "DELETE")
    return new HttpError(405, "wrong-method", `${method} is not answered here`);
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  if ((hasBody || method === "POST") && !/^application\/json\s*(;|$)/i.test(headers["content-type"] ?? ""))
    return new HttpError(415, "wrong-content-type", "send JSON, with Content-Type: application/json");
  return null;
}
