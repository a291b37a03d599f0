import type { AnswerPart, ResearchAnswer, Statement } from "../tasks/research/answer.ts";
import type { Passage } from "../tasks/ask/passage.ts";
import type { Site } from "./cite.ts";
import type { ShownTurn } from "./desk.ts";
import { type Html, html, nothing } from "./html.ts";
import { folded, list } from "./parts.ts";
import { citedPassage, type MarkedLines, passageAnchor } from "./passage-view.ts";
import { counted, withCode } from "./words.ts";

/** Where an answer stands on its page: the first turn is 1. */
export interface AnswerPlace {
  turn: number;
  protocol: Site["protocol"];
}

/** One question with its answer on the left and what the answer cites on the right. */
export function turnArticle(turn: number, question: string, answer: Html, cited: Html): Html {
  return html`<article class="turn" id="t${turn}" tabindex="-1" aria-labelledby="t${turn}-question">
    <div>
      <h2 class="question" id="t${turn}-question">${question}</h2>
      <div class="answer">${answer}</div>
    </div>
    <aside class="cited" aria-label="What the answer to question ${turn} cites" tabindex="0">
      <ol>
        ${cited}
      </ol>
    </aside>
  </article> `;
}

/** An answer that was just made. */
export function freshTurn(answer: ResearchAnswer, place: AnswerPlace): Html {
  const { task, parts, passages } = answer;
  const isQuoted = answer.how === "quoted";
  const said = parts.map((part) => partOf(part, isQuoted, place));
  const body = html`${said}${answer.how === "listed" ? html`<p>What was found about it:</p>` : nothing}
  ${origin(answer)}`;
  const marked = parts.flatMap(({ statements }) => statements);
  return turnArticle(place.turn, task, body, citedList(passages, place, marked));
}

/** An answer of an earlier visit, from what is kept of it: its text, and the places that it cites. */
export function keptTurn({ question, answer, cited }: ShownTurn, place: AnswerPlace): Html {
  const lines = answer.split("\n").filter((line) => line.trim() !== "");
  const said = lines.map((line) => {
    const title = /^## (.*)$/.exec(line)?.[1];
    if (title !== undefined) return html`<h3>${title}</h3>`;
    return html`<p class="statement">${withLinks(line.replace(/^- /, ""), place)}</p>`;
  });
  const origin = html`<p class="quiet">Cited lines are shown as they stand now.</p>`;
  return turnArticle(place.turn, question, html`${said}${origin}`, citedList(cited, place, []));
}

/** One more sentence while a model writes. */
export function statementItem({ sentence, sources, lines }: Statement, quoted: boolean, { turn }: AnswerPlace): Html {
  const where =
    lines === undefined
      ? ""
      : `, ${lines.startLine === lines.endLine ? `line ${lines.startLine}` : `lines ${lines.startLine}-${lines.endLine}`}`;
  const links = sources.map((id) => html` ${citationLink(id, where, turn)}`);
  return html`<p class="statement">${quoted ? `“${sentence}”` : sentence}${links}</p>`;
}

/** One more passage while an answer is made. */
export function passageItem(passage: Passage, { turn, protocol }: AnswerPlace): Html {
  return citedPassage(passage, { turn, protocol, marked: [] });
}

/** What a screen reader is told when an answer is there. */
export function inShort({ how, parts, passages }: ResearchAnswer): string {
  const sentences = parts.reduce((sum, { statements }) => sum + statements.length, 0);
  if (how === "nothing") return "Nothing was found.";
  if (how === "listed") return `${counted(passages.length, "passage")} found.`;
  const what = how === "model" ? counted(sentences, "sentence") : counted(sentences, "quotation");
  return `The answer is there: ${what}, ${counted(passages.length, "citation")}.`;
}

function partOf({ title, statements }: AnswerPart, quoted: boolean, place: AnswerPlace): Html {
  const heading = title === null ? nothing : html`<h3>${title}</h3>`;
  if (statements.length === 0)
    return html`${heading}
      <p class="empty">Nothing that the passages bear out.</p>`;
  return html`${heading}${statements.map((statement) => statementItem(statement, quoted, place))}`;
}

function citationLink(id: string, where: string, turn: number): Html {
  return html`<a class="citation" href="#${passageAnchor(turn, id)}">[${id}${where}]</a>`;
}

/** `… [1][3, line 12]` with its numbers as links; only of what our own code wrote around the sentence. */
function withLinks(text: string, { turn }: AnswerPlace): Html {
  const [, sentence = "", marks = ""] = /^(.*?)((?:\[\d{1,2}(?:, lines? [\d-]+)?\])*)$/s.exec(text) ?? [];
  const links = [...marks.matchAll(/\[(\d+)((?:, lines? [\d-]+)?)\]/g)].map(
    ([, id = "", where = ""]) => html` ${citationLink(id, where, turn)}`,
  );
  return html`${sentence.trimEnd()}${links}`;
}

function citedList(passages: readonly Passage[], place: AnswerPlace, statements: readonly Statement[]): Html {
  if (passages.length === 0) return html`<li class="empty">Nothing is cited.</li>`;
  return html`${passages.map((passage) => {
    const marked = statements.flatMap(({ sources, lines }): MarkedLines[] =>
      lines !== undefined && sources.includes(passage.id) ? [lines] : [],
    );
    return citedPassage(passage, { ...place, marked });
  })}`;
}

/** Who wrote this, and what was kept back. */
function origin({ how, why, model, dropped }: ResearchAnswer): Html {
  if (how === "nothing")
    return html`<p class="empty">
      Nothing was found: ${why ?? "no passage bears on it"}. Ask with other words, or look in another source.
    </p>`;
  if (how !== "model") {
    const reason = (why ?? "none was asked").replace(/^no model: /, "");
    return html`<p class="quiet">Quoted word for word, nothing is worded by a model: ${withCode(reason)}.</p>
      ${keptBack(dropped)}`;
  }
  const { name = "", qualification } = model ?? {};
  const cut = why === null ? "" : ` The model did not come to its end: ${why}.`;
  return html`<p class="quiet">
      Written by ${name}, which has qualified for wording (${qualification?.reason ?? ""}). Names, numbers and words of
      each sentence were checked against what it cites.${cut}
    </p>
    ${keptBack(dropped)}`;
}

function keptBack(dropped: ResearchAnswer["dropped"]): Html {
  if (dropped.length === 0) return nothing;
  const items = dropped.map(({ sentence, reason }) => html`${reason}: <span class="quiet">${sentence}</span>`);
  return folded(
    "kept back",
    `${counted(dropped.length, "sentence")} of the model kept back by the checks`,
    list(items),
  );
}
