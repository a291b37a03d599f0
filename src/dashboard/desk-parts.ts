import { AssistantError } from "../shared/errors.ts";
import type { DeskSource } from "./desk.ts";
import { type Html, html, nothing, trusted } from "./html.ts";
import { withCode } from "./words.ts";

/** What came of a question, or why nothing did. */
export type Told<Value> = { told: Value } | { problem: Problem };

export interface Problem {
  /** Of the answer. */
  status: number;
  cause: string;
  /** What the reader can do. */
  remedy: string;
}

/** A bug's message may hold paths and other people's texts: whoever runs the service finds it in the log. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof AssistantError))
    return { status: 500, cause: "This did not work.", remedy: "The log of the service says why." };
  const { message, remedy, transient } = error;
  const cause = `${message.slice(0, 1).toUpperCase()}${message.slice(1)}.`;
  return { status: transient ? 503 : 400, cause, remedy };
}

export function problemText({ cause, remedy }: Problem): Html {
  return html`<p class="bad" role="alert">${withCode(cause)} ${withCode(remedy)}</p>`;
}

/** Where to look: repositories first. The first is chosen where nothing is. */
export function sourceSelect(sources: readonly DeskSource[], chosen: string): Html {
  const groups: [DeskSource["kind"], string][] = [
    ["repository", "Repositories"],
    ["collection", "Knowledge"],
  ];
  return html`<label for="in">Look in</label>
    <select id="in" name="in">
      ${groups.map(([kind, label]) => {
        const own = sources.filter((source) => source.kind === kind);
        if (own.length === 0) return nothing;
        return html`<optgroup label="${label}">
          ${own.map(({ name }) => html`<option${name === chosen ? trusted(" selected") : nothing}>${name}</option> `)}
        </optgroup> `;
      })}
    </select>`;
}
