import type { KeyObject } from "node:crypto";
import type { DiffFile } from "./diff.ts";
import type { Fault } from "./faults.ts";
import type { WebhookSender } from "./webhooks.ts";

export type Role = "none" | "read" | "triage" | "write" | "maintain" | "admin";
export type AccessLevel = "read" | "write" | "admin";
export type Permissions = Record<string, AccessLevel>;

export interface User {
  id: number;
  login: string;
  type: "User" | "Bot" | "Organization";
  /** What a deleted account wrote stays, with nobody as its author. */
  deleted?: boolean;
}

export interface Label {
  id: number;
  name: string;
  color: string;
  description: string | null;
}

export interface Reaction {
  id: number;
  author: User;
  content: string;
  createdAt: string;
}

/** An issue or, where `pull` is set, a pull request: GitHub numbers and lists them together. */
export interface Issue {
  id: number;
  number: number;
  title: string;
  body: string | null;
  author: User;
  state: "open" | "closed";
  stateReason: "completed" | "not_planned" | "reopened" | "duplicate" | null;
  labels: Label[];
  assignees: User[];
  /** Whether people without a role may not comment any more. */
  locked: boolean;
  reactions: Reaction[];
  createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  pull: PullFields | null;
}

export interface PullFields {
  id: number;
  draft: boolean;
  /** Branch names, without refs/heads/. */
  headRef: string;
  /** Where the head's branch is: here or in a fork; null where that repository is deleted. */
  headRepository: Repository | null;
  baseRef: string;
  headSha: string;
  /** Tip of the base branch when the pull request was opened or its head last moved. */
  baseSha: string;
  mergedAt: string | null;
}

export type Pull = Issue & { pull: PullFields };

export interface IssueComment {
  id: number;
  /** Number of the issue or pull request. */
  issue: number;
  author: User;
  body: string;
  createdAt: string;
  updatedAt: string;
  reactions: Reaction[];
  /** The classifier it was minimised with, by GraphQL. */
  minimized: string | null;
}

export interface Review {
  id: number;
  pull: number;
  author: User;
  body: string;
  state: "PENDING" | "COMMENTED" | "APPROVED" | "CHANGES_REQUESTED";
  commitId: string;
  submittedAt: string | null;
}

/** What happened to an issue beside its comments. */
export interface TimelineEntry {
  id: number;
  issue: number;
  event: "closed" | "reopened" | "referenced" | "cross-referenced" | "connected" | "labeled" | "unlabeled";
  actor: User;
  createdAt: string;
  commitId: string | null;
  /** Repository of the commit, or of the issue or pull request that names this one. */
  from: Repository;
  /** Number of the issue or pull request that names this one. */
  source: number | null;
  /** The label that came or went. */
  label?: Label;
}

export type Side = "LEFT" | "RIGHT";

/** Where a comment was put. `file` comments have no lines. Lines are 1-based; start is null for one line. */
export interface CommentAnchor {
  path: string;
  subject: "line" | "file";
  side: Side;
  line: number | null;
  startSide: Side | null;
  startLine: number | null;
  /** 1-based line of the file's patch below its first hunk header. */
  position: number | null;
}

export interface ReviewComment {
  id: number;
  pull: number;
  reviewId: number;
  author: User;
  body: string;
  /** As it was written; never changes. */
  original: CommentAnchor;
  originalCommitId: string;
  /** Where it stands on the current head; line and position are null once it is outdated. */
  current: CommentAnchor;
  commitId: string;
  diffHunk: string;
  /** The comment that the thread starts with; null for that one. */
  inReplyTo: number | null;
  /** Of the thread; kept on its first comment. */
  resolved: boolean;
  resolvedBy: User | null;
  createdAt: string;
  updatedAt: string;
  reactions: Reaction[];
  minimized: string | null;
}

export interface CheckAnnotation {
  path: string;
  start_line: number;
  end_line: number;
  start_column?: number;
  end_column?: number;
  annotation_level: string;
  message: string;
  title?: string;
  raw_details?: string;
}

export interface CheckRun {
  id: number;
  /** Set where another app made it. */
  appSlug?: string;
  name: string;
  headSha: string;
  status: string;
  conclusion: string | null;
  detailsUrl: string | null;
  externalId: string;
  title: string | null;
  summary: string | null;
  text: string | null;
  annotations: CheckAnnotation[];
  startedAt: string;
  completedAt: string | null;
}

/** On a commit as a whole. */
export interface CommitComment {
  id: number;
  commit: string;
  author: User;
  body: string;
  createdAt: string;
  updatedAt: string;
}

export interface CommitStatus {
  id: number;
  sha: string;
  state: string;
  context: string;
  description: string | null;
  targetUrl: string | null;
  author: User;
  createdAt: string;
}

export interface Repository {
  id: number;
  owner: User;
  name: string;
  description: string | null;
  defaultBranch: string;
  /** The bare repository that holds its commits. */
  gitDir: string;
  createdAt: string;
  /** Whether its owner's plan has draft pull requests. */
  drafts: boolean;
  nextNumber: number;
  labels: Label[];
  issues: Issue[];
  comments: IssueComment[];
  timeline: TimelineEntry[];
  /** Numbers that were issues here once. */
  gone: Map<number, "deleted" | "transferred">;
  reviews: Review[];
  reviewComments: ReviewComment[];
  checkRuns: CheckRun[];
  commitComments: CommitComment[];
  statuses: CommitStatus[];
  /** Where branches stood when the server last looked, by branch name. */
  tips: Map<string, string>;
  /** By lower-cased login. */
  roles: Map<string, Role>;
  /** Diffs of two commits never change: kept by `base head`. */
  diffs: Map<string, Promise<DiffFile[]>>;
  /** Nor does anything else that git says about them: kept by its arguments. */
  answers: Map<string, Promise<string>>;
}

export interface Installation {
  id: number;
  account: User;
  /** Lower-cased `owner/name`. */
  repositories: Set<string>;
  permissions: Permissions;
  events: string[];
  createdAt: string;
  requestsUsed: number;
  /** As long as it is there, requests are refused for that reason. */
  throttled?: Throttle | null;
}

/** `primary`: the hour's requests are used up. `secondary`: it asked too fast. Either tells to wait for so long. */
export interface Throttle {
  kind: "primary" | "secondary";
  seconds: number;
}

export interface AccessToken {
  value: string;
  installation: Installation;
  permissions: Permissions;
  /** Lower-cased `owner/name`. */
  repositories: Set<string>;
  /** Whether it was asked for with fewer repositories than the installation has. */
  narrowed: boolean;
  expiresAt: number;
}

export interface LoggedRequest {
  at: string;
  method: string;
  /** With the query, without the API prefix. */
  path: string;
  headers: Record<string, string>;
  body: unknown;
  /** What was sent, or would have been sent had the connection not been cut; 0 where nothing was carried out. */
  status: number;
  ms: number;
}

/** What a manifest asks for, as far as it is looked at here. */
export interface AppManifest {
  name: string;
  url: string;
  redirect_url: string;
  description?: string;
  hook_attributes?: { url: string; active?: boolean };
  default_permissions?: Permissions;
  default_events?: string[];
}

/** Everything the server knows. Routes and scenario functions change it; the presenters turn it into GitHub's JSON. */
export interface GitHubState {
  app: {
    id: number;
    slug: string;
    bot: User;
    owner: User;
    permissions: Permissions;
    events: string[];
    createdAt: string;
    name?: string;
    description?: string | null;
  };
  publicKey: KeyObject;
  /** What GitHub hands out once, when an app is registered: PEM, PKCS#1. */
  privateKey: string;
  /** Apps whose form somebody has sent, by the code that their registration is ended with. */
  manifests: Map<string, AppManifest>;
  urls: { api: string; html: string };
  validate: boolean;
  nextId: number;
  now: () => number;
  users: Map<string, User>;
  repositories: Map<string, Repository>;
  installations: Installation[];
  tokens: Map<string, AccessToken>;
  faults: Fault[];
  requests: LoggedRequest[];
  hooks: WebhookSender;
}

/** Ids start above 2^31, as GitHub's do by now: a client that keeps them in 32 bits fails here too. */
export const firstId = 2_400_000_001;

export function newId(state: GitHubState): number {
  return state.nextId++;
}

/** GitHub's timestamps have whole seconds. */
export function timestamp(state: GitHubState): string {
  return isoSeconds(state.now());
}

export function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

/** A stand-in for GitHub's opaque node ids: unique by kind and id. */
export function nodeId(kind: string, id: number): string {
  return `${kind}_kwDO${id.toString(36)}`;
}

/** The user of that login, made on first mention. */
export function userNamed(state: GitHubState, login: string, type: User["type"] = "User"): User {
  const known = state.users.get(login.toLowerCase());
  if (known) return known;
  const user: User = { id: newId(state), login, type };
  state.users.set(login.toLowerCase(), user);
  return user;
}

export function repositoryName(repository: Repository): string {
  return `${repository.owner.login}/${repository.name}`;
}

export function findRepository(state: GitHubState, owner: string, name: string): Repository | undefined {
  return state.repositories.get(`${owner}/${name}`.toLowerCase());
}

/** The installation that covers a repository. */
export function installationOf(state: GitHubState, repository: Repository): Installation | undefined {
  const key = repositoryName(repository).toLowerCase();
  return state.installations.find((installation) => installation.repositories.has(key));
}

export function isPull(issue: Issue): issue is Pull {
  return issue.pull !== null;
}
