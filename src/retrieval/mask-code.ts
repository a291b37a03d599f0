import type { Language, Span } from "./languages.ts";

/**
 * The text with comments and the contents of strings blanked out: same length, same lines, so that positions still hold.
 * Code inside `${…}` of a template stays. A linear scan, not a parser: what it gets wrong (a quote inside an unusual
 * literal) it gets wrong to the end of the line, except where strings may span lines.
 */
export function maskCode(text: string, { spans }: Language): string {
  const opener = new RegExp(spans.map(({ open }) => `(${open})`).join("|"), "gm");
  const openerOrBrace = new RegExp(`${opener.source}|[{}]`, "gm");
  /** For each template that is open: how many braces are open inside its `${`. */
  const depths: number[] = [];
  let masked = "";
  let at = 0;

  function blankTo(end: number): void {
    masked += text.slice(at, end).replace(/[^\n]/g, " ");
    at = end;
  }

  function skipTemplate(span: Span, from: number): void {
    const end = endOf(text, from, span);
    blankTo(end);
    if (text.startsWith("${", end - 2)) depths.push(0);
  }

  while (at < text.length) {
    const search = depths.length > 0 ? openerOrBrace : opener;
    search.lastIndex = at;
    const match = search.exec(text);
    if (match === null) break;
    masked += text.slice(at, match.index);
    at = match.index;
    const span = spans[match.slice(1).findIndex((group) => group !== undefined)];
    const after = at + match[0].length;
    if (span !== undefined) {
      if (span.interpolates) skipTemplate(span, after);
      else blankTo(endOf(text, after, span));
      continue;
    }
    const depth = depths.pop() ?? 0;
    if (match[0] === "}" && depth === 0) {
      skipTemplate(spans.find(({ interpolates }) => interpolates) as Span, after);
    } else {
      depths.push(depth + (match[0] === "{" ? 1 : -1));
      masked += match[0];
      at = after;
    }
  }
  return masked + text.slice(at);
}

/** Where the span that is open at `from` ends: behind its closing text, behind `${`, or at the end of its line. */
function endOf(text: string, from: number, span: Span): number {
  for (let at = from; at < text.length; at++) {
    if (span.escapes && text[at] === "\\") at++;
    else if (text.startsWith(span.close, at)) return at + span.close.length;
    else if (span.interpolates && text.startsWith("${", at)) return at + 2;
    else if (!span.multiline && text[at] === "\n") return at;
  }
  return text.length;
}
