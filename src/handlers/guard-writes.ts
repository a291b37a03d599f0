import type { Octokit } from "@octokit/rest";
import { AssistantError } from "../shared/errors.ts";

/** Lets a client only read while `isOff` says so: asked before each request that writes, so that no job slips through. */
export function guardWrites(octokit: Octokit, isOff: () => boolean): void {
  octokit.hook.before("request", ({ method, url, ...options }) => {
    if (!isWrite(method, url, (options as { query?: unknown }).query) || !isOff()) return;
    throw new AssistantError("the assistant is switched off here", {
      code: "switched-off",
      remedy: "Switch it on with /assistant on in the repository, or with: assistant switch on.",
    });
  });
}

/** Tokens and queries are asked for with POST, but change nothing that anybody sees. */
function isWrite(method: string, url: string, query: unknown): boolean {
  if (method === "GET" || method === "HEAD" || url.endsWith("/access_tokens")) return false;
  return !(url.endsWith("/graphql") && typeof query === "string" && !/^\s*mutation\b/.test(query));
}
