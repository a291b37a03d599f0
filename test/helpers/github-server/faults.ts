import type { GitHubState } from "./state.ts";

/** Something that goes wrong with the next requests that match. */
export interface Fault {
  /** Tested on `METHOD /path?query`, without the API prefix. Default: every request. */
  match?: RegExp;
  /** Tested on the body as it was sent. Default: every body, and none at all. */
  body?: RegExp;
  /** How many requests it hits. Default 1. */
  times?: number;
  /** Answer with this instead of doing anything. */
  status?: number;
  headers?: Record<string, string>;
  message?: string;
  /**
   * Cut the connection instead of answering: `before` the request was carried out, or `after`, which is the crash
   * between a write and the note that it was made.
   */
  drop?: "before" | "after";
  /** Happens first, while the client waits: a push, a crash. The request is then served, unless the fault says more. */
  meanwhile?: () => void | Promise<void>;
}

/** GitHub's answer to a client that writes too fast. */
export function secondaryRateLimit(options: { match?: RegExp; status?: 403 | 429; retryAfterSeconds?: number }): Fault {
  return {
    match: options.match,
    status: options.status ?? 403,
    headers: { "retry-after": String(options.retryAfterSeconds ?? 60) },
    message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
  };
}

/** GitHub's answer once the hour's requests are used up. */
export function primaryRateLimit(options: { match?: RegExp; resetAt: Date; installation?: number }): Fault {
  return {
    match: options.match,
    status: 403,
    headers: {
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": String(Math.ceil(options.resetAt.getTime() / 1000)),
    },
    message: `API rate limit exceeded for installation${options.installation === undefined ? "" : ` ID ${options.installation}`}.`,
  };
}

/** Takes the first fault that matches, and uses it up. */
export function takeFault(state: GitHubState, request: string, body = ""): Fault | undefined {
  const fault = state.faults.find((one) => (one.match?.test(request) ?? true) && (one.body?.test(body) ?? true));
  if (!fault) return undefined;
  fault.times = (fault.times ?? 1) - 1;
  if (fault.times <= 0) state.faults.splice(state.faults.indexOf(fault), 1);
  return fault;
}
