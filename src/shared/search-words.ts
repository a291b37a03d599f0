const IDENTIFIER = /[\p{L}_$][\p{L}\p{N}_$]*/gu;
const PART_BOUNDARY = /[_$\d]+|(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;

/** Identifiers and words of a text as they stand, with repetitions. */
export function identifiersIn(text: string): string[] {
  return text.match(IDENTIFIER) ?? [];
}

/** Lower-cased parts of an identifier: `parseHTTPBody_2` → parse, http, body. Single letters are left out. */
export function partsOf(identifier: string): string[] {
  return identifier
    .split(PART_BOUNDARY)
    .filter((part) => part.length > 1)
    .map((part) => part.toLowerCase());
}

/** Words to search by, lower-cased, with repetitions: every identifier whole, and its parts where it has several. */
export function searchWords(text: string): string[] {
  return identifiersIn(text).flatMap((identifier) => {
    const parts = partsOf(identifier);
    const whole = identifier.toLowerCase();
    if (whole.length < 2) return [];
    return parts.length > 1 || (parts[0] ?? whole) !== whole ? [whole, ...parts] : [whole];
  });
}
