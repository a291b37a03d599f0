/** Kinds of personal data that can be told by their form alone. */
export const personalDataKinds = ["email", "ip", "phone"] as const;

export type PersonalDataKind = (typeof personalDataKinds)[number];

/** Lengths are bounded. A number is one of a telephone only with its country: others are too many things. */
const forms: Record<PersonalDataKind, RegExp> = {
  email: /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,24}/gu,
  ip: /(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.]*\d)|(?<![\w:])(?:[\da-f]{1,4}:){7}[\da-f]{1,4}(?![\w:])|(?<![\w:])(?:[\da-f]{1,4}:){2,6}:(?:[\da-f]{1,4}:){0,5}[\da-f]{1,4}(?![\w:])/gi,
  phone: /(?<![\w+])\+[1-9]\d{0,2}(?:[ ()./-]{0,3}\d){6,12}(?!\d)/g,
};

/** The text with the kind in the place of each, such as `[email]`. */
export function redactPersonalData(text: string, kinds: readonly PersonalDataKind[]): string {
  let clean = text;
  for (const kind of kinds) clean = clean.replace(forms[kind], `[${kind}]`);
  return clean;
}
