import type { ImplementOutcome } from "../publish/implement-outcome.ts";
import type { AnswerOutcome, Finding, ReviewOutcome, TriageOutcome, Withheld } from "../publish/outcome.ts";
import { sheetGroups } from "../publish/sheet-groups.ts";
import type { Evidence } from "../retrieval/evidence.ts";
import { evidenceList, type Site, subjectLink } from "./cite.ts";
import type { ShownOutcome } from "./dashboard-data.ts";
import { type Html, html, nothing } from "./html.ts";
import { folded, list } from "./parts.ts";
import { ago, counted, percent } from "./words.ts";

/** One outcome, folded: what it is about in its first line, all that it says and kept back below. */
export function showOutcome(shown: ShownOutcome, now: number, protocol: Site["protocol"]): Html {
  const { repository, outcome, receipt, at } = shown;
  const site = { protocol, repository };
  try {
    const preview = receipt === null ? html` <strong class="mark">preview, nothing was written</strong>` : nothing;
    const when = html`<p>${subjectLink(shown, site)} of ${repository}, ${ago(Date.parse(at), now)}.</p>`;
    const title = html`${kindOf(outcome)} ${nameOf(outcome)} in ${repository}: ${inShort(outcome)}${preview}`;
    return folded(
      `${repository} ${kindOf(outcome)} ${nameOf(outcome)} ${at}`,
      title,
      html`${when}${bodyOf(outcome, site)}`,
    );
  } catch {
    // A file of another version, or damaged: the others are shown all the same.
    return html`<p class="empty">
      An outcome of ${repository} cannot be shown: another version of this program wrote it.
    </p>`;
  }
}

type AnyOutcome = ShownOutcome["outcome"];

function kindOf(outcome: AnyOutcome): string {
  return { review: "Review", triage: "Triage", answer: "Answer", implement: "Implementation" }[outcome.kind];
}

function nameOf(outcome: AnyOutcome): string {
  if (outcome.kind === "implement") return outcome.number === null ? "" : `#${outcome.number}`;
  if (outcome.subject !== null) return `#${outcome.subject.number}`;
  return outcome.kind === "review" ? outcome.head.slice(0, 12) : "";
}

function inShort(outcome: AnyOutcome): string {
  switch (outcome.kind) {
    case "review":
      return `${counted(outcome.findings.length, "finding")}, ${outcome.withheld.length} withheld`;
    case "triage":
      return `${counted(outcome.similar.length, "similar issue")}, ${counted(outcome.suspects.length, "suspect place")}`;
    case "answer":
      return firstLine(outcome.body);
    case "implement":
      return outcome.verdict;
  }
}

function firstLine(text: string): string {
  const [line = ""] = text.trim().split("\n");
  return line.length > 80 ? `${line.slice(0, 80)}…` : line;
}

function bodyOf(outcome: AnyOutcome, site: Site): Html {
  switch (outcome.kind) {
    case "review":
      return reviewBody(outcome, site);
    case "triage":
      return triageBody(outcome, site);
    case "answer":
      return answerBody(outcome, site);
    case "implement":
      return implementBody(outcome, site);
  }
}

function reviewBody({ findings, sheet, withheld, coverage, model }: ReviewOutcome, site: Site): Html {
  const said = findings.map((finding) => findingItem(finding, site));
  return html`<p>${coverage.hunksRead} of ${counted(coverage.hunksTotal, "hunk")} read. ${modelLine(model)}</p>
    ${
      findings.length === 0
        ? html`<p class="empty">Nothing was found.</p>`
        : html`<h3>Findings</h3>
            ${list(said)}`
    }
    ${sheetPart(sheet, site)} ${withheldPart(withheld)}`;
}

function sheetPart(sheet: readonly Evidence[], site: Site): Html {
  if (sheet.length === 0) return nothing;
  const groups = sheetGroups(sheet);
  return html`<h3>Related to this change</h3>
    ${groups.map(({ heading, evidence }) => {
      return html`<h4>${heading}</h4>
        ${evidenceList(evidence, site)}`;
    })}`;
}

function findingItem({ kind, title, body, anchor, placement, evidence, writtenBy }: Finding, site: Site): Html {
  const place = anchor === null ? "in the summary" : `${anchor.path}:${anchor.endLine}`;
  const writer = writtenBy === undefined ? "" : `; words of ${writtenBy}`;
  return html`<strong>${title}</strong> <span class="quiet">${kind}, ${placement}, ${place}${writer}</span>
    <pre class="prose">${body}</pre>
    ${evidenceList(evidence, site)}`;
}

function triageBody(outcome: TriageOutcome, site: Site): Html {
  const similar = outcome.similar.map(({ grade, issue, fixes }) => {
    return html`${grade ?? "related"}${evidenceList([issue, ...fixes], site)}`;
  });
  const labels = (outcome.labels ?? []).map(({ name, confidence, apply }) => {
    const sure = confidence === null ? "chosen by a model" : `right in ${percent(confidence)} at least`;
    return html`${name} <span class="quiet">${sure}, ${apply ? "put on" : "only named"}</span>`;
  });
  const advice = (outcome.advice ?? []).map(({ text, evidence }) => html`${text}${evidenceList(evidence, site)}`);
  const parts: [string, Html[]][] = [
    ["Similar issues", similar],
    ["Labels", labels],
    ["Advice", advice],
    ["Missing in the report", (outcome.missing ?? []).map((line) => html`${line}`)],
  ];
  const suspects =
    outcome.suspects.length === 0
      ? nothing
      : html`<h3>Suspect places</h3>
          ${evidenceList(outcome.suspects, site)}`;
  return html`<p>${modelLine(outcome.model)}</p>
    ${parts.map(([title, items]) =>
      items.length === 0
        ? nothing
        : html`<h3>${title}</h3>
            ${list(items)}`,
    )}
    ${suspects}${withheldPart(outcome.withheld)}`;
}

function answerBody({ body, found }: AnswerOutcome, site: Site): Html {
  const evidence = (found?.parts ?? []).flatMap(({ lines }) => lines.flatMap((line) => line.evidence));
  return html`<pre class="prose">${body}</pre>
    ${evidenceList(evidence, site)}`;
}

function implementBody(outcome: ImplementOutcome, site: Site): Html {
  const { title, reason, places, files, rounds, unverified, evidence, model } = outcome;
  const attempts = rounds.map(({ applied, refused, commands }) => {
    const ends = commands.map(({ name, passed, ended }) => html`${name}: ${passed ? "passed" : ended}`);
    return html`${counted(applied, "edit")} applied${list([...refused.map((line) => html`refused: ${line}`), ...ends])}`;
  });
  const where = places.map(({ path, startLine, endLine, reason: why }) => {
    return html`<code>${path}:${startLine}-${endLine}</code> ${why}`;
  });
  const parts: [string, Html[]][] = [
    ["Places", where],
    ["Attempts", attempts],
    ["Not checked", unverified.map((line) => html`${line}`)],
    ["Files of the change", files.map(({ path }) => html`<code>${path}</code>`)],
  ];
  return html`<p><strong>${title}</strong> ${reason} ${modelLine(model)}</p>
    ${parts.map(([name, items]) =>
      items.length === 0
        ? nothing
        : html`<h3>${name}</h3>
            ${list(items)}`,
    )}
    ${
      evidence.length === 0
        ? nothing
        : html`<h3>Evidence</h3>
            ${evidenceList(evidence, site)}`
    }`;
}

function withheldPart(withheld: readonly Withheld[]): Html {
  if (withheld.length === 0) return nothing;
  const items = withheld.map(({ about, text, reason }) => {
    return html`<code>${about}</code> ${reason}
      <pre class="prose">${text}</pre>`;
  });
  return html`<h3>Withheld</h3>
    ${list(items)}`;
}

function modelLine({ name, note, generatedTokens }: ReviewOutcome["model"]): string {
  return name === null ? `No model: ${note}` : `Model ${name}, ${counted(generatedTokens, "token")} written. ${note}`;
}
