import type { Citation, CommentCitation } from "../../retrieval/evidence.ts";
import type { RepositoryId } from "../../shared/repository.ts";
import { codeSpan, escapeText, printable } from "./escape.ts";

/** Digits of an object id that a reader is shown. */
const shortId = 7;

/** A citation as a link into the repository; as plain text for a local clone, which has no pages to link to. */
export function citationLink(repository: RepositoryId, citation: Citation): string {
  switch (citation.kind) {
    case "code": {
      const { path, startLine, endLine, commit } = citation;
      return codeLink(repository, commit, path, startLine, endLine);
    }
    case "commit":
      return `${commitLink(repository, citation.commit)} ${escapeText(citation.subject)}`;
    case "issue":
      return `${numberLink(repository, "issues", citation.number)} ${escapeText(citation.title)} (${citation.state})`;
    case "pull":
      return `${numberLink(repository, "pull", citation.number)} ${escapeText(withoutOwnNumber(citation))}`;
    case "comment":
      return commentLink(repository, citation);
  }
}

/** GitHub puts the number behind the subject of what it merges; the link says it already. */
function withoutOwnNumber({ title, number }: { title: string; number: number }): string {
  return title.endsWith(` (#${number})`) ? title.slice(0, -` (#${number})`.length) : title;
}

/** A permanent link to lines of a file: GitHub shows that commit for ever, whatever happens to the branch. */
export function codeLink(
  repository: RepositoryId,
  commit: string,
  path: string,
  startLine: number,
  endLine: number,
): string {
  const lines = startLine === endLine ? `L${startLine}` : `L${startLine}-L${endLine}`;
  const pages = path.split("/").map(urlSegment).join("/");
  return link(codeSpan(`${path}#${lines}`), pageUrl(repository, `blob/${urlSegment(commit)}/${pages}#${lines}`));
}

export function commitLink(repository: RepositoryId, commit: string): string {
  return link(codeSpan(commit.slice(0, shortId)), pageUrl(repository, `commit/${urlSegment(commit)}`));
}

/** The page of a branch. */
export function branchLink(repository: RepositoryId, branch: string): string {
  return link(codeSpan(branch), pageUrl(repository, `tree/${branch.split("/").map(urlSegment).join("/")}`));
}

/** The page on which a pull request from a branch is opened. `label` is Markdown already. */
export function compareLink(repository: RepositoryId, branch: string, label: string): string {
  return link(label, pageUrl(repository, `pull/new/${branch.split("/").map(urlSegment).join("/")}`));
}

export function pullLink(repository: RepositoryId, number: number): string {
  return numberLink(repository, "pull", number);
}

export function numberLink(repository: RepositoryId, page: "issues" | "pull", number: number): string {
  return link(`#${number}`, pageUrl(repository, `${page}/${number}`));
}

/** No @ before the name: it would notify somebody who is only quoted. */
function commentLink(repository: RepositoryId, { number, on, id, author }: CommentCitation): string {
  const page = {
    issue: `issues/${number}#issuecomment-${id}`,
    pull: `pull/${number}#issuecomment-${id}`,
    lines: `pull/${number}#discussion_r${id}`,
  }[on];
  return `${link(`#${number}`, pageUrl(repository, page))} (${escapeText(author)})`;
}

/** `label` is Markdown already. */
export function link(label: string, url: string | null): string {
  return url === null ? label : `[${label}](${url})`;
}

function pageUrl(repository: RepositoryId, page: string): string | null {
  if (repository.host === "local") return null;
  return `https://${repository.host}/${urlSegment(repository.owner)}/${urlSegment(repository.name)}/${page}`;
}

/** encodeURIComponent leaves `'()*!` alone, and a parenthesis would end the link. */
function urlSegment(text: string): string {
  return encodeURIComponent(printable(text)).replace(
    /['()*!]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
