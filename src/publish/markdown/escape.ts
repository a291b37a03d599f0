/**
 * Untrusted text (paths, code, titles, commit subjects, words of a model) as GitHub Markdown that shows this text and
 * does nothing: no HTML, no links or images, no mentions, no references that GitHub would link or close.
 */

/** Breaks what GitHub finds in the rendered text, where a backslash is long gone: `@name`, `#12`, `www.`, `https://`. */
export const breaker = "\u200b";

/** Characters that steer a terminal or reorder text: shown as U+FFFD. Tab and line end are left. */
const steering = /(?![\t\n])[\p{Cc}\p{Surrogate}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Characters that are not drawn and make no other one: whatever they say is said to programs alone. */
const smuggled = /[\u{2060}-\u{2064}\u{206a}-\u{206f}\u{feff}\u{fff9}-\u{fffb}\u{e0000}-\u{e0fff}]/gu;

export function printable(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(steering, "\ufffd").replace(smuggled, "");
}

/** On one line, with white space collapsed. */
export function oneLine(text: string): string {
  return printable(text).replace(/\s+/g, " ").trim();
}

/** Plain text on one line. It may stand anywhere in a line of Markdown, also at its start. */
export function escapeText(text: string): string {
  return escapeLineStart(escapeWords(oneLine(text)));
}

/** Hosts, with their port where they have one, whose addresses stay links. */
let linkHosts: ReadonlySet<string> = new Set();

/** The operator's choice for the whole process; without one no address in a text is a link. */
export function allowLinksTo(hosts: readonly string[]): void {
  linkHosts = new Set(hosts.map((host) => host.toLowerCase()));
}

/** No sign that means something to Markdown or HTML, and none at the end that is the sentence's. */
const address =
  /(?<![\w:/.-])https:\/\/([\w-]{1,63}(?:\.[\w-]{1,63}){0,9}(?::\d{1,5})?)(?!\.?[\w:@-])(?:\/(?:[\w.~:/?#@!&'()+,;=%-]{0,1000}[\w/=#-])?)?/gi;

/** As escapeText, for a piece in the middle of a line: outer spaces stay. */
export function escapeWords(text: string): string {
  if (linkHosts.size === 0) return escapeSigns(text);
  let out = "";
  let end = 0;
  for (const { index, 0: url, 1: host = "" } of text.matchAll(address)) {
    if (!linkHosts.has(host.toLowerCase())) continue;
    out += `${escapeSigns(text.slice(end, index))}<${url}>`;
    end = index + url.length;
  }
  return out + escapeSigns(text.slice(end));
}

function escapeSigns(text: string): string {
  return printable(text)
    .replace(/\s+/g, " ")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/[\\`*_[\]|~$]/g, "\\$&")
    .replace(/@/g, `${breaker}@${breaker}`)
    .replace(/#(?=\d)|\bGH-(?=\d)|:(?=\/\/)|\bwww(?=\.)/gi, `$&${breaker}`)
    .replace(/(?<![0-9a-z])[0-9a-f]{7,}(?![0-9a-z])/gi, (hex) => hex.replace(/.{6}/g, `$&${breaker}`));
}

/** Keeps a line from becoming a heading, a list item or an underline. */
export function escapeLineStart(line: string): string {
  return line.replace(/^(\d*)([-+=#:.)])/, (start, digits: string, sign: string) =>
    digits !== "" && !".)".includes(sign) ? start : `${digits}\\${sign}`,
  );
}

/** A code span that holds exactly this text, on one line. Nothing in it is linked. */
export function codeSpan(text: string): string {
  const line = printable(text).replace(/\s/g, " ");
  if (line.trim() === "") return "` `";
  const fence = "`".repeat(longestRun(line) + 1);
  const pad = /^`|`$|^ .* $/.test(line) ? " " : "";
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** A fenced block; the fence is longer than any run of backticks in the text. `language` is a highlighter's name. */
export function codeBlock(text: string, language = ""): string {
  const fence = "`".repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${/^[a-z0-9+#-]{1,15}$/i.test(language) ? language : ""}\n${printable(text)}\n${fence}`;
}

/** Of backticks. */
function longestRun(text: string): number {
  let longest = 0;
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  return longest;
}
