import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Octokit } from "@octokit/rest";
import type { Probot } from "probot";
import { createApp } from "../../src/app.ts";
import { loadServerConfig } from "../../src/config/server-config.ts";
import type { ModelProvider } from "../../src/model/model.ts";
import { runJob } from "../../src/run-job.ts";
import { openServerServices, type ServerServices } from "../../src/services.ts";
import { git } from "../../src/shared/git.ts";
import {
  type GitHubServer,
  type Installation,
  type LoggedRequest,
  type Repository,
  startGitHubServer,
} from "../helpers/github-server/github-server.ts";

/** The server's own parts in this process beside a GitHub on loopback, with a model of the test's. */
export interface Scene {
  github: GitHubServer;
  repository: Repository;
  installation: Installation;
  services: ServerServices;
  /** Puts files on a branch, as one commit; the branch begins at `main` where it does not exist. */
  commit(branch: string, message: string, files: Record<string, string>): Promise<void>;
  /** Hands over what GitHub has to tell, and does all the jobs that come of it. */
  settle(): Promise<void>;
  /** What was written to GitHub since the last call. */
  writes(): LoggedRequest[];
  stop(): Promise<void>;
}

export const owner = "acme";
export const name = "shop";

export async function startScene(models: ModelProvider, files: Record<string, string>): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), "attacks-"));
  const gitDir = join(folder, "repository.git");
  await git(folder, ["init", "--quiet", "--bare", "--initial-branch=main", gitDir]);
  await commitFiles(gitDir, "main", "Begin", files);
  const github = await startGitHubServer({ validate: false });
  const repository = github.createRepository({ owner, name, gitDir });
  let installation: Installation | null = null;
  const opened = await openServerServices(loadServerConfig(environment(github, join(folder, "home"))));
  const app = createApp({ queue: opened.queue, host: opened.config.github.host, accepted: () => {} });
  await opened.probot.load(app);
  github.hooks.setUrl("http://127.0.0.1:9/");
  github.hooks.hold();
  let seen = 0;
  const scene: Scene = {
    github,
    repository,
    get installation() {
      installation ??= github.installApp(owner, [name]);
      return installation;
    },
    services: { ...opened, models },
    commit: (branch, message, changed) => commitFiles(gitDir, branch, message, changed),
    settle: async () => {
      const { id } = scene.installation;
      scene.services.probot = await quickClients(opened.probot, id, github.apiUrl);
      await deliver(scene, opened.probot);
      await doJobs(scene);
    },
    writes: () => {
      const fresh = github.state.requests.slice(seen).filter(isWrite);
      seen = github.state.requests.length;
      return fresh;
    },
    stop: async () => {
      await opened.close();
      await github.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return scene;
}

function environment(github: GitHubServer, home: string): NodeJS.ProcessEnv {
  return {
    ASSISTANT_HOME: home,
    APP_ID: String(github.appId),
    PRIVATE_KEY: github.privateKey,
    WEBHOOK_SECRET: github.webhookSecret,
    GHE_HOST: new URL(github.url).host,
    GHE_PROTOCOL: "http",
    LOG_LEVEL: "fatal",
    CODING_MODEL: "none",
    RESEARCH_MODEL: "none",
  };
}

/** Clients that do not space their writes, as ours do out of respect for GitHub: there are hundreds. */
async function quickClients(probot: Probot, installationId: number, baseUrl: string): Promise<Probot> {
  const app = await probot.auth();
  const { data } = await app.rest.apps.createInstallationAccessToken({ installation_id: installationId });
  const client = (id?: number) => (id === undefined ? app : new Octokit({ auth: data.token, baseUrl }));
  return { auth: async (id?: number) => client(id) } as unknown as Probot;
}

/** In the order in which it happened; each with its own id. */
async function deliver({ github }: Scene, probot: Probot): Promise<void> {
  await github.hooks.flush((held) => {
    pending.push(...held.map(({ guid, event, payload }) => ({ id: guid, name: event, payload })));
    return [];
  });
  github.hooks.hold();
  for (const event of pending.splice(0)) await probot.receive(event as unknown as Parameters<Probot["receive"]>[0]);
}

const pending: { id: string; name: string; payload: unknown }[] = [];

async function doJobs({ services }: Scene): Promise<void> {
  const { signal } = new AbortController();
  for (;;) {
    const claimed = await services.queue.claim("attacks");
    if (claimed === null) return;
    await runJob(claimed.job, services, signal, 1);
    await services.queue.complete(claimed.id, "attacks");
  }
}

/** Tokens and queries are asked for with POST, but change nothing that anybody sees. */
function isWrite({ method, path, body }: LoggedRequest): boolean {
  const asks = path === "/graphql" && /^query\b/.test(String((body as { query?: unknown }).query));
  return method !== "GET" && !path.endsWith("/access_tokens") && !asks;
}

async function commitFiles(gitDir: string, branch: string, message: string, files: Record<string, string>) {
  const ref = `refs/heads/${branch}`;
  const exists = (await git(gitDir, ["for-each-ref", ref, "refs/heads/main"])).toString("utf8");
  const from = exists.includes(`${ref}\n`)
    ? `from ${ref}^0\n`
    : exists.includes("refs/heads/main\n")
      ? "from refs/heads/main^0\n"
      : "";
  const changed = Object.entries(files).map(([path, text]) => `M 100644 inline ${quoted(path)}\n${data(text)}`);
  const author = "committer Mallory <mallory@evil.example> 1767225600 +0000";
  const input = `commit ${ref}\n${author}\n${data(message)}${from}${changed.join("")}\n`;
  await git(gitDir, ["fast-import", "--quiet", "--force"], { input });
}

/** As git writes paths that hold odd characters. */
function quoted(path: string): string {
  const bytes = [...Buffer.from(path)].map((byte) =>
    byte < 32 || byte > 126 || byte === 34 || byte === 92
      ? `\\${byte.toString(8).padStart(3, "0")}`
      : String.fromCharCode(byte),
  );
  return `"${bytes.join("")}"`;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}
