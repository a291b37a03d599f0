import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AppManifest, GitHubState } from "./state.ts";

const form = /^(?:\/organizations\/[^/]+)?\/settings\/apps\/new$/;

/** GitHub's page for a new App, which takes a manifest from a form on anybody's page. */
export function isManifestForm(method: string | undefined, path: string): boolean {
  return method === "POST" && form.test(path);
}

/** GitHub shows the app that it will make; here the person has pressed "Create" at once, and the browser goes back. */
export async function takeManifest(
  state: GitHubState,
  url: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let body = "";
  for await (const part of request) body += String(part);
  const manifest = JSON.parse(new URLSearchParams(body).get("manifest") ?? "{}") as AppManifest;
  const problem = problemOf(manifest);
  if (problem !== null) return void response.writeHead(422, { "content-type": "text/plain" }).end(problem);
  const code = randomBytes(20).toString("hex");
  state.manifests.set(code, manifest);
  const back = new URL(manifest.redirect_url);
  back.searchParams.set("code", code);
  const given = new URL(url, "http://localhost").searchParams.get("state");
  if (given !== null) back.searchParams.set("state", given);
  response.writeHead(302, { location: back.href }).end();
}

/** In GitHub's words; with a hook block its URL has to be there, be the hook active or not. */
function problemOf({ name, url, hook_attributes: hook }: AppManifest): string | null {
  if (url === undefined || (hook !== undefined && hook.url === undefined)) return `Error "url" wasn't supplied.`;
  if (name === undefined) return `Error "name" wasn't supplied.`;
  return name.length > 34 ? "Name is too long (maximum is 34 characters)" : null;
}
