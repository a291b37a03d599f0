import { codeSpanParts, type Part } from "./code-spans.ts";

/**
 * Text from GitHub without what its readers there do not see: HTML comments, zero-width and bidirectional controls, Unicode
 * tag characters, variation selectors beyond emoji, control characters; and outside of code images with their alternative
 * texts, titles and definitions of links, attributes of HTML. Hidden text is how instructions are smuggled to a model past
 * the people who read the same page. Comments shown in code blocks go too. What is folded away stays: people put logs there,
 * and one click shows it. Line ends become `\n`.
 */
export function sanitize(text: string): string {
  const shown = withoutComments(withoutInvisible(text.replace(/\r\n?/g, "\n")).replace(entity, visibleEntity));
  const { parts, defined } = withoutDefinitions(shown);
  return parts.map(({ code, text: part }) => (code ? part : withoutHiddenMarkup(part, defined))).join("");
}

/** The text without characters that are not drawn; tabs and line feeds stay, and what makes an emoji of a sign. */
export function withoutInvisible(text: string): string {
  return text.replace(invisible, "").replace(/(\ufe0e|\ufe0f)(?:\ufe0e|\ufe0f)+/g, "$1");
}

/** Controls but tab and line feed; all that Unicode wants ignored where it cannot be drawn; what annotates other text. */
const invisible = new RegExp(
  "(?![\\t\\n])(?!\\ufe0e|\\ufe0f)" +
    "[\\p{Cc}\\p{Default_Ignorable_Code_Point}\\u{180b}-\\u{180f}\\u{fff9}-\\u{fffb}\\u{1d173}-\\u{1d17a}]",
  "gu",
);

const entity = /&#(?:x([0-9a-f]{1,6})|(\d{1,7}));|&(?:ZeroWidthSpace|shy|lrm|rlm|zwj|zwnj|NoBreak);/gi;

/** A character that is not drawn may also be written as a reference to it. */
function visibleEntity(reference: string, hex: string | undefined, decimal: string | undefined): string {
  const point = hex === undefined ? Number(decimal ?? 0x200b) : Number.parseInt(hex, 16);
  const isCharacter = point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
  return isCharacter && withoutInvisible(String.fromCodePoint(point)) === "" ? "" : reference;
}

/** One pass over the text: a regular expression would look for the end again from each `<!--` that has none. */
function withoutComments(text: string): string {
  let kept = "";
  let at = 0;
  for (;;) {
    const start = text.indexOf("<!--", at);
    if (start < 0) return kept + text.slice(at);
    const end = text.indexOf("-->", start + 4);
    if (end < 0) return kept + text.slice(at).replace(openComment, "");
    kept += text.slice(at, start);
    at = end + 3;
  }
}

/** Without an end, a comment at the start of a line hides all that follows; inside a line it is shown as it stands. */
const openComment = /^ {0,3}<!--[\s\S]*/m;

/**
 * `[name]: address "title"`: nobody sees them, and `[//]: # (text)` is a comment for those who know. As in all patterns here
 * the length of what is looked at is bounded, so that text made for it cannot take long.
 */
const definition =
  /^ {0,3}\[(?!\^)((?:[^[\]\\\n]|\\.){1,500})\]:[ \t]{0,9}\n?[ \t]{0,9}(?:<[^<>\n]{0,999}>|[^\s<]\S{0,1999})(?:(?:[ \t]{1,9}|[ \t]{0,9}\n[ \t]{0,9})(?:"[^"]{0,999}"|'[^']{0,999}'|\([^()]{0,999}\)))?[ \t]{0,9}(?:\n|$)/gm;

function withoutDefinitions(text: string): { parts: Part[]; defined: Set<string> } {
  const defined = new Set<string>();
  const parts = partsOf(text).map(({ code, text: part }) => {
    if (code) return { code, text: part };
    const kept = part.replace(definition, (_all, name: string) => {
      defined.add(labelOf(name));
      return "";
    });
    return { code, text: kept };
  });
  return { parts, defined };
}

function labelOf(name: string): string {
  return name.trim().replace(/\s+/g, " ").toLowerCase();
}

/** The text in order: fenced blocks and code spans, and what is between them. */
function partsOf(text: string): Part[] {
  return fencedParts(text).flatMap((part) => (part.code ? [part] : codeSpanParts(part.text)));
}

function fencedParts(text: string): Part[] {
  const parts: Part[] = [];
  let open = "";
  let start = 0;
  let at = 0;
  for (const line of text.split(/(?<=\n)/)) {
    const mark = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/.exec(line)?.[1] ?? "";
    const closes = open !== "" && mark.startsWith(open) && line.trim() === mark;
    if (open === "" && mark !== "") {
      parts.push({ code: false, text: text.slice(start, at) });
      [open, start] = [mark, at];
    }
    at += line.length;
    if (!closes) continue;
    parts.push({ code: true, text: text.slice(start, at) });
    [open, start] = ["", at];
  }
  return [...parts, { code: open !== "", text: text.slice(start) }];
}

const bracketed = String.raw`\[((?:[^\[\]\\]|\\.){0,500}(?:\[[^\[\]]{0,200}\][^\[\]]{0,200})?)\]`;
const inlineImage = new RegExp(String.raw`!${bracketed}\([^()]{0,1500}(?:\([^()]{0,200}\)[^()]{0,200})?\)`, "g");
const namedImage = new RegExp(String.raw`!${bracketed}(?:\[([^\[\]]{0,500})\])?`, "g");
const linkTitle =
  /(\]\([ \t\n]{0,9}(?:<[^<>\n]{0,999}>|[^\s()<>]{1,1500}(?:\([^\s()]{0,200}\)[^\s()]{0,200})?))[ \t\n]{1,9}(?:"[^"]{0,999}"|'[^']{0,999}'|\([^()]{0,999}\))[ \t\n]{0,9}\)/g;
const tagStart = /<([a-z][a-z0-9-]{0,30})(?=\s)/gi;
const attribute =
  /\s{1,99}[^\s"'<>=/]{1,200}(?:\s{0,9}=\s{0,9}(?:"[^"]{0,5000}"|'[^']{0,5000}'|[^\s"'<>`=]{1,5000}))?/y;
const tagEnd = /\s{0,99}\/?>/y;

function withoutHiddenMarkup(text: string, defined: ReadonlySet<string>): string {
  const plain = text
    .replace(inlineImage, "")
    .replace(namedImage, (all, alt: string, name: string | undefined) => (defined.has(labelOf(name || alt)) ? "" : all))
    .replace(linkTitle, "$1)");
  return withoutAttributes(plain);
}

/** `<a href="…" title="…">` is shown as what it holds; an image as nothing that could be read. */
function withoutAttributes(text: string): string {
  let kept = "";
  let at = 0;
  for (const { index, 0: start, 1: name = "" } of text.matchAll(tagStart)) {
    if (index < at) continue;
    let end = index + start.length;
    for (let length = lengthAt(attribute, text, end); length > 0; length = lengthAt(attribute, text, end))
      end += length;
    const closing = lengthAt(tagEnd, text, end);
    if (closing === 0) continue;
    kept += text.slice(at, index) + (/^img$/i.test(name) ? "" : `<${name}>`);
    at = end + closing;
  }
  return kept + text.slice(at);
}

/** Of what a sticky pattern matches at a place; 0 for nothing. */
function lengthAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}
