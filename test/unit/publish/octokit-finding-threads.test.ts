import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatMarker } from "../../../src/publish/marker.ts";
import { readFindingThreads } from "../../../src/publish/octokit-finding-threads.ts";
import { replyToComment, createReviewComment } from "../../helpers/github-server/changes/reviews.ts";
import { userNamed, type ReviewComment } from "../../helpers/github-server/state.ts";
import { client, type Example, installationToken, startExample } from "../github-server/example.ts";

const id = "0123456789abcdef";
const repositoryId = { host: "github.com", owner: "acme", name: "shop" };

let example: Example;
let login: string;

beforeAll(async () => {
  example = await startExample();
  login = example.github.state.app.bot.login;
});
afterAll(() => example.stop());

function markerOf(finding: string, addressed = false): string {
  const head = example.pull.pull.headSha;
  return formatMarker({ kind: "finding", id: finding, head, addressed, resolved: false });
}

async function say(sender: ReturnType<typeof userNamed>, body: string, line = 31): Promise<ReviewComment> {
  const { github, repository, pull } = example;
  const asked = { path: "counter.txt", line, body, commitId: pull.pull.headSha };
  return createReviewComment({ state: github.state, repository, sender }, pull, asked);
}

function read(octokit = example.octokit) {
  return readFindingThreads(octokit, repositoryId, { login }, 1);
}

describe("what people did under our comments", () => {
  it("is read in one request: thumbs of people, resolved threads, hidden comments", async () => {
    const { github, repository, pull } = example;
    const { bot } = github.state.app;
    const one = await say(bot, `One\n\n${markerOf(id)}`);
    const two = await say(bot, `Two\n\n${markerOf("f".repeat(16), true)}`, 32);
    await say(userNamed(github.state, "mallory"), `A copy\n\n${markerOf("a".repeat(16))}`);
    // Nobody can be called as an app is, but with another spelling of it.
    await say(userNamed(github.state, login.replace("[bot]", "")), `A copy\n\n${markerOf("b".repeat(16))}`);
    replyToComment(
      { state: github.state, repository, sender: bot },
      pull,
      one,
      `A reply\n\n${markerOf("c".repeat(16))}`,
    );
    github.react(repository, "ann", one, "-1");
    github.react(repository, "bob", one, "+1");
    github.react(repository, "bob", one, "heart");
    userNamed(github.state, "lint[bot]", "Bot");
    github.react(repository, "lint[bot]", one, "-1");
    github.react(repository, "gone", one, "-1");
    github.deleteAccount("gone");
    github.resolveThread(repository, "ann", one);
    github.hideComment(repository, two, "OFF_TOPIC");
    Object.assign(repository.reviewComments.find((comment) => comment.id === two.id) ?? {}, {
      resolved: true,
      resolvedBy: bot,
    });
    const before = github.state.requests.length;

    expect(await read()).toMatchObject({
      head: pull.pull.headSha,
      complete: true,
      threads: [
        {
          finding: id,
          addressed: false,
          thumbs: [
            { login: "ann", up: false },
            { login: "bob", up: true },
          ],
          minimized: null,
          resolvedBy: "ann",
          outdated: false,
        },
        { finding: "f".repeat(16), addressed: true, thumbs: [], minimized: "off_topic", resolvedBy: null },
      ],
    });
    expect(github.state.requests).toHaveLength(before + 1);
  });

  it("goes on page by page", async () => {
    const { bot } = example.github.state.app;
    for (let count = 0; count < 100; count += 1) await say(bot, `More\n\n${markerOf(`${count}`.padStart(16, "0"))}`);

    const shown = await read();
    expect(shown?.threads).toHaveLength(102);
    expect(shown?.complete).toBe(true);
  });

  it("is nothing where GitHub does not show it", async () => {
    const { github, installation } = example;
    const other = github.createRepository({ owner: "acme", name: "desk", gitDir: example.repository.gitDir });
    expect(other.name).toBe("desk");
    const octokit = client(github, await installationToken(github, installation.id));
    const hidden = { ...repositoryId, name: "desk" };
    expect(await readFindingThreads(octokit, hidden, { login }, 1)).toBeNull();
  });
});
