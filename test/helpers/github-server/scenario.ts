import {
  addIssue,
  addIssueComment,
  addLabels,
  addReaction,
  addToTimeline,
  editIssue,
  editIssueComment,
  issueNumbered,
  labelNamed,
  removeIssue,
  removeIssueComment,
  removeLabel,
  setIssueState,
  type NewIssue,
} from "./changes/issues.ts";
import { closePull, editPull, labelPull, openPull, pushBranch, type NewPull } from "./changes/pulls.ts";
import type { AskedAnchor } from "./anchors.ts";
import { createReviewComment, replyToComment } from "./changes/reviews.ts";
import { installationEvent, issueEvent, type Origin } from "./events.ts";
import type { Fault } from "./faults.ts";
import { renameRepository } from "./renames.ts";
import {
  findRepository,
  type GitHubState,
  type Installation,
  isPull,
  isoSeconds,
  type Issue,
  type IssueComment,
  newId,
  type Permissions,
  type Pull,
  type Reaction,
  type Repository,
  type ReviewComment,
  type Role,
  userNamed,
} from "./state.ts";
import type { WebhookSender } from "./webhooks.ts";

export interface NewRepository {
  owner: string;
  name: string;
  /** A bare repository with the branches; it stays where it is. */
  gitDir: string;
  defaultBranch?: string;
  /** Of the owner. Default Organization. */
  ownerType?: "User" | "Organization";
  description?: string;
  /** Whether pull requests can be drafts; not every plan of GitHub has them. Default true. */
  drafts?: boolean;
}

/** What people do on GitHub. Each call has its effect and sends the webhooks that GitHub would send. */
export interface Scenario {
  createRepository(repository: NewRepository): Repository;
  /** Installs the App on repositories of one account. Default: the permissions and events that the App asks for. */
  installApp(
    account: string,
    names: string[],
    granted?: { permissions?: Permissions; events?: string[] },
  ): Installation;
  /** Takes the App off an account, and tells it. */
  uninstallApp(installation: Installation): void;
  /** Another name, or another owner. GitHub redirects from the former one. */
  renameRepository(repository: Repository, to: { owner?: string; name?: string }): void;
  setPermission(repository: Repository, login: string, role: Role): void;
  createLabel(repository: Repository, name: string, description?: string): void;
  openIssue(repository: Repository, author: string, issue: NewIssue): Issue;
  editIssue(repository: Repository, editor: string, number: number, to: { title?: string; body?: string }): void;
  /** By hand, or by a commit whose message says so. */
  closeIssue(repository: Repository, closer: string, number: number, commit?: string): void;
  reopenIssue(repository: Repository, login: string, number: number): void;
  /** Only people with a role may comment on it from now on. */
  lockIssue(repository: Repository, number: number): void;
  assignIssue(repository: Repository, number: number, assignee: string): void;
  /** An issue is named by a commit's message, or in an issue or pull request, here or (`from`) in another repository. */
  mentionIssue(
    repository: Repository,
    login: string,
    number: number,
    by: { commit: string; from?: Repository } | { source: number; from?: Repository },
  ): void;
  /** A pull request is tied to an issue by hand. REST does not say which one. */
  connectPull(repository: Repository, login: string, number: number): void;
  /** The issue is in no list any more, and answers 410. */
  deleteIssue(repository: Repository, login: string, number: number): void;
  /** The issue is in no list any more, and answers 301, its timeline 404. */
  transferIssue(repository: Repository, login: string, number: number): void;
  deleteComment(repository: Repository, login: string, comment: IssueComment): void;
  /** What the account wrote has no author from now on. */
  deleteAccount(login: string): void;
  openPull(repository: Repository, author: string, pull: NewPull): Promise<Pull>;
  editPull(
    repository: Repository,
    editor: string,
    number: number,
    to: { title?: string; draft?: boolean },
  ): Promise<void>;
  closePull(repository: Repository, closer: string, number: number, merged?: boolean): Promise<void>;
  /** Moves a branch and every open pull request whose head it is. */
  push(repository: Repository, pusher: string, branch: string, to?: string): Promise<void>;
  comment(repository: Repository, author: string, number: number, body: string): IssueComment;
  editComment(repository: Repository, editor: string, comment: IssueComment, body: string): void;
  /** A comment on lines of the newest head. */
  reviewComment(
    repository: Repository,
    author: string,
    number: number,
    comment: AskedAnchor & { body: string },
  ): Promise<ReviewComment>;
  /** An answer in the thread that `root` starts. */
  reply(repository: Repository, author: string, root: ReviewComment, body: string): ReviewComment;
  /** On an issue, a comment or a review comment. */
  react(repository: Repository, login: string, to: { reactions: Reaction[] }, content: string): void;
  /** Folds the thread that a comment begins. Its webhook is one that apps of this kind do not take. */
  resolveThread(repository: Repository, login: string, root: ReviewComment): void;
  /** Hides a comment for a reason, as GraphQL names it, such as `SPAM`. */
  hideComment(repository: Repository, comment: ReviewComment, reason: string): void;
  deleteReviewComment(repository: Repository, comment: ReviewComment): void;
  label(repository: Repository, login: string, number: number, names: string[]): void;
  /** Takes a label off an issue. */
  unlabel(repository: Repository, login: string, number: number, name: string): void;
  /** Adds a label to a pull request, or takes it off. */
  labelPull(repository: Repository, login: string, number: number, name: string, on: boolean): Promise<void>;
  /** From now on the tokens handed out so far answer 401, as after an hour or a suspension. */
  revokeTokens(): void;
  /** The next matching requests go wrong. */
  failNext(fault: Fault): void;
  /** Where webhooks go, what was sent, holding back, sending again. */
  hooks: WebhookSender;
}

export function createScenario(state: GitHubState): Scenario {
  const by = (repository: Repository, login: string): Origin => ({
    state,
    repository,
    sender: userNamed(state, login),
  });
  return {
    createRepository: (repository) => createRepository(state, repository),
    installApp: (account, names, granted) => installApp(state, account, names, granted),
    uninstallApp: (installation) => {
      installationEvent(state, "deleted", installation);
      state.installations = state.installations.filter((one) => one !== installation);
    },
    renameRepository: (repository, to) => renameRepository(state, repository, to),
    setPermission: (repository, login, role) => {
      userNamed(state, login);
      repository.roles.set(login.toLowerCase(), role);
    },
    createLabel: (repository, name, description) => {
      labelNamed(by(repository, repository.owner.login), name, description);
    },
    openIssue: (repository, author, issue) => openIssue(by(repository, author), issue),
    editIssue: (repository, editor, number, to) =>
      editIssue(by(repository, editor), issueNumbered(repository, number), to),
    closeIssue: (repository, closer, number, commit) =>
      setIssueState(by(repository, closer), issueNumbered(repository, number), "closed", undefined, commit),
    reopenIssue: (repository, login, number) =>
      setIssueState(by(repository, login), issueNumbered(repository, number), "open"),
    lockIssue: (repository, number) => {
      issueNumbered(repository, number).locked = true;
    },
    assignIssue: (repository, number, assignee) => {
      issueNumbered(repository, number).assignees.push(userNamed(state, assignee));
    },
    mentionIssue: (repository, login, number, mention) =>
      addToTimeline(by(repository, login), number, {
        event: "commit" in mention ? "referenced" : "cross-referenced",
        from: mention.from ?? repository,
        commitId: "commit" in mention ? mention.commit : null,
        source: "source" in mention ? mention.source : null,
      }),
    connectPull: (repository, login, number) => addToTimeline(by(repository, login), number, { event: "connected" }),
    deleteIssue: (repository, login, number) => removeIssue(by(repository, login), number, "deleted"),
    transferIssue: (repository, login, number) => removeIssue(by(repository, login), number, "transferred"),
    deleteComment: (repository, login, comment) => removeIssueComment(by(repository, login), comment),
    deleteAccount: (login) => {
      userNamed(state, login).deleted = true;
    },
    openPull: (repository, author, pull) => openPull(by(repository, author), pull),
    editPull: (repository, editor, number, to) =>
      editPull(by(repository, editor), pullNumbered(repository, number), to),
    closePull: (repository, closer, number, merged = false) =>
      closePull(by(repository, closer), pullNumbered(repository, number), merged),
    push: (repository, pusher, branch, to) => pushBranch(by(repository, pusher), branch, to),
    comment: (repository, author, number, body) =>
      addIssueComment(by(repository, author), issueNumbered(repository, number), body),
    editComment: (repository, editor, comment, body) => editIssueComment(by(repository, editor), comment, body),
    reviewComment: (repository, author, number, comment) => {
      const pull = pullNumbered(repository, number);
      return createReviewComment(by(repository, author), pull, { ...comment, commitId: pull.pull.headSha });
    },
    reply: (repository, author, root, body) =>
      replyToComment(by(repository, author), pullNumbered(repository, root.pull), root, body),
    react: (repository, login, to, content) => {
      addReaction(by(repository, login), to.reactions, content);
    },
    resolveThread: (repository, login, root) => {
      Object.assign(commentOf(repository, root), { resolved: true, resolvedBy: userNamed(state, login) });
    },
    hideComment: (repository, comment, reason) => {
      commentOf(repository, comment).minimized = reason;
    },
    deleteReviewComment: (repository, comment) => {
      repository.reviewComments = repository.reviewComments.filter(({ id }) => id !== comment.id);
    },
    label: (repository, login, number, names) =>
      addLabels(by(repository, login), issueNumbered(repository, number), names),
    unlabel: (repository, login, number, name) =>
      removeLabel(by(repository, login), issueNumbered(repository, number), name),
    labelPull: (repository, login, number, name, on) =>
      labelPull(by(repository, login), pullNumbered(repository, number), name, on),
    revokeTokens: () => state.tokens.clear(),
    // A copy: taking it counts it down.
    failNext: (fault) => void state.faults.push({ ...fault }),
    hooks: state.hooks,
  };
}

function createRepository(state: GitHubState, asked: NewRepository): Repository {
  if (findRepository(state, asked.owner, asked.name)) throw new Error(`${asked.owner}/${asked.name} exists`);
  const owner = userNamed(state, asked.owner, asked.ownerType ?? "Organization");
  const repository: Repository = {
    id: newId(state),
    owner,
    name: asked.name,
    description: asked.description ?? null,
    defaultBranch: asked.defaultBranch ?? "main",
    gitDir: asked.gitDir,
    createdAt: isoSeconds(state.now()),
    drafts: asked.drafts ?? true,
    nextNumber: 1,
    labels: [],
    issues: [],
    comments: [],
    timeline: [],
    gone: new Map(),
    reviews: [],
    reviewComments: [],
    checkRuns: [],
    commitComments: [],
    statuses: [],
    tips: new Map(),
    roles: new Map([[asked.owner.toLowerCase(), "admin"]]),
    diffs: new Map(),
    answers: new Map(),
  };
  state.repositories.set(`${asked.owner}/${asked.name}`.toLowerCase(), repository);
  return repository;
}

function installApp(
  state: GitHubState,
  account: string,
  names: string[],
  granted: { permissions?: Permissions; events?: string[] } = {},
): Installation {
  const repositories = names.map((name) => `${account}/${name}`.toLowerCase());
  for (const key of repositories) if (!state.repositories.has(key)) throw new Error(`there is no repository ${key}`);
  const installation: Installation = {
    id: newId(state),
    account: userNamed(state, account),
    repositories: new Set(repositories),
    permissions: granted.permissions ?? state.app.permissions,
    events: granted.events ?? state.app.events,
    createdAt: isoSeconds(state.now()),
    requestsUsed: 0,
  };
  state.installations.push(installation);
  installationEvent(state, "created", installation);
  return installation;
}

function openIssue(origin: Origin, asked: NewIssue): Issue {
  const issue = addIssue(origin, asked, null);
  issueEvent(origin, "opened", issue);
  return issue;
}

/** The stored comment, of which the caller may have a copy. */
function commentOf(repository: Repository, { id }: ReviewComment): ReviewComment {
  const stored = repository.reviewComments.find((one) => one.id === id);
  if (!stored) throw new Error(`there is no review comment ${id}`);
  return stored;
}

function pullNumbered(repository: Repository, number: number): Pull {
  const issue = issueNumbered(repository, number);
  if (!isPull(issue)) throw new Error(`#${number} is an issue`);
  return issue;
}
