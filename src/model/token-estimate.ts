/**
 * How many tokens a text has, for servers that do not tell. Tokenizers differ by a factor of two; these two bounds hold for the
 * byte-pair and sentence-piece vocabularies that models are trained with (docs/models.md has the measured distance).
 */

/**
 * Hardly ever less than a tokenizer makes of the text: a token for each three letters of a word, each digit, each other visible
 * character and each run of white space up to eight, and for each byte of what is not ASCII.
 */
export function mostTokens(text: string): number {
  let tokens = 0;
  for (const [part] of text.matchAll(/[A-Za-z]+|[ \t]+|[^A-Za-z \t]+/g)) {
    if (/^[A-Za-z]/.test(part)) tokens += Math.ceil(part.length / 3);
    else if (/^[ \t]/.test(part)) tokens += Math.ceil(part.length / 8);
    else tokens += Buffer.byteLength(part);
  }
  return tokens;
}

/** Never more than a tokenizer makes of it: words are not joined, and no token is longer than a long word. */
export function leastTokens(text: string): number {
  let tokens = 0;
  for (const [word] of text.matchAll(/\p{L}+/gu)) tokens += Math.ceil(word.length / 64);
  return tokens;
}
