import { shortId } from "./elements.ts";
import { html, type Html } from "./html.ts";
import type { CitedFile } from "./links.ts";

/** Every cited file as it was in the cited commit, the cited lines marked. */
export function appendix(files: CitedFile[]): Html {
  if (files.length === 0) return html`<p>Nothing was cited.</p>`;
  return html`${files.map(citedFile)}`;
}

function citedFile({ id, commit, path, text, ranges }: CitedFile): Html {
  const lines = text.replace(/\n$/, "").split("\n");
  const isCited = (number: number): boolean => ranges.some(([first, last]) => first <= number && number <= last);
  return html`<section class="cited" id="${id}">
    <h3 class="file-header">
      <span class="path">${path}</span> <span class="lines">at <code>${shortId(commit)}</code></span>
    </h3>
    <div class="scroll">
      <table class="source">
        <tbody>
          ${lines.map(
            (line, index) =>
              html`<tr id="${id}-L${index + 1}" class="${isCited(index + 1) ? "marked" : ""}">
                <td class="number">${index + 1}</td>
                <td class="code">${line}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}
