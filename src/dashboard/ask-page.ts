import { limits } from "../shared/limits.ts";
import { freshTurn, keptTurn, turnArticle } from "./answer-view.ts";
import type { Site } from "./cite.ts";
import type { Conversation, DeskSource, ShownTurn } from "./desk.ts";
import { problemText, sourceSelect, type Told } from "./desk-parts.ts";
import { askScript, sendScript } from "./desk-script.ts";
import { frame, type PageOptions } from "./frame.ts";
import { type Html, html, nothing, trusted } from "./html.ts";
import { empty } from "./parts.ts";
import type { ResearchAnswer } from "../tasks/research/answer.ts";
import { ago, counted } from "./words.ts";

export interface AskView {
  sources: readonly DeskSource[];
  source: string;
  /** What stands in the form. */
  text: string;
  conversation: string;
  conversations: readonly Conversation[];
  /** Earlier ones, oldest first. */
  turns: readonly ShownTurn[];
  /** To a question that came without a script: it is answered with the whole page. */
  fresh: Told<ResearchAnswer> | null;
  /** Of forms. */
  formToken: string;
  protocol: Site["protocol"];
  now: number;
}

/** Questions to an engram, each answer beside what it cites. */
export function renderAsk(view: AskView, options: PageOptions): Html {
  const { sources, turns, fresh, protocol } = view;
  const kept = turns.map((turn, i) => keptTurn(turn, { turn: i + 1, protocol }));
  const place = { turn: turns.length + 1, protocol };
  const answered = fresh !== null && "told" in fresh ? freshTurn(fresh.told, place) : nothing;
  const failed = fresh !== null && "problem" in fresh ? problemText(fresh.problem) : nothing;
  const isEmpty = turns.length === 0 && fresh === null;
  const main = html`<main id="main" tabindex="-1" class="wide">
    <h1>Ask</h1>
    ${conversationList(view)}
    ${
      sources.length === 0
        ? empty("There is no engram yet: one appears with a repository's first pull request, issue or push.")
        : html`${isEmpty ? introduction : nothing}
            <div id="turns">${kept}${answered}</div>
            ${failed}${questionForm(view)} <template id="blank">${turnArticle(0, "", nothing, nothing)}</template>`
    }
  </main>`;
  return frame({ page: "ask", title: "Ask: Engram Assistant", main, script: `${sendScript}${askScript}` }, options);
}

const introduction = html`<p id="introduction" class="empty">
  Answers rest on what is in the chosen engram: files, and of a repository its commits and issues. Each sentence names
  by number what bears it out; that is opened beside the answer. Without a model that has qualified for wording,
  passages are quoted.
</p>`;

function questionForm({ sources, source, text, conversation, formToken }: AskView): Html {
  return html`<form method="post" action="/dashboard/ask" class="desk question" id="send">
    <input type="hidden" name="form" value="${formToken}" />
    <input type="hidden" name="conversation" value="${conversation}" />
    <p>${sourceSelect(sources, source)}</p>
    <p class="grow">
      <label for="q">Question</label>
      <textarea
        id="q"
        name="q"
        rows="2"
        maxlength="${limits.taskCharacters}"
        required
        aria-describedby="hint"
        autofocus
      >
${text}</textarea>
    </p>
    <p class="buttons">
      <button class="main" id="ask">Ask</button>
      <button type="button" id="stop" hidden>Stop</button>
    </p>
    <p id="hint" class="hint quiet">
      Enter asks, Shift and Enter begins a new line. In an answer, its numbers as keys go to what it cites.
    </p>
    <p id="said" class="hint" role="status"></p>
  </form>`;
}

function conversationList({ conversations, conversation, formToken, source, now }: AskView): Html {
  const fresh = html`<a href="/dashboard/ask?${new URLSearchParams({ in: source }).toString()}">New conversation</a>`;
  const items = conversations.map(({ name, title, at, turns: count }) => {
    const current = name === conversation ? trusted(' aria-current="true"') : nothing;
    const address = new URLSearchParams({ in: source, conversation: name });
    return html`<li>
      <a href="/dashboard/ask?${address.toString()}" ${current}>${short(title)}</a>
      <span class="quiet">${counted(count, "question")}, ${ago(Date.parse(at), now)}</span>
      <form method="post" action="/dashboard/ask/forget">
        <input type="hidden" name="form" value="${formToken}" />
        <input type="hidden" name="conversation" value="${name}" />
        <button aria-label="Forget “${short(title)}”">Forget</button>
      </form>
    </li> `;
  });
  const kept = html`<details>
    <summary>Conversations: ${conversations.length}</summary>
    <p class="quiet">Whoever may see the dashboard may read and forget them.</p>
    <ul>
      ${items}
    </ul>
  </details>`;
  return html`<div class="talks">${conversations.length === 0 ? nothing : kept}${fresh}</div>`;
}

function short(text: string): string {
  const [line = ""] = text.trim().split("\n");
  return line.length > 80 ? `${line.slice(0, 80)}…` : line;
}
