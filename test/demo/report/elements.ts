import { html, type Html } from "./html.ts";
import type { MarkdownRenderer } from "./markdown.ts";

interface CommentText {
  author: string;
  body: string;
  createdAt: string;
  updatedAt?: string;
}

/** A comment in its frame: who and when above, the rendered body below. */
export function commentBox(comment: CommentText, markdown: MarkdownRenderer): Html {
  const edited = comment.updatedAt !== undefined && comment.updatedAt !== comment.createdAt;
  return html`<article class="comment">
    <header>
      ${authorName(comment.author)}
      <span class="time">commented ${moment(comment.createdAt)}${edited ? " · edited" : ""}</span>
    </header>
    <div class="markdown">${markdown(comment.body)}</div>
  </article>`;
}

/** The login as GitHub shows it: an App's without its suffix, with a label. */
export function authorName(login: string): Html {
  const label = isBot(login) ? html` <span class="label">bot</span>` : null;
  return html`<strong>${login.replace(/\[bot\]$/, "")}</strong>${label}`;
}

/** Initials on a colour of the login's own: the page loads no pictures. */
export function avatar(login: string): Html {
  let hue = 0;
  for (const character of login) hue = (hue * 31 + (character.codePointAt(0) ?? 0)) % 360;
  const shape = isBot(login) ? "avatar bot" : "avatar";
  return html`<span class="${shape}" style="--hue: ${hue}" aria-hidden="true"
    >${login.slice(0, 1).toUpperCase()}</span
  >`;
}

export function moment(at: string): Html {
  return html`<time datetime="${at}">${at.slice(0, 10)} ${at.slice(11, 19)}</time>`;
}

/** As long as GitHub shows it. */
export function shortId(commit: string): string {
  return commit.slice(0, 7);
}

function isBot(login: string): boolean {
  return login.endsWith("[bot]");
}
