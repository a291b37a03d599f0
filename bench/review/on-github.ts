import { createGitHubPublisher } from "../../src/publish/github-publisher.ts";
import { parseMarker } from "../../src/publish/marker.ts";
import type { Anchor, Finding, Outcome } from "../../src/publish/outcome.ts";
import type { Publisher } from "../../src/publish/publisher.ts";
import { git } from "../../src/shared/git.ts";
import { placeComment } from "../../test/helpers/github-server/anchors.ts";
import { pullDiff } from "../../test/helpers/github-server/diff.ts";
import {
  type GitHubServer,
  type Repository,
  startGitHubServer,
} from "../../test/helpers/github-server/github-server.ts";
import { client, installationToken } from "../../test/unit/github-server/example.ts";
import type { ReplayedChange } from "./changes.ts";
import type { Push } from "./pushes.ts";

export const repositoryId = { host: "github.com", owner: "bench", name: "replayed" };

/** One pull request on a server that refuses what GitHub refuses. */
export interface OpenedPull {
  number: number;
  publisher: Publisher;
  push(push: Push): Promise<void>;
  /** Comments on lines that stand there now. */
  comments(): PostedComment[];
  close(): Promise<void>;
}

export interface PostedComment {
  id: string;
  path: string;
  /** First line, without numbers: two comments of one path that say the same are told by it. */
  said: string;
}

export interface OnGitHub {
  open(change: ReplayedChange): Promise<OpenedPull>;
  /** Whether the server would take a comment there, by its own reading of the change. */
  takes(anchor: Anchor, base: string, head: string): Promise<boolean>;
  stop(): Promise<void>;
}

export async function openOnGitHub(gitDir: string): Promise<OnGitHub> {
  const github = await startGitHubServer();
  const { owner, name } = repositoryId;
  const repository = github.createRepository({ owner, name, gitDir });
  const permissions = { contents: "write", issues: "write", pull_requests: "write", checks: "write" } as const;
  const installation = github.installApp(owner, [name], { permissions });
  const octokit = client(github, await installationToken(github, installation.id));
  const identity = { login: github.state.app.bot.login };
  const publisher = createGitHubPublisher({ octokit, repository: repositoryId, identity, log: { info() {} } });
  let unnumbered = 1_000_000;
  return {
    open: (change) => openPull({ github, repository, gitDir, publisher }, change, change.number ?? unnumbered++),
    takes: (anchor, base, head) => takes(repository, anchor, base, head),
    stop: () => github.stop(),
  };
}

interface Players {
  github: GitHubServer;
  repository: Repository;
  gitDir: string;
  publisher: Publisher;
}

async function openPull(players: Players, change: ReplayedChange, number: number): Promise<OpenedPull> {
  const { github, repository, gitDir, publisher } = players;
  const [head, base] = [`change-${number}`, `base-${number}`];
  await git(gitDir, ["update-ref", `refs/heads/${head}`, change.head]);
  await git(gitDir, ["update-ref", `refs/heads/${base}`, change.base]);
  const title = change.title || "A change";
  await github.openPull(repository, "ada", { title, body: null, number, head, base });
  return {
    number,
    publisher,
    async push(push) {
      if (push.base !== null) await github.push(repository, "ada", base, push.base);
      await github.push(repository, "ada", head, push.head);
    },
    comments: () =>
      repository.reviewComments.filter((one) => one.pull === number && one.inReplyTo === null).map(postedComment),
    close: () => github.closePull(repository, "ada", number),
  };
}

function postedComment({ body, original: { path } }: { body: string; original: { path: string } }): PostedComment {
  const marker = parseMarker(body);
  const said = body.split("\n").find((line) => line.startsWith("**")) ?? body.split("\n")[0] ?? "";
  return { id: marker?.kind === "finding" ? marker.id : "", path, said: said.replaceAll(/\d+/g, "0") };
}

async function takes(repository: Repository, anchor: Anchor, base: string, head: string): Promise<boolean> {
  const { path, side, startLine, endLine } = anchor;
  const range = startLine === endLine ? {} : { start_line: startLine, start_side: side };
  try {
    placeComment(await pullDiff(repository, base, head), { path, line: endLine, side, ...range });
    return true;
  } catch {
    return false;
  }
}

/** Puts every finding that has lines onto them, so that all anchors are tried. */
export function everythingInline(publisher: Publisher): Publisher {
  const inline = (finding: Finding): Finding => (finding.anchor ? { ...finding, placement: "inline" } : finding);
  return {
    publish: (outcome: Outcome, signal) =>
      publisher.publish(
        outcome.kind === "review" ? { ...outcome, findings: outcome.findings.map(inline) } : outcome,
        signal,
      ),
  };
}

/** Comments of `after` that say what one of `before` says already, at the same path. */
export function repeatedIn(before: readonly PostedComment[], after: readonly PostedComment[]): PostedComment[] {
  const fresh = after.slice(before.length);
  return fresh.filter(({ id, path, said }) =>
    before.some((one) => one.id === id || (one.path === path && one.said === said)),
  );
}
