import type { FoundPassage, Passage } from "../tasks/ask/passage.ts";
import { linked, type Site } from "./cite.ts";
import { type Html, html, nothing } from "./html.ts";

/** Lines of a document to be marked, 1-based and inclusive. */
export interface MarkedLines {
  startLine: number;
  endLine: number;
}

/** Where a passage stands, linked to the repository's page where it has one, and what stands above it. */
export function placeOf(passage: FoundPassage, protocol: Site["protocol"]): Html {
  const { heading } = passage;
  const above = heading === null ? nothing : html` <span class="quiet">${heading.join(" › ")}</span>`;
  return html`${nameOf(passage, protocol)}${above}`;
}

function nameOf(passage: FoundPassage, protocol: Site["protocol"]): Html {
  const { source, document, revision, startLine, endLine, page } = passage;
  const [repository = "", kind] = source.split(" ");
  const site = { protocol, repository };
  if (kind === "commits") return linked(`commit ${document}`, `commit/${encodeURIComponent(document)}`, site);
  if (kind === "issues") return linked(`issue ${document}`, `issues/${encodeURIComponent(document.slice(1))}`, site);
  const lines = startLine === endLine ? String(startLine) : `${startLine}-${endLine}`;
  const paged = page === null ? "" : `, page ${page}`;
  const path = document.split("/").map(encodeURIComponent).join("/");
  const blob = `blob/${encodeURIComponent(revision)}/${path}#L${startLine}-L${endLine}`;
  return linked(`${document}:${lines}${paged}`, blob, site);
}

/** The lines with their numbers, which are not copied along; a message or an issue's text stands without. */
export function linesOf(passage: FoundPassage, marked: readonly MarkedLines[]): Html {
  const { source, startLine, text } = passage;
  if (text === "") return html`<p class="empty">It does not stand there any more.</p>`;
  if (/ (?:commits|issues)$/.test(source)) return html`<pre class="prose">${text}</pre>`;
  const lines = text.split("\n").map((line, i) => {
    const number = startLine + i;
    const isMarked = marked.some((range) => range.startLine <= number && number <= range.endLine);
    return html`<span class="line${isMarked ? " marked" : ""}" data-n="${number}">${line}${"\n"}</span>`;
  });
  return html`<pre class="lines">${lines}</pre>`;
}

/** Number of a passage and of its turn, for links to it. */
export function passageAnchor(turn: number, id: string): string {
  return `t${turn}-p${id}`;
}

/** A passage beside an answer that cites it by its number. */
export function citedPassage(
  passage: Passage,
  { turn, protocol, marked }: { turn: number; protocol: Site["protocol"]; marked: readonly MarkedLines[] },
): Html {
  return html`<li id="${passageAnchor(turn, passage.id)}" tabindex="-1">
    <p>
      <span class="number">${passage.id}</span> ${placeOf(passage, protocol)}
      <a class="back" href="#t${turn}" aria-label="Back to question ${turn}">↩</a>
    </p>
    ${linesOf(passage, marked)}
  </li> `;
}
