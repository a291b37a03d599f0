import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Html, render } from "./html.ts";

/** A page, or a part of one, made for the nonce under which its script and style count. */
export function send(response: ServerResponse, status: number, page: (nonce: string) => Html): void {
  const nonce = randomBytes(16).toString("base64url");
  const text = render(page(nonce));
  response.writeHead(status, {
    ...answerHeaders,
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": policy(nonce),
  });
  response.end(text);
}

/** An answer without a page. */
export function leave(response: ServerResponse, status: number, more: Record<string, string> = {}): void {
  response.writeHead(status, { ...answerHeaders, ...more });
  response.end();
}

export const answerHeaders = {
  "cache-control": "no-store",
  // A form of ours must be able to say where it comes from; nobody else learns anything.
  "referrer-policy": "same-origin",
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

/** Null as soon as it is known to be larger than such a form is. */
export async function readForm(request: IncomingMessage, bytes: number): Promise<URLSearchParams | null> {
  const parts: Buffer[] = [];
  let read = 0;
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    read += part.length;
    if (read > bytes) return null;
    parts.push(part);
  }
  return new URLSearchParams(Buffer.concat(parts).toString("utf8"));
}
