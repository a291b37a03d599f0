import { describe, expect, it } from "vitest";
import {
  type IssueCommentPayload,
  issueCommentJobs,
  type ReviewCommentPayload,
  reviewCommentJobs,
} from "../../../src/intake/comment.ts";
import { uninstalledJobs } from "../../../src/intake/uninstalled.ts";
import { deletedCommentJobs, deletedIssueJobs, deletedReviewCommentJobs } from "../../../src/intake/deleted.ts";
import { type IssuePayload, issueJobs } from "../../../src/intake/issue.ts";
import { mergeGroupJobs } from "../../../src/intake/merge-group.ts";
import { closedPullJobs, type PullRequestPayload, pullRequestJobs } from "../../../src/intake/pull-request.ts";
import { type PushPayload, pushJobs } from "../../../src/intake/push.ts";
import { type Job, jobKey, jobPriority, subjectKey } from "../../../src/jobs/job.ts";
import { webhookPayload } from "../../helpers/webhooks.ts";

const host = "github.com";
const origin = { repository: { host, owner: "Octo", name: "hello", id: 7 }, installationId: 42 };
const head = "1f0c3a9e5b7d2c4a6e8f0b1d3c5a7e9f1b3d5c7a";

describe("pull requests", () => {
  const payload = (change: object = {}): PullRequestPayload => {
    const opened = webhookPayload("pull_request.opened") as PullRequestPayload;
    return { ...opened, pull_request: { ...opened.pull_request, ...change } };
  };

  it("are reviewed", () => {
    expect(pullRequestJobs(payload(), host)).toEqual([{ kind: "review", ...origin, number: 12, head, command: null }]);
  });

  it("are left alone when closed", () => {
    expect(pullRequestJobs(payload({ state: "closed" }), host)).toEqual([]);
  });

  it.each([
    ["edited", { title: { from: "WIP" } }, 1],
    ["edited", { base: { ref: { from: "main" } } }, 1],
    ["edited", { body: { from: "" } }, 0],
    ["edited", undefined, 0],
    ["labeled", undefined, 1],
    ["unlabeled", undefined, 1],
  ])("are reviewed if they were left alone until they were %s (%j)", (action, changes, jobs) => {
    const made = pullRequestJobs({ ...payload(), action, changes }, host);
    expect(made).toHaveLength(jobs);
    expect(made.every((job) => job.kind === "review" && job.unreadOnly)).toBe(true);
  });
});

it("marks what is kept of a closed pull request", () => {
  const opened = webhookPayload("pull_request.opened") as PullRequestPayload;

  expect(closedPullJobs({ ...opened, action: "closed" }, host)).toEqual([{ kind: "closed", ...origin, number: 12 }]);
});

describe("issues", () => {
  const payload = (name: string) => webhookPayload(name) as IssuePayload;

  it("are triaged when opened, also when transferred from elsewhere", () => {
    const job = { kind: "triage", ...origin, number: 5, command: null };

    expect(issueJobs(payload("issues.opened"), host)).toEqual([job]);
    expect(issueJobs({ ...payload("issues.opened"), changes: { old_issue: {} } }, host)).toEqual([job]);
  });

  it.each([
    ["title", { title: { from: "a" } }, 1],
    ["body", { body: { from: "a" } }, 1],
    ["nothing we read", { milestone: {} }, 0],
    ["nothing", undefined, 0],
  ])("are triaged again when edited: %s", (_name, changes, jobs) => {
    expect(issueJobs({ ...payload("issues.edited"), changes }, host)).toHaveLength(jobs);
  });

  it("are left alone when closed, or when they are pull requests", () => {
    const { issue, ...rest } = payload("issues.opened");

    expect(issueJobs({ ...rest, issue: { ...issue, state: "closed" } }, host)).toEqual([]);
    expect(issueJobs({ ...rest, issue: { ...issue, pull_request: {} } }, host)).toEqual([]);
  });
});

describe("what is deleted", () => {
  it("is forgotten, by its number or id", () => {
    const issue = webhookPayload("issues.opened") as IssuePayload;
    const comment = webhookPayload("issue_comment.created") as IssueCommentPayload;
    const remark = webhookPayload("pull_request_review_comment.created") as ReviewCommentPayload;
    const job = { kind: "forget", ...origin };

    expect(deletedIssueJobs(issue, host)).toEqual([{ ...job, what: "issue", id: issue.issue.number }]);
    expect(deletedCommentJobs(comment, host)).toEqual([{ ...job, what: "comment", id: comment.comment.id }]);
    expect(deletedReviewCommentJobs(remark, host)).toEqual([{ ...job, what: "review-comment", id: remark.comment.id }]);
    expect(deletedIssueJobs({ ...issue, installation: null }, host)).toEqual([]);
  });

  it("is what people said to the app, where it is taken off a repository", () => {
    const [one, two] = [
      { id: 1, full_name: "acme/shop" },
      { id: 2, full_name: "acme/desk" },
    ];
    const job = (name: string, id: number) => ({
      kind: "forget",
      repository: { host, owner: "acme", name },
      installationId: 5,
      what: "repository",
      id,
    });
    const installation = { id: 5 };

    expect(uninstalledJobs({ installation, repositories: [one, two] }, host)).toEqual([job("shop", 1), job("desk", 2)]);
    expect(uninstalledJobs({ installation, repositories_removed: [two] }, host)).toEqual([job("desk", 2)]);
    expect(uninstalledJobs({ installation }, host)).toEqual([]);
  });
});

describe("pushes", () => {
  const payload = webhookPayload("push") as PushPayload;
  const { before, after } = payload;
  const pusher = { login: payload.sender?.login ?? "", isBot: false };
  const push = { kind: "push", ...origin, head: after, pusher, command: null };

  it("to the default branch are synced, and looked at", () => {
    const sync = { kind: "sync", ...origin, commit: after };
    expect(pushJobs(payload, host)).toEqual([sync, { ...push, branch: "main", before }]);
  });

  it("to another branch are looked at, from where it stood; a new one from nowhere", () => {
    const topic = { ...payload, ref: "refs/heads/fix/topic" };
    expect(pushJobs(topic, host)).toEqual([{ ...push, branch: "fix/topic", before }]);
    const made = { ...topic, before: "0".repeat(40) };
    expect(pushJobs(made, host)).toEqual([{ ...push, branch: "fix/topic", before: null }]);
  });

  it("of bots say so, and those of nobody do not", () => {
    const by = (sender: PushPayload["sender"]) => pushJobs({ ...payload, sender }, host).at(-1);
    expect(by({ login: "renovate[bot]", type: "Bot" })).toMatchObject({ pusher: { isBot: true } });
    expect(by(undefined)).toMatchObject({ pusher: { login: "", isBot: false } });
  });

  it.each([
    ["of a tag with the branch's name", { ref: "refs/tags/main" }],
    ["that delete the branch", { deleted: true, after: "0".repeat(40) }],
    ["of a group of the merge queue", { ref: "refs/heads/gh-readonly-queue/main/pr-7-abc" }],
    ["that no installation sent", { installation: null }],
  ])("%s are nothing", (_name, change) => {
    expect(pushJobs({ ...payload, ...change }, host)).toEqual([]);
  });

  it("of one branch wait one after the other, each with its head", () => {
    const [one, two] = [after, before].map((head) => ({ ...push, branch: "topic", before, head }) as Job);
    expect([subjectKey(one as Job), jobPriority(one as Job)]).toEqual([subjectKey(two as Job), 3]);
    expect(jobKey(one as Job)).not.toBe(jobKey(two as Job));
    expect(subjectKey({ ...(one as Job), branch: "Topic" } as Job)).not.toBe(subjectKey(one as Job));
  });
});

it("answers a merge queue before anything else", () => {
  const { installation, repository } = webhookPayload("push") as PushPayload;
  const merge_group = { head_sha: head, base_ref: "refs/heads/release/2" };
  const job = { kind: "merge-group", ...origin, head, targetBranch: "release/2" } as const;
  expect(mergeGroupJobs({ installation, repository, merge_group }, host)).toEqual([job]);
  expect(mergeGroupJobs({ repository, merge_group }, host)).toEqual([]);
  expect(mergeGroupJobs({ installation, merge_group }, host)).toEqual([]);
  expect(jobPriority(job)).toBe(0);
});

describe("comments", () => {
  const onPull = (body?: string, sender = {}): IssueCommentPayload => {
    const payload = webhookPayload("issue_comment.created") as IssueCommentPayload;
    const comment = body === undefined ? payload.comment : { ...payload.comment, body };
    return { ...payload, comment, sender: { ...payload.sender, ...sender } };
  };
  const onIssue = (body: string): IssueCommentPayload => ({ ...onPull(body), issue: { number: 5 } });
  const asked = (verb: string, argument = "") => ({ verb, argument, commentId: 55501, sender: "ann" });

  it("on a pull request ask for a review", () => {
    const command = asked("review", "the tests too");

    expect(issueCommentJobs(onPull(), host)).toEqual([{ kind: "review", ...origin, number: 12, head: "", command }]);
  });

  it("on a line ask for a review, of a head that is known", () => {
    const payload = webhookPayload("pull_request_review_comment.created") as ReviewCommentPayload;

    expect(reviewCommentJobs(payload, host)).toEqual([
      { kind: "review", ...origin, number: 12, head, command: asked("review"), onLines: true },
    ]);
  });

  it.each(["pause", "resume", "ignore 0123456789abcdef"])("steer a pull request: %s", (line) => {
    const [verb = "", argument = ""] = line.split(" ");
    const command = asked(verb, argument);
    const job = { kind: "steer", ...origin, number: 12, thread: null, command };

    expect(issueCommentJobs(onPull(`/assistant ${line}`), host)).toEqual([job]);
    expect(issueCommentJobs(onIssue(`/assistant ${line}`), host)).toMatchObject([{ kind: "answer", onPull: false }]);
  });

  it("in a thread say in which one", () => {
    const payload = webhookPayload("pull_request_review_comment.created") as ReviewCommentPayload;
    const comment = { ...payload.comment, body: "/assistant ignore", in_reply_to_id: 501 };

    expect(reviewCommentJobs({ ...payload, comment }, host)).toMatchObject([
      { kind: "steer", number: 12, thread: 501 },
    ]);
  });

  it.each(["ask where is it", "explain src/a.ts:3", "similar"])("ask for an answer: %s", (line) => {
    const [verb = "", ...argument] = line.split(" ");
    const command = asked(verb, argument.join(" "));
    const job = { kind: "ask", ...origin, command, thread: null, plain: null };

    expect(issueCommentJobs(onPull(`/assistant ${line}`), host)).toEqual([{ ...job, number: 12, onPull: true }]);
    expect(issueCommentJobs(onIssue(`/assistant ${line}`), host)).toEqual([{ ...job, number: 5, onPull: false }]);
  });

  it("may say below the command what they ask", () => {
    expect(issueCommentJobs(onPull("/assistant similar\n```\nlet a;\n```"), host)).toMatchObject([
      { kind: "ask", command: { argument: "```\nlet a;\n```" } },
    ]);
  });

  it.each(["implement", "plan the parser --yes", "test src/a.ts", "document", "refactor rename a to b"])(
    "ask for a change: %s",
    (line) => {
      const [verb = "", ...argument] = line.split(" ");
      const payload = onIssue(`/assistant ${line}`);
      payload.issue = { ...payload.issue, title: "Title", body: "x".repeat(30_000) };
      const command = asked(verb, argument.join(" "));
      const [job] = issueCommentJobs(payload, host);
      expect(job).toMatchObject({ kind: "implement", ...origin, number: 5, onPull: false, command, thread: null });
      expect(job).toMatchObject({ at: payload.comment.created_at, text: { title: "Title", body: "x".repeat(20_000) } });
      expect(jobPriority(job!)).toBe(1);
    },
  );

  it("say below the command what the change shall be", () => {
    expect(issueCommentJobs(onPull("/assistant implement it\n\nas in src/b.ts"), host)).toMatchObject([
      { kind: "implement", onPull: true, command: { argument: "it\nas in src/b.ts" } },
    ]);
  });

  it("to stop do not wait behind what they stop", () => {
    const [stop] = issueCommentJobs(onIssue("/assistant stop"), host);
    const [implement] = issueCommentJobs(onIssue("/assistant implement"), host);
    const [review] = issueCommentJobs(onPull("/assistant review"), host);
    expect(stop).toMatchObject({ kind: "stop", ...origin, number: 5, onPull: false, thread: null });
    expect(jobPriority(stop!)).toBe(0);
    expect(new Set([stop!, implement!, { ...review!, number: 5 } as Job].map(subjectKey)).size).toBe(3);
  });

  describe("on lines", () => {
    const onLines = (body: string, more: object = {}): ReviewCommentPayload => {
      const payload = webhookPayload("pull_request_review_comment.created") as ReviewCommentPayload;
      const place = {
        path: "src/a.ts",
        side: "RIGHT",
        line: 9,
        start_line: 7,
        commit_id: head,
        original_commit_id: "0",
      };
      return { ...payload, comment: { ...payload.comment, ...place, body, ...more } };
    };
    const lines = { start: 7, end: 9 };

    it("say where they stand, the first of a thread too", () => {
      const thread = { first: onLines("").comment.id, path: "src/a.ts", lines, side: "RIGHT", commit: head };
      expect(reviewCommentJobs(onLines("/assistant explain"), host)).toMatchObject([{ kind: "ask", thread }]);
      expect(reviewCommentJobs(onLines("/assistant explain", { in_reply_to_id: 501 }), host)).toMatchObject([
        { thread: { ...thread, first: 501 } },
      ]);
    });

    it("are passed to a change", () => {
      const thread = { first: onLines("").comment.id, path: "src/a.ts", lines, side: "RIGHT", commit: head };
      expect(reviewCommentJobs(onLines("/assistant test"), host)).toMatchObject([{ kind: "implement", thread }]);
      expect(reviewCommentJobs(onLines("/assistant stop", { in_reply_to_id: 501 }), host)).toMatchObject([
        { kind: "stop", thread: 501 },
      ]);
    });

    it("stand where they were written once their lines are gone", () => {
      const gone = { line: null, start_line: null, original_line: 3, original_start_line: null, side: "LEFT" };
      expect(reviewCommentJobs(onLines("/assistant explain", gone), host)).toMatchObject([
        { thread: { lines: { start: 3, end: 3 }, side: "LEFT", commit: "0" } },
      ]);
      const file = { line: null, original_line: null };
      expect(reviewCommentJobs(onLines("/assistant explain", file), host)).toMatchObject([{ thread: { lines: null } }]);
    });

    it("may be plain questions in an answer, and only there", () => {
      const reply = { in_reply_to_id: 501 };
      expect(reviewCommentJobs(onLines("@engram-assistant why?", reply), host)).toMatchObject([
        { kind: "ask", command: { verb: "ask", argument: "why?" }, plain: { mentions: ["engram-assistant"] } },
      ]);
      expect(reviewCommentJobs(onLines("/assistant why so?", reply), host)).toMatchObject([
        { kind: "ask", command: { verb: "why", argument: "why so?" }, plain: { mentions: [] } },
      ]);
      expect(reviewCommentJobs(onLines("Thanks!", reply), host)).toEqual([]);
      expect(reviewCommentJobs(onLines("@engram-assistant why?"), host)).toEqual([]);
      expect(reviewCommentJobs(onLines("/assistant why so?"), host)).toMatchObject([{ kind: "answer" }]);
    });
  });

  it("on an issue ask for a triage", () => {
    expect(issueCommentJobs(onIssue("/assistant triage"), host)).toEqual([
      { kind: "triage", ...origin, number: 5, command: asked("triage") },
    ]);
  });

  it.each([
    ["help", onPull("/assistant help"), true],
    ["an unknown verb", onPull("/assistant dance"), true],
    ["review on an issue", onIssue("/assistant review"), false],
    ["triage on a pull request", onPull("/assistant triage"), true],
  ])("get an answer: %s", (_name, payload, onPullRequest) => {
    expect(issueCommentJobs(payload, host)).toEqual([
      expect.objectContaining({ kind: "answer", onPull: onPullRequest, number: payload.issue.number }),
    ]);
  });

  it.each([
    ["no command", onPull("Nice.")],
    ["a bot", onPull("/assistant review", { login: "renovate[bot]", type: "Bot" })],
    ["no account type", onPull("/assistant review", { type: undefined })],
  ])("are ignored: %s", (_name, payload) => {
    expect(issueCommentJobs(payload, host)).toEqual([]);
  });

  it("are heeded of bots that the operator lists by their ids, whatever their names are", () => {
    const bot = { id: 29_139_614, login: "renovate[bot]", type: "Bot" };

    expect(issueCommentJobs(onPull("/assistant review", bot), host, [bot.id])).toMatchObject([
      { kind: "review", command: { sender: "renovate[bot]" } },
    ]);
    expect(issueCommentJobs(onPull("/assistant review", { ...bot, id: 1 }), host, [bot.id])).toEqual([]);
    expect(issueCommentJobs(onPull("/assistant review", { ...bot, id: undefined }), host, [bot.id])).toEqual([]);
    const organization = { ...bot, type: "Organization" };
    expect(issueCommentJobs(onPull("/assistant review", organization), host, [bot.id])).toEqual([]);
  });
});

it("makes no job where no installation sent the webhook", () => {
  const { installation: _absent, ...payload } = webhookPayload("issues.opened") as IssuePayload;

  expect(issueJobs(payload, host)).toEqual([]);
});
