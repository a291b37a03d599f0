import type { IncomingHttpHeaders } from "node:http";
import { verify } from "@octokit/webhooks-methods";

/** What GitHub sent, once it is known that GitHub sent it. */
export interface SignedEvent {
  /** `X-GitHub-Delivery`. */
  id: string;
  name: string;
  payload: object;
}

/**
 * Checks a webhook's signature and reads it. Every secret is tried on every request, each by a comparison that takes the same
 * time whatever is wrong: the answer and its time say nothing about a secret. Nothing of the body is read before.
 * @param secrets the present one and, while it is changed, the one before
 */
export async function readWebhook(
  headers: IncomingHttpHeaders,
  body: string,
  secrets: readonly string[],
): Promise<SignedEvent | { refusal: string }> {
  const [name, id, signature] = ["x-github-event", "x-github-delivery", "x-hub-signature-256"].map(
    (header) => headers[header],
  );
  if (typeof name !== "string" || typeof id !== "string" || typeof signature !== "string" || signature === "")
    return { refusal: "a webhook of GitHub has an event, a delivery id and a signature" };
  if (id === "" || id.length > longestId || body === "") return { refusal: "this is no delivery of GitHub" };
  const fitting = await Promise.all(secrets.map((secret) => verify(secret, body, signature)));
  if (!fitting.includes(true)) return { refusal: "the signature does not match" };
  const payload = parse(body);
  return payload === null ? { refusal: "the body is no JSON object" } : { id, name, payload };
}

/** GitHub's are 36 characters; each is kept for days. */
const longestId = 100;

function parse(body: string): object | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
