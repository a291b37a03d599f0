import { withoutInvisible } from "../shared/sanitize.ts";

const markup = Symbol("markup");

/** Markup that is finished. Only `html` and `trusted` make it: no data that was read from a file can pass for it. */
export interface Html {
  readonly [markup]: string;
}

type Value = string | number | Html | readonly Html[];

/**
 * A template whose values are escaped, also within attributes in double quotes; what is Html already goes in as it is.
 * Errors: TypeError for a value that is neither: what comes from a file may be anything.
 */
export function html(parts: TemplateStringsArray, ...values: Value[]): Html {
  return { [markup]: parts.map((part, at) => part + (at < values.length ? textOf(values[at]) : "")).join("") };
}

/** The text of markup, to be sent. */
export function render(page: Html): string {
  return page[markup];
}

/** A script or style sheet of ours, as it is. Never text that anybody else wrote. */
export function trusted(source: string): Html {
  return { [markup]: source };
}

export const nothing: Html = trusted("");

function textOf(value: unknown): string {
  if (typeof value === "string") return escapeHtml(value);
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return value.map(textOfMarkup).join("");
  return textOfMarkup(value);
}

function textOfMarkup(value: unknown): string {
  if (typeof value === "object" && value !== null && markup in value) return (value as Html)[markup];
  throw new TypeError(`a page cannot show a value of type ${value === null ? "null" : typeof value}`);
}

/** Safe as text and within attributes in quotes. What is not drawn goes: it could turn the rest of a line around. */
function escapeHtml(text: string): string {
  return withoutInvisible(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
