import { parseMarker } from "../../../src/publish/marker.ts";
import type { ReportData, ReportIssueComment, ReportPush, ReportReviewComment } from "../report-data.ts";
import { authorName, avatar, commentBox, moment, shortId } from "./elements.ts";
import { diffView } from "./diff-view.ts";
import { html, type Html } from "./html.ts";
import type { MarkdownRenderer } from "./markdown.ts";

interface TimelineEntry {
  at: string;
  content: Html;
}

/** The pull request from its first comment to its last, in the order of time. */
export function conversation(data: ReportData, markdown: MarkdownRenderer): Html {
  const { pull, issueComments } = data;
  const entries: TimelineEntry[] = [
    { at: pull.openedAt, content: openingComment(data, markdown) },
    ...data.pushes.map((push, index) => ({ at: push.at, content: pushEntry(push, index, pull.author) })),
    ...data.pushes.flatMap((push) => reviewEntry(push, data, markdown)),
    ...issueComments
      .filter(({ subject }) => subject === pull.number)
      .map((comment) => ({ at: comment.createdAt, content: timelineComment(comment, markdown) })),
  ];
  // Sorting is stable: within one second a push stays before what is said about it.
  entries.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return html`<ol class="timeline">
    ${entries.map(({ content }) => content)}
  </ol>`;
}

function openingComment({ pull }: ReportData, markdown: MarkdownRenderer): Html {
  return html`<li class="entry">
    ${avatar(pull.author)}${commentBox({ ...pull, createdAt: pull.openedAt }, markdown)}
  </li>`;
}

export function timelineComment(comment: ReportIssueComment, markdown: MarkdownRenderer): Html {
  return html`<li class="entry" id="issuecomment-${comment.id}">
    ${avatar(comment.author)}${commentBox(comment, markdown)}
  </li>`;
}

function pushEntry(push: ReportPush, index: number, author: string): Html {
  const { posted, addressed, standing } = push;
  return html`<li class="event" id="push-${push.head}">
    <span class="badge" aria-hidden="true">${index + 1}</span>
    <p>
      <strong>${author}</strong> pushed <code>${shortId(push.head)}</code> · ${push.label}
      <span class="time">${moment(push.at)}</span><br />
      <span class="counts">${posted} posted, ${addressed} addressed, ${standing} standing</span>
    </p>
  </li>`;
}

/** The comments that one push brought, as one review. */
function reviewEntry(push: ReportPush, data: ReportData, markdown: MarkdownRenderer): TimelineEntry[] {
  const comments = data.reviewComments.filter(({ commit }) => commit === push.head);
  const [first] = comments;
  if (first === undefined) return [];
  const threads = comments.map((comment) => thread(comment, push, markdown));
  const content = html`<li class="entry">
    ${avatar(first.author)}
    <div class="review">
      <p class="reviewed">
        ${authorName(first.author)} reviewed <code>${shortId(push.head)}</code>
        <span class="time">${moment(first.createdAt)}</span>
      </p>
      ${threads}
    </div>
  </li>`;
  return [{ at: first.createdAt, content }];
}

function thread(comment: ReportReviewComment, push: ReportPush, markdown: MarkdownRenderer): Html {
  const id = `discussion_r${comment.id}`;
  const lines = comment.startLine === null ? `line ${comment.line}` : `lines ${comment.startLine} to ${comment.line}`;
  const content = html`${diffView(push.files, comment)}
    <div class="reply">${commentBox(comment, markdown)}</div>`;
  const addressed = addressedIn(comment.body);
  if (addressed === null) {
    const header = html`<span class="path">${comment.path}</span> <span class="lines">${lines}</span>`;
    return html`<div class="thread" id="${id}">
      <div class="file-header">${header}</div>
      ${content}
    </div>`;
  }
  return html`<details class="thread addressed" id="${id}">
    <summary class="file-header">
      <span class="path">${comment.path}</span> <span class="lines">${lines}</span>
      <span class="state">Addressed in <code>${addressed}</code></span>
    </summary>
    ${content}
  </details>`;
}

/** The commit that the comment's own text names, shortened as there; null while the finding stands. */
function addressedIn(body: string): string | null {
  const marker = parseMarker(body);
  if (marker?.kind !== "finding" || !marker.addressed) return null;
  return /^Addressed in \[?`([0-9a-f]+)`/.exec(body)?.[1] ?? "a later push";
}
