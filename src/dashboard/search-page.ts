import { limits } from "../shared/limits.ts";
import type { FoundPassage } from "../tasks/ask/passage.ts";
import type { Site } from "./cite.ts";
import type { DeskFound, DeskSource } from "./desk.ts";
import { sendScript } from "./desk-script.ts";
import { frame, type PageOptions } from "./frame.ts";
import { type Html, html, nothing, trusted } from "./html.ts";
import { empty } from "./parts.ts";
import { linesOf, placeOf } from "./passage-view.ts";
import { problemText, sourceSelect, type Told } from "./desk-parts.ts";
import { counted } from "./words.ts";

export interface SearchView {
  sources: readonly DeskSource[];
  source: string;
  text: string;
  /** Null where nothing was asked yet. */
  found: Told<DeskFound> | null;
  protocol: Site["protocol"];
}

/** Search over one engram: a form that is sent with GET, so that a search can be kept as an address. */
export function renderSearch(view: SearchView, options: PageOptions): Html {
  const { sources, source, text, found } = view;
  const form = html`<form method="get" action="/dashboard/search" class="desk" id="send">
    <p>${sourceSelect(sources, source)}</p>
    <p class="grow">
      <label for="q">Words or code</label>
      <textarea
        id="q"
        name="q"
        rows="2"
        maxlength="${limits.dashboardSearchCharacters}"
        required
        spellcheck="false"
        aria-describedby="hint"
        ${text === "" ? trusted("autofocus") : nothing}
      >
${text}</textarea>
    </p>
    <p><button class="main">Search</button></p>
    <p id="hint" class="hint quiet">Enter searches, Shift and Enter begins a new line.</p>
  </form>`;
  const main = html`<main id="main" tabindex="-1">
    <h1>Search</h1>
    ${sources.length === 0 ? nothingThere : html`${form}${result(view, found)}`}
  </main>`;
  return frame({ page: "search", title: "Search: Engram Assistant", main, script: sendScript }, options);
}

const nothingThere = empty(
  "There is no engram yet: one appears with a repository's first pull request, issue or push, and with `assistant knowledge add`.",
);

function result(view: SearchView, found: Told<DeskFound> | null): Html {
  if (found === null)
    return empty(
      "A search finds what is like a text: a question in words, a name, an error message, some lines of code.",
    );
  if ("problem" in found) return problemText(found.problem);
  const { files, commits, issues, ms } = found.told;
  const count = files.length + commits.length + issues.length;
  if (count === 0)
    return html`<p class="empty" role="status">
      Nothing in ${view.source} is like this. Try a word that the code itself would have, or an identifier.
    </p>`;
  const about = new URLSearchParams({ in: view.source, q: view.text });
  return html`<p class="quiet" role="status">
      ${counted(count, "place")} found in ${(ms / 1_000).toFixed(2)} s.
      <a href="/dashboard/ask?${about.toString()}">Ask this as a question</a>
    </p>
    ${[
      hits("files", "Files", files, view),
      hits("commits", "Commits", commits, view),
      hits("issues", "Issues", issues, view),
    ]}`;
}

function hits(id: string, title: string, found: readonly FoundPassage[], { protocol }: SearchView): Html {
  if (found.length === 0) return nothing;
  const best = found[0]?.score ?? 0;
  return html`<section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    <ol class="hits">
      ${found.map((hit) => {
        const { line, score } = hit;
        const share = best > 0 ? score / best : 0;
        return html`<li>
          <p>
            ${placeOf(hit, protocol)}
            <span class="score quiet" title="compared with the best one: ${Math.round(100 * share)} %"
              >${score.toFixed(2)}</span
            >
          </p>
          ${linesOf(hit, [{ startLine: line, endLine: line }])}
        </li> `;
      })}
    </ol>
  </section> `;
}
