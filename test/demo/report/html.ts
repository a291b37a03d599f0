/** Text that is HTML already. Everything else is escaped where it is put into a template. */
export interface Html {
  readonly html: string;
}

type Value = Html | string | number | null | readonly Value[];

/** Builds HTML; values are escaped for text and for quoted attributes alike. Null is nothing; lists are joined. */
export function html(texts: TemplateStringsArray, ...values: Value[]): Html {
  return trusted(texts.map((text, index) => (index === 0 ? "" : render(values[index - 1] ?? null)) + text).join(""));
}

/** For HTML that another renderer has made safe. */
export function trusted(text: string): Html {
  return { html: text };
}

export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function render(value: Value): string {
  if (value === null) return "";
  if (typeof value === "string" || typeof value === "number") return escapeHtml(String(value));
  return "html" in value ? value.html : value.map(render).join("");
}
