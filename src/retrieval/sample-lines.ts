/** A little more is said in how a text begins than in how it ends. */
const HEAD_SHARE = 0.6;

/** The beginning and the end of a text that is longer than `characters`, cut at line ends where there are any. */
export function sampleLines(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const headEnd = Math.floor(characters * HEAD_SHARE);
  const tailStart = text.length - (characters - headEnd - 1);
  const lastLineEnd = text.lastIndexOf("\n", headEnd);
  const firstLineEnd = text.indexOf("\n", tailStart);
  // A line that is as long as the half of it is cut anywhere.
  const head = lastLineEnd > headEnd / 2 ? text.slice(0, lastLineEnd) : text.slice(0, headEnd);
  const tailIsLine = firstLineEnd >= 0 && firstLineEnd - tailStart < (text.length - tailStart) / 2;
  return `${head}\n${text.slice(tailIsLine ? firstLineEnd + 1 : tailStart)}`;
}
