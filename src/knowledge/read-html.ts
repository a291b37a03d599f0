import { convert, type FormatCallback, type HtmlToTextOptions } from "html-to-text";
import { limits } from "../shared/limits.ts";
import type { ReadText } from "./text-document.ts";

/** Only what is read: no scripts (nothing is ever executed), no controls, no menus. */
const unread = ["head", "noscript", "template", "svg", "iframe", "object", "button", "select", "nav", "[hidden]"];

const ellipsis = "[more, nested too deeply]";

const options: HtmlToTextOptions = {
  wordwrap: limits.wrappedLineCharacters,
  // A page says by <main> what of it is no menu; one without is read as a whole.
  baseElements: { selectors: ["main"], returnDomByDefault: true },
  limits: { maxInputLength: limits.documentCharacters, maxDepth: limits.htmlDepth, maxBaseElements: 1, ellipsis },
  formatters: { markedHeading: formatHeading, fencedCode: formatCode, altText: formatImage },
  selectors: [
    ...unread.map((selector) => ({ selector, format: "skip" })),
    ...[1, 2, 3, 4, 5, 6].map((level) => ({ selector: `h${level}`, format: "markedHeading", options: { level } })),
    { selector: "pre", format: "fencedCode" },
    { selector: "img", format: "altText" },
    { selector: "a", options: { pathRewrite: shortLink, hideLinkHrefIfSameAsText: true, linkBrackets: ["<", ">"] } },
    {
      selector: "table",
      format: "dataTable",
      options: { uppercaseHeaderCells: false, maxColumnWidth: 48, colSpacing: 2 },
    },
  ],
};

/** HTML as text: headings as `#` lines, code fenced, tables in columns, links with their short address behind them. */
export function htmlToMarkedText(html: string): Pick<ReadText, "text" | "notes"> {
  const text = convert(html, options)
    .replace(/^\s*[*+-]\s*$/gm, "")
    .replace(/(?:[ \t]*\n){3,}/g, "\n\n");
  return { text, notes: text.includes(ellipsis) ? ["elements nested too deeply are left out"] : [] };
}

/** The encoding that a page declares in its first 1,024 bytes, where browsers look for it. */
export function declaredEncoding(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 1024)).toString("latin1");
  return /<meta[^>]+charset\s*=\s*["']?([\w-]+)/i.exec(head)?.[1];
}

/** Host and path of a link elsewhere; nothing for anchors, relative links, data and scripts, or where it would fill a line. */
function shortLink(address: string): string {
  const short = /^https?:\/\/[^\s?#]+/i.exec(address)?.[0] ?? "";
  return short.length > limits.wrappedLineCharacters ? "" : short;
}

function formatHeading(...[element, walk, builder, { level }]: Parameters<FormatCallback>): void {
  builder.openBlock({ leadingLineBreaks: 2 });
  walk(element.children, builder);
  builder.closeBlock({
    trailingLineBreaks: 2,
    blockTransform: (text) => (text.trim() === "" ? "" : `${"#".repeat(Number(level))} ${onOneLine(text)}`),
  });
}

function formatCode(...[element, walk, builder]: Parameters<FormatCallback>): void {
  builder.openBlock({ isPre: true, leadingLineBreaks: 2 });
  walk(element.children, builder);
  builder.closeBlock({
    trailingLineBreaks: 2,
    blockTransform: (text) => ["```", text.replace(/^\n|\n$/g, ""), "```"].join("\n"),
  });
}

function formatImage(...[element, , builder]: Parameters<FormatCallback>): void {
  const { alt } = element.attribs as { alt?: string };
  if (alt !== undefined && alt !== "") builder.addInline(alt);
}

function onOneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, " ");
}
