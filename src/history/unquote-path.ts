/** A path as git prints it: in quotes, with C's escapes, where it has control characters, quotes or backslashes in it. */
export function unquotePath(printed: string): string {
  if (!printed.startsWith('"') || !printed.endsWith('"') || printed.length < 2) return printed;
  const parts: Buffer[] = [];
  const pattern = /\\([0-3][0-7]{2})|\\(.)|[^\\]+/gs;
  for (const [whole, octal, letter] of printed.slice(1, -1).matchAll(pattern)) {
    if (octal !== undefined) parts.push(Buffer.of(Number.parseInt(octal, 8)));
    else parts.push(Buffer.from(letter === undefined ? whole : (escapes[letter] ?? letter)));
  }
  return Buffer.concat(parts).toString("utf8");
}

const escapes: Record<string, string> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};
