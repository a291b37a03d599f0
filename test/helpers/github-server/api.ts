import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { checkAppToken, tokenOf } from "./auth.ts";
import { HttpError } from "./errors.ts";
import { type Fault, takeFault } from "./faults.ts";
import { type Answer, matchRoute, type Request, type Route } from "./router.ts";
import { appRoutes, rateLimit } from "./routes/apps.ts";
import { checkRoutes } from "./routes/checks.ts";
import { commitRoutes } from "./routes/commits.ts";
import { contentRoutes } from "./routes/contents.ts";
import { gitDataRoutes } from "./routes/git-data.ts";
import { answerGraphql } from "./routes/graphql.ts";
import { issueRoutes } from "./routes/issues.ts";
import { pullRoutes } from "./routes/pulls.ts";
import { reactionRoutes } from "./routes/reactions.ts";
import { repositoryRoutes } from "./routes/repositories.ts";
import { reviewCommentRoutes } from "./routes/review-comments.ts";
import { reviewRoutes } from "./routes/reviews.ts";
import { followedPath } from "./renames.ts";
import { answerProblems, requestProblems } from "./schema-check.ts";
import type { AccessToken, GitHubState, Installation } from "./state.ts";

/** The order decides where templates overlap: `/pulls/comments` stands before `/pulls/{pull_number}`. */
export const routes: Route[] = [
  ...appRoutes,
  ...repositoryRoutes,
  ...contentRoutes,
  ...commitRoutes,
  ...gitDataRoutes,
  ...checkRoutes,
  ...reviewCommentRoutes,
  ...reviewRoutes,
  ...pullRoutes,
  ...issueRoutes,
  ...reactionRoutes,
];

/** Serves one API request, logs it, and lets faults happen to it. `path` is without the API prefix, with the query. */
export async function serveApi(
  state: GitHubState,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const started = performance.now();
  const method = request.method ?? "GET";
  const text = (await readBody(request)).toString("utf8");
  const fault = takeFault(state, `${method} ${path}`, text);
  await fault?.meanwhile?.();
  const { answer, installation } = await answerOrFault(state, fault, method, path, request, text);
  const { status } = answer;
  if (fault?.drop) request.socket.destroy();
  else send(state, request, response, answer, installation);
  state.requests.push({
    at: new Date(state.now()).toISOString(),
    method,
    path,
    headers: request.headers as Record<string, string>,
    body: parsed(text),
    status: fault?.drop ? status : response.statusCode,
    ms: Math.round(performance.now() - started),
  });
}

interface Answered {
  answer: Answer;
  installation?: Installation;
}

async function answerOrFault(
  state: GitHubState,
  fault: Fault | undefined,
  method: string,
  path: string,
  request: IncomingMessage,
  text: string,
): Promise<Answered> {
  if (fault?.drop === "before") return { answer: { status: 0 } };
  if (fault?.status !== undefined) {
    const answer = errorAnswer(new HttpError(fault.status, fault.message ?? "Fault", undefined, fault.headers));
    return { answer };
  }
  try {
    return await answerRequest(state, method, path, request, text);
  } catch (error) {
    if (error instanceof HttpError) return { answer: errorAnswer(error) };
    console.error(`local GitHub server: ${method} ${path}`, error);
    return { answer: errorAnswer(new HttpError(500, error instanceof Error ? error.message : String(error))) };
  }
}

async function answerRequest(
  state: GitHubState,
  method: string,
  path: string,
  incoming: IncomingMessage,
  text: string,
): Promise<Answered> {
  const url = new URL(path, "http://localhost");
  const authorization = incoming.headers.authorization;
  const body = readJson(text);
  const request: Request = {
    state,
    method,
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    params: {},
    body,
  };
  if (method === "POST" && url.pathname === "/graphql") {
    const token = tokenOf(state, authorization);
    return { answer: answerGraphql(request, token), installation: token.installation };
  }
  const match = matchRoute(routes, method, followedPath(state, method, url));
  if (!match) throw new HttpError(501, `This local server has no route for ${method} ${url.pathname}`);

  const { route, params } = match;
  if (route.access === "app") checkAppToken(state, authorization);
  const token: AccessToken | null = route.access === "installation" ? tokenOf(state, authorization) : null;
  if (state.validate) checkRequest(route, body);
  const answer = await answerOf(route, { ...request, params }, token);
  if (state.validate) checkAnswer(route, answer);
  return { answer, installation: token?.installation };
}

/** What the handler answers, be it an error: errors have their schemas, too. */
async function answerOf(route: Route, request: Request, token: AccessToken | null): Promise<Answer> {
  try {
    return await route.handle(request, token);
  } catch (error) {
    if (error instanceof HttpError) return errorAnswer(error);
    throw error;
  }
}

function readJson(text: string): Record<string, unknown> {
  if (text === "") return {};
  const value = parsed(text);
  if (value === undefined) throw new HttpError(400, "Problems parsing JSON");
  if (typeof value !== "object" || value === null) throw new HttpError(400, "Body should be a JSON object");
  return value as Record<string, unknown>;
}

function parsed(text: string): unknown {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function checkRequest(route: Route, body: unknown): void {
  const problems = requestProblems(route.method, route.template, body);
  if (problems.length > 0) throw new HttpError(422, `Invalid request.\n\n${problems.join("\n")}`);
}

/** An answer that is not GitHub's is a mistake of this server: it says so rather than teach a client something false. */
function checkAnswer(route: Route, answer: Answer): void {
  if (answer.text !== undefined) return;
  const problems = answerProblems(route.method, route.template, answer.status, answer.json);
  if (problems.length === 0) return;
  throw new Error(
    `the answer of ${route.method} ${route.template} is not GitHub's: ${problems.slice(0, 5).join("; ")}`,
  );
}

function errorAnswer(error: HttpError): Answer {
  return {
    status: error.status,
    json: {
      message: error.message,
      ...(error.errors && { errors: error.errors }),
      documentation_url: "https://docs.github.com/rest",
      status: String(error.status),
    },
    headers: error.headers,
  };
}

function send(
  state: GitHubState,
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  installation: Installation | undefined,
): void {
  const body = answer.text ?? (answer.json === undefined ? "" : JSON.stringify(answer.json));
  const etag = `W/"${createHash("sha256").update(body).digest("hex")}"`;
  const cached = request.method === "GET" && answer.status === 200;
  const unchanged = cached && request.headers["if-none-match"] === etag;
  if (installation && !unchanged) installation.requestsUsed++;
  const { core } = rateLimit(state, installation).resources;
  response.writeHead(unchanged ? 304 : answer.status, {
    "content-type": answer.contentType ?? "application/json; charset=utf-8",
    date: new Date(state.now()).toUTCString(),
    "x-github-request-id": randomUUID(),
    "x-github-media-type": "github.v3; format=json",
    "x-ratelimit-limit": String(core.limit),
    "x-ratelimit-remaining": String(core.remaining),
    "x-ratelimit-used": String(core.used),
    "x-ratelimit-reset": String(core.reset),
    "x-ratelimit-resource": "core",
    ...(cached && { etag }),
    ...answer.headers,
  });
  response.end(unchanged ? undefined : body);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
