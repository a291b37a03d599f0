/**
 * Text from GitHub without what its readers there do not see: HTML comments, zero-width and bidirectional controls, Unicode
 * tag characters, variation selectors beyond emoji, control characters. Hidden text is how instructions are smuggled to a
 * model past the people who read the same page. Comments shown in code blocks go too. Line ends become `\n`.
 */
export function sanitize(text: string): string {
  return withoutComments(text.replace(/\r\n?/g, "\n").replace(invisible, ""));
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

const invisible = new RegExp(
  "[" +
    "\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F" + // controls but tab and line feed
    "\\u00AD\\u034F\\u061C\\u115F\\u1160\\u17B4\\u17B5\\u180B-\\u180F\\u3164\\uFFA0" + // soft hyphen, fillers, joiners
    "\\u200B-\\u200F\\u202A-\\u202E\\u2060-\\u206F\\uFEFF\\uFFF9-\\uFFFB" + // zero-width, bidi, annotations
    "\\u{E0000}-\\u{E007F}\\u{E0100}-\\u{E01EF}" + // tags, variation selectors supplement
    "]",
  "gu",
);
