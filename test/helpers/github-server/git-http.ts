import { spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import { gitEnvironment } from "../../../src/shared/git.ts";
import { allows, gitTokenOf } from "./auth.ts";
import { movedFrom } from "./renames.ts";
import { findRepository, type GitHubState, type Repository, repositoryName } from "./state.ts";

interface GitRequest {
  owner: string;
  name: string;
  /** Below the repository, for example `info/refs`. */
  service: string;
}

/** The repository and service of a smart-HTTP request; undefined for every other path. */
export function parseGitPath(path: string): GitRequest | undefined {
  const match = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(path);
  return match ? { owner: match[1] ?? "", name: match[2] ?? "", service: match[3] ?? "" } : undefined;
}

/** Serves clone and fetch by git's own `http-backend` on the bare repository. Pushing is refused. */
export async function serveGit(
  state: GitHubState,
  asked: GitRequest,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const token = gitTokenOf(state, request.headers.authorization);
  if (!token) {
    return refuse(response, 401, "Authentication failed", { "www-authenticate": 'Basic realm="GitHub"' });
  }
  const moved = movedFrom(state, asked.owner, asked.name);
  if (moved) {
    const location = `${state.urls.html}/${repositoryName(moved)}.git/${asked.service}${new URL(request.url ?? "", "http://localhost").search}`;
    return refuse(response, 301, "Moved Permanently", { location });
  }
  const repository = findRepository(state, asked.owner, asked.name);
  if (!repository || !token.repositories.has(repositoryName(repository).toLowerCase())) {
    return refuse(response, 404, "Repository not found.");
  }
  const query = new URL(request.url ?? "", "http://localhost").search.slice(1);
  const pushes = asked.service === "git-receive-pack" || query.includes("git-receive-pack");
  if (pushes) return refuse(response, 403, "This server takes no pushes.");
  if (!allows(token.permissions, "contents", "read")) {
    return refuse(response, 403, "Resource not accessible by integration");
  }
  await runBackend(repository, asked.service, query, request, response);
}

function refuse(response: ServerResponse, status: number, message: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "text/plain", ...headers }).end(`${message}\n`);
}

/** Speaks CGI (RFC 3875) with git: the request in the environment and on stdin, headers and body on stdout. */
function runBackend(
  repository: Repository,
  service: string,
  query: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const child = spawn("git", ["http-backend"], {
    stdio: ["pipe", "pipe", "ignore"],
    env: {
      ...gitEnvironment(),
      // What GitHub allows: partial clones, and commits that no ref shows.
      GIT_CONFIG_COUNT: "2",
      GIT_CONFIG_KEY_0: "uploadpack.allowFilter",
      GIT_CONFIG_VALUE_0: "true",
      GIT_CONFIG_KEY_1: "uploadpack.allowAnySHA1InWant",
      GIT_CONFIG_VALUE_1: "true",
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_TRANSLATED: `${repository.gitDir}/${service}`,
      REQUEST_METHOD: request.method ?? "GET",
      QUERY_STRING: query,
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      CONTENT_LENGTH: request.headers["content-length"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    },
  });
  child.stdin.on("error", () => {}); // a backend that has read enough closes the pipe
  request.pipe(child.stdin);
  return new Promise((resolve, reject) => {
    let pending = Buffer.alloc(0);
    child.on("error", reject);
    child.stdout.on("data", function readHead(data: Buffer) {
      pending = Buffer.concat([pending, data]);
      const end = pending.indexOf("\r\n\r\n");
      if (end < 0) return;
      child.stdout.off("data", readHead);
      const { status, headers } = parseHead(pending.subarray(0, end).toString("latin1"));
      response.writeHead(status, headers);
      response.write(pending.subarray(end + 4));
      child.stdout.pipe(response);
    });
    child.on("close", (code) => {
      if (response.headersSent || response.destroyed) resolve();
      else reject(new Error(`git http-backend ended with ${code}`));
    });
    response.on("close", () => {
      // A client that leaves early must not leave a backend behind, waiting to be read.
      child.kill();
      child.stdout.destroy();
    });
  });
}

function parseHead(head: string): { status: number; headers: Record<string, string> } {
  const headers: Record<string, string> = {};
  for (const line of head.split("\r\n")) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const { status = "200", ...rest } = headers;
  return { status: parseInt(status, 10), headers: rest };
}
