import type { ReportData } from "../report-data.ts";
import { shortId } from "./elements.ts";
import { html, type Html } from "./html.ts";

/** The three pushes in numbers. */
export function pushTable({ pushes }: ReportData): Html {
  const rows = pushes.map(
    (push) =>
      html`<tr>
        <th scope="row">${push.label} <code>${shortId(push.head)}</code></th>
        <td>${push.posted}</td>
        <td>${push.addressed}</td>
        <td>${push.standing}</td>
        <td>${push.secondsToFirstComment === null ? "–" : `${push.secondsToFirstComment.toFixed(1)} s`}</td>
      </tr>`,
  );
  return html`<div class="scroll">
    <table class="facts numbers">
      <thead>
        <tr>
          <th scope="col">Push</th>
          <th scope="col">Posted</th>
          <th scope="col">Addressed</th>
          <th scope="col">Left standing</th>
          <th scope="col">First comment after</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

/** Why the comments stand on lines: what the repository's own past says of their kinds. */
export function pastTable({ past }: ReportData): Html {
  if (past.rows.length === 0) return html`<p>No past pull request was judged.</p>`;
  const rows = past.rows.map(
    ({ kind, band, right, warnings, chance, lower, stands }) =>
      html`<tr>
        <th scope="row">${kind}</th>
        <td>${band}</td>
        <td>${right} of ${warnings}</td>
        <td>${chance === null ? "–" : chance.toFixed(2)}</td>
        <td>${lower.toFixed(2)}</td>
        <td>${stands}</td>
      </tr>`,
  );
  return html`<p>
      ${past.pulls} past pull requests, each as it was at its first commit: a finding is right where the pull request's
      own end did what it says. It stands on lines where it is right in at least 70 % of all cases.
    </p>
    <div class="scroll">
      <table class="facts numbers">
        <thead>
          <tr>
            <th scope="col">Finding</th>
            <th scope="col">Band</th>
            <th scope="col">Right</th>
            <th scope="col">By chance</th>
            <th scope="col">At least</th>
            <th scope="col">Stands</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>`;
}

/** Text of a model that no check let through. It is shown here, and was never sent. */
export function withheldTable({ withheld, model }: ReportData): Html {
  const ran = html`<p>
    ${model.name === null ? "No model ran" : html`<strong>${model.name}</strong>`}: ${model.note}.
    ${model.prompts > 0 ? `${model.prompts} prompts, ${model.generatedTokens} tokens written in ${seconds(model.ms)}.` : null}
  </p>`;
  if (withheld.length === 0)
    return html`${ran}
      <p>Nothing was kept back.</p>`;
  const rows = withheld.map(
    ({ about, text, reason }) =>
      html`<tr>
        <th scope="row"><code>${about}</code></th>
        <td class="said">${text}</td>
        <td>${reason}</td>
      </tr>`,
  );
  return html`${ran}
    <div class="scroll">
      <table class="facts">
        <thead>
          <tr>
            <th scope="col">About</th>
            <th scope="col">What it wrote</th>
            <th scope="col">Which check kept it back</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>`;
}

/** What this machine could run. */
export function modelTable({ recommendations }: ReportData): Html {
  if (recommendations.length === 0) return html`<p>No model has been measured on this machine.</p>`;
  const rows = recommendations.map(
    (one) =>
      html`<tr class="${one.recommended ? "recommended" : ""}">
        <th scope="row">${one.model} ${one.recommended ? html`<span class="label">recommended</span>` : null}</th>
        <td>${one.role}</td>
        <td>${one.fits ? "fits" : "does not fit"}</td>
        <td>${one.fits ? one.minutesPerPull.toFixed(1) : "–"}</td>
      </tr>`,
  );
  return html`<div class="scroll">
    <table class="facts numbers">
      <thead>
        <tr>
          <th scope="col">Model</th>
          <th scope="col">Role</th>
          <th scope="col">Memory</th>
          <th scope="col">Minutes a pull request</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

/** The outcome at a glance. */
export function highlights({ pushes, planted, kernel, ...data }: ReportData): Html {
  const total = (count: "posted" | "addressed"): number => pushes.reduce((sum, push) => sum + push[count], 0);
  const first = pushes[0]?.secondsToFirstComment ?? null;
  const found = Object.values(planted).filter(Boolean).length;
  return html`<dl class="highlights">
    <div>
      <dt>Comments</dt>
      <dd>${total("posted")} posted, ${total("addressed")} addressed</dd>
    </div>
    <div>
      <dt>Planted problems named</dt>
      <dd>${found} of ${Object.keys(planted).length}</dd>
    </div>
    ${
      first === null
        ? null
        : html`<div>
            <dt>First comment after</dt>
            <dd>${first.toFixed(1)} s</dd>
          </div>`
    }
    <div>
      <dt>Kernel</dt>
      <dd>${kernel.name} <span class="why">${kernel.reason}</span></dd>
    </div>
    <div>
      <dt>The whole demo</dt>
      <dd>${data.seconds.toFixed(1)} s</dd>
    </div>
  </dl>`;
}

/** Each planted problem, and whether a comment named it. */
export function plantedList({ planted }: ReportData): Html {
  const items: [string, boolean][] = [
    ["The same code stands elsewhere and was not changed", planted.nearCopy],
    ["A removed name is still used", planted.danglingReference],
    ["A file that usually changes along was forgotten", planted.forgottenFile],
  ];
  return html`<ul class="planted">
    ${items.map(
      ([text, named]) => html`<li class="${named ? "yes" : "no"}">${text}: ${named ? "named" : "missed"}</li>`,
    )}
  </ul>`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
