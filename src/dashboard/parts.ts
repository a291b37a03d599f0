import type { Known } from "./dashboard-data.ts";
import { type Html, html, nothing } from "./html.ts";
import { withCode } from "./words.ts";

/** A part of the page with a heading of its own; `id` is what the live update finds it by. */
export function section(id: string, title: string, body: Html): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${body}
  </section> `;
}

/** What was read, shown; or why it could not be read. */
export function known<Value>(value: Known<Value>, show: (value: Value) => Html): Html {
  if ("known" in value) return show(value.known);
  return html`<p class="bad">This cannot be read now: ${value.problem}</p>`;
}

export function empty(text: string): Html {
  return html`<p class="empty">${withCode(text)}</p>`;
}

/** Whoever moves by keyboard can scroll it: it is wider than a small screen. The first cell of a row names the row. */
export function table(
  caption: string,
  heading: readonly string[],
  rows: readonly (readonly (Html | string)[])[],
): Html {
  const head = heading.map((cell) => html`<th scope="col">${cell}</th>`);
  const body = rows.map((cells) => {
    const [first = "", ...others] = cells;
    return html`<tr>
      <th scope="row">${first}</th>
      ${others.map((cell) => html`<td>${cell}</td>`)}
    </tr> `;
  });
  return html`<div class="table" role="region" aria-label="${caption}" tabindex="0">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div> `;
}

/** Something that is folded away; `key` tells the live update which ones a reader has opened. */
export function folded(key: string, summary: Html | string, body: Html): Html {
  return html`<details data-key="${key}">
    <summary>${summary}</summary>
    ${body}
  </details> `;
}

export function list(items: readonly Html[]): Html {
  return items.length === 0
    ? nothing
    : html`<ul>
        ${items.map((item) => html`<li>${item}</li> `)}
      </ul>`;
}
