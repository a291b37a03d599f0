const mark = String.raw`(?:\/\/|#|\/\*+|<!--|--|;|%)\s*`;
const patterns = [
  /** A comment that begins or ends with dots, or says what is missing. */
  new RegExp(`^\\s*${mark}(?:\\.{3}|…)`),
  new RegExp(`^\\s*${mark}.*(?:\\.{3}|…)\\s*(?:\\*\\/|-->)?\\s*$`),
  new RegExp(`^\\s*${mark}.*\\b(?:rest|remainder) of (?:the|your|this)\\b`, "i"),
  new RegExp(
    `^\\s*${mark}.*\\b(?:existing|other|remaining|previous|same) (?:code|methods?|functions?|imports?|as before)\\b`,
    "i",
  ),
  new RegExp(
    `^\\s*${mark}.*\\b(?:your|implementation|logic|code) (?:code |logic |implementation )?(?:goes )?here\\b`,
    "i",
  ),
  new RegExp(`^\\s*${mark}\\s*TODO:? (?:implement|add|write|fill)\\b`, "i"),
  /** Dots alone are no statement in most languages; in Python they stand for a body. */
  /^\s*(?:\.{3}|…)\s*$/,
];

/** Lines that stand for code that was left out. 1-based. */
export function findElisions(code: string): { line: number; text: string }[] {
  return code.split("\n").flatMap((text, i) => {
    return patterns.some((pattern) => pattern.test(text)) ? [{ line: i + 1, text: text.trim() }] : [];
  });
}
