import type { PastPulls } from "../history/past-pulls.ts";
import { repositoryKey } from "../shared/repository.ts";
import type { Tracker, TrackedReviewComment } from "../tracker/tracker.ts";
import type { Citation, CommentCitation, Evidence } from "./evidence.ts";
import { type GitObject, readObjects } from "../shared/git-object-reader.ts";

/** What bears out citations beside git itself. */
export interface CitationSources {
  /** Where it is given, issues and pull requests must be known there; comments resolve nowhere else. */
  tracker?: Tracker | null | undefined;
  /** Pull requests may be known here too, by their subjects. */
  pulls?: PastPulls | null | undefined;
  /** Git folders by `repositoryKey`: the repositories that this subject's evidence may come from beside its own. */
  otherRepositories?: ReadonlyMap<string, string> | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * The text that a citation of this repository points to: the cited lines as git stores them (joined by "\n"), a commit's
 * subject, the title of an issue or pull request, a comment's whole body. Null where there is no such thing.
 */
export async function resolveCitation(
  gitDir: string,
  citation: Citation,
  sources: CitationSources = {},
): Promise<string | null> {
  const objects = await readObjects(gitDir, objectNames([citation]), signalOf(sources));
  return textOf(citation, objects, openSources(sources, [citation]));
}

/** Whether the citation exists and says, letter for letter, what the evidence quotes. */
export async function resolves(gitDir: string, evidence: Evidence, sources: CitationSources = {}): Promise<boolean> {
  return (await keepResolving(gitDir, [evidence], sources)).length === 1;
}

/**
 * The evidence that resolves, in the same order. One git process for each repository that is cited.
 * What comes from another repository must be allowed by name, and be code or a commit: its discussions are not at hand.
 */
export async function keepResolving(
  gitDir: string,
  evidence: Evidence[],
  sources: CitationSources = {},
): Promise<Evidence[]> {
  const known = openSources(
    sources,
    evidence.map(({ citation }) => citation),
  );
  const objects = new Map<string, Map<string, GitObject>>();
  for (const [dir, citations] of citationsByFolder(gitDir, evidence, sources)) {
    objects.set(dir, await readObjects(dir, objectNames(citations), signalOf(sources)));
  }
  return evidence.filter((one) => {
    const dir = folderOf(gitDir, one, sources);
    const said = dir === null ? null : textOf(one.citation, objects.get(dir) ?? new Map(), known);
    if (said === null) return false;
    return one.citation.kind === "comment" ? isPartOf(one.text, said) : one.text === said;
  });
}

function signalOf({ signal }: CitationSources): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}

/** Nothing is no part of anything: it would be borne out by every comment. */
function isPartOf(text: string, body: string): boolean {
  return text.trim() !== "" && body.includes(text);
}

function citationsByFolder(gitDir: string, evidence: Evidence[], sources: CitationSources): Map<string, Citation[]> {
  const folders = new Map<string, Citation[]>();
  for (const one of evidence) {
    const dir = folderOf(gitDir, one, sources);
    if (dir === null) continue;
    const citations = folders.get(dir) ?? [];
    citations.push(one.citation);
    folders.set(dir, citations);
  }
  return folders;
}

/** Null where the evidence comes from a repository that it must not come from, or that cannot bear it out. */
function folderOf(
  gitDir: string,
  { repository, citation }: Evidence,
  { otherRepositories }: CitationSources,
): string | null {
  if (repository === undefined) return gitDir;
  if (citation.kind !== "code" && citation.kind !== "commit") return null;
  return otherRepositories?.get(repositoryKey(repository)) ?? null;
}

/** Looks up what is asked for, so that a tracker's review comments are gone through once and only where one is cited. */
interface OpenSources {
  titleOf(citation: Citation & { kind: "issue" | "pull" }): string | null;
  commentOf(citation: CommentCitation): string | null;
}

function openSources({ tracker, pulls }: CitationSources, citations: Citation[]): OpenSources {
  const wanted = new Set(citations.flatMap((one) => (one.kind === "comment" && one.on === "lines" ? one.id : [])));
  const onLines = new Map<number, TrackedReviewComment>();
  if (wanted.size > 0) {
    for (const comment of tracker?.reviewComments() ?? []) if (wanted.has(comment.id)) onLines.set(comment.id, comment);
  }

  return {
    titleOf(citation) {
      const { kind, number, title } = citation;
      // Without anybody to ask, the caller has just been told by GitHub.
      if (!tracker && (kind === "issue" || !pulls)) return title;
      const tracked = tracker?.issue(number);
      if (tracked && tracked.pull === (kind === "pull") && tracked.title === title) return title;
      const past = kind === "pull" ? pulls?.pulls.find((pull) => pull.number === number) : undefined;
      return past?.subject === title ? title : null;
    },
    commentOf({ number, on, id, author }) {
      if (on === "lines") {
        const comment = onLines.get(id);
        return comment?.pull === number && comment.author.login === author ? comment.body : null;
      }
      if (tracker?.issue(number)?.pull !== (on === "pull")) return null;
      const comment = tracker.comments(number).find((one) => one.id === id);
      return comment?.author.login === author ? comment.body : null;
    },
  };
}

function textOf(citation: Citation, objects: ReadonlyMap<string, GitObject>, known: OpenSources): string | null {
  if (citation.kind === "comment") return known.commentOf(citation);
  if (citation.kind === "issue" || citation.kind === "pull") return known.titleOf(citation);
  const object = objects.get(objectName(citation) ?? "");
  if (citation.kind === "commit") return object?.type === "commit" ? subjectOf(object.data.toString("utf8")) : null;
  if (object?.type !== "blob") return null;
  const lines = linesOf(object);
  const { startLine, endLine } = citation;
  const lastLine = lines.at(-1) === "" ? lines.length - 1 : lines.length;
  return startLine >= 1 && startLine <= endLine && endLine <= lastLine
    ? lines.slice(startLine - 1, endLine).join("\n")
    : null;
}

/** Several pieces of evidence stand in one file. */
function linesOf(object: GitObject): readonly string[] {
  let lines = read.get(object);
  if (lines === undefined) read.set(object, (lines = object.data.toString("utf8").split("\n")));
  return lines;
}

const read = new WeakMap<GitObject, readonly string[]>();

/** As git's own `%s`: the first paragraph of the message, its lines joined by spaces. */
function subjectOf(commit: string): string {
  const message = commit.slice(commit.indexOf("\n\n") + 2).replace(/^\n+/, "");
  return (message.split(/\n\s*(?:\n|$)/)[0] ?? "").replaceAll("\n", " ");
}

function objectNames(citations: Citation[]): string[] {
  return citations.flatMap((citation) => objectName(citation) ?? []);
}

/** Null where the citation is not about git, or cannot be asked for. */
function objectName(citation: Citation): string | null {
  if (citation.kind !== "code" && citation.kind !== "commit") return null;
  if (!/^[0-9a-f]{7,64}$/.test(citation.commit)) return null;
  return citation.kind === "commit" ? citation.commit : `${citation.commit}:${citation.path}`;
}
