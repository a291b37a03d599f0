const IDENTIFIER = /[\p{L}_$][\p{L}\p{N}_$]*/gu;
const PART_BOUNDARY = /[_$\d]+|(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;

/**
 * Words to search by, lower-cased, with repetitions: every identifier whole, and its parts where it has several
 * (`parseHTTPBody_2` → parsehttpbody_2, parse, http, body). Single letters are left out.
 */
export function searchWords(text: string): string[] {
  return (text.match(IDENTIFIER) ?? []).flatMap((identifier) => {
    const whole = identifier.toLowerCase();
    if (whole.length < 2) return [];
    const parts = identifier
      .split(PART_BOUNDARY)
      .filter((part) => part.length > 1)
      .map((part) => part.toLowerCase());
    return parts.length > 1 || (parts[0] ?? whole) !== whole ? [whole, ...parts] : [whole];
  });
}
