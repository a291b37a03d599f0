import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

interface EdgeComment {
  id: number;
  /** Number of the pull request or issue. */
  number: number;
  author: string;
  body: string;
  path: string;
  line: number;
}

interface EdgeReview {
  id: number;
  author: string;
  state: "PENDING" | "COMMENTED";
}

/** The next request that matches is answered with `status`, or its connection is cut, `after` it was carried out or not. */
export interface EdgeFault {
  match: RegExp;
  status: number | "cut";
  after: boolean;
  headers?: Record<string, string>;
  message?: string;
}

/** The nine routes that publishing uses, on loopback, with GitHub's rules for reviews, limits and paging. */
export interface GitHubEdge {
  url: string;
  head: string;
  /** `METHOD /path` of every request that came, without the repository. */
  requests: string[];
  onLines: EdgeComment[];
  inConversation: EdgeComment[];
  reviews: EdgeReview[];
  /** Paths whose comments GitHub refuses, whatever the diff says. */
  refusedPaths: Set<string>;
  faults: EdgeFault[];
  stop(): Promise<void>;
}

const bot = "engram-assistant[bot]";
const hunk = { start: 5, end: 24 };
const changedPaths = ["src/a.ts", "src/b.ts", "src/c.ts"];

interface Answer {
  status: number;
  data: unknown;
}

export async function startGitHubEdge(head: string): Promise<GitHubEdge> {
  const server = createServer((request, response) => void respond(edge, request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const edge: GitHubEdge = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    head,
    requests: [],
    onLines: [],
    inConversation: [],
    reviews: [],
    refusedPaths: new Set(),
    faults: [],
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return edge;
}

async function respond(edge: GitHubEdge, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "", edge.url);
  const route = `${request.method} ${url.pathname.replace("/repos/acme/shop", "")}`;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString("utf8");
  edge.requests.push(route);

  const fault = edge.faults.find(({ match }) => match.test(route));
  if (fault) edge.faults.splice(edge.faults.indexOf(fault), 1);
  const answer = fault && !fault.after ? null : carryOut(edge, route, body === "" ? {} : JSON.parse(body));
  if (fault?.status === "cut") response.destroy();
  else if (fault) send(response, { status: fault.status, data: { message: fault.message ?? "" } }, fault.headers);
  else if (answer && Array.isArray(answer.data)) sendPage(response, answer.data, url);
  else if (answer) send(response, answer);
}

function send(response: ServerResponse, { status, data }: Answer, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(data));
}

function sendPage(response: ServerResponse, items: unknown[], url: URL): void {
  const size = Number(url.searchParams.get("per_page") ?? 30);
  const page = Number(url.searchParams.get("page") ?? 1);
  const next = new URL(url);
  next.searchParams.set("page", String(page + 1));
  const more = items.length > page * size;
  const data = items.slice((page - 1) * size, page * size);
  send(response, { status: 200, data }, more ? { link: `<${next.href}>; rel="next"` } : {});
}

interface ReviewBody {
  commit_id: string;
  event: string;
  comments: { path: string; line: number; start_line?: number; body: string }[];
}

function carryOut(edge: GitHubEdge, route: string, body: Record<string, unknown>): Answer {
  const number = Number(/\/(\d+)/.exec(route)?.[1]);
  const shape = route.replaceAll(/\/\d+/g, "/N");
  switch (shape) {
    case "GET /pulls/N":
      return ok({ head: { sha: edge.head } });
    case "GET /pulls/N/files":
      return ok(changedPaths.map((filename) => ({ filename, patch: "@@ -5,18 +5,20 @@\n x" })));
    case "GET /pulls/N/comments":
      return ok(edge.onLines.map((comment) => presented(edge, comment)));
    case "GET /pulls/N/reviews":
      return ok(edge.reviews.map(({ id, author, state }) => ({ id, state, user: { login: author } })));
    case "DELETE /pulls/N/reviews/N": {
      const id = Number(/(\d+)$/.exec(route)?.[1]);
      edge.reviews = edge.reviews.filter((review) => review.id !== id);
      return ok({});
    }
    case "POST /pulls/N/reviews":
      return createReview(edge, number, body as unknown as ReviewBody);
    case "GET /issues/N/comments":
      return ok(edge.inConversation.filter((one) => one.number === number).map((comment) => presented(edge, comment)));
    case "POST /issues/N/comments":
      edge.inConversation.push({ ...newComment(edge), number, body: String(body["body"]) });
      return { status: 201, data: {} };
    case "PATCH /pulls/comments/N":
      return edit(edge.onLines, number, String(body["body"]));
    case "PATCH /issues/comments/N":
      return edit(edge.inConversation, number, String(body["body"]));
    default:
      return { status: 404, data: { message: `no route ${shape}` } };
  }
}

function ok(data: unknown): Answer {
  return { status: 200, data };
}

function refused(message: string): Answer {
  return { status: 422, data: { message: "Unprocessable Entity", errors: [message] } };
}

/** All the comments or none, and no word about which was wrong: as GitHub does. */
function createReview(edge: GitHubEdge, number: number, { comments }: ReviewBody): Answer {
  if (edge.reviews.some(({ state, author }) => state === "PENDING" && author === bot))
    return refused("User can only have one pending review per pull request");
  for (const { path, line, start_line: start = line, body } of comments) {
    const inHunk = changedPaths.includes(path) && start >= hunk.start && line <= hunk.end;
    if (!inHunk || edge.refusedPaths.has(path))
      return refused("Pull request review thread line must be part of the diff");
    if (body.length > 65_536) return refused("Body is too long (maximum is 65536 characters)");
  }
  edge.reviews.push({ id: newComment(edge).id, author: bot, state: "COMMENTED" });
  for (const { path, line, body } of comments) edge.onLines.push({ ...newComment(edge), number, path, line, body });
  return ok({});
}

function newComment({ onLines, inConversation, reviews }: GitHubEdge): EdgeComment {
  const id = 1 + Math.max(0, ...[...onLines, ...inConversation, ...reviews].map((one) => one.id));
  return { id, number: 0, author: bot, body: "", path: "", line: 0 };
}

function edit(comments: EdgeComment[], id: number, body: string): Answer {
  const comment = comments.find((one) => one.id === id);
  if (!comment) return { status: 404, data: { message: "Not Found" } };
  comment.body = body;
  return ok({});
}

function presented(edge: GitHubEdge, { id, author, body, path, number }: EdgeComment): object {
  return {
    id,
    body,
    path,
    user: { login: author },
    html_url: `${edge.url}/acme/shop/pull/${number}#discussion_r${id}`,
  };
}
