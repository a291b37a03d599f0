/** A text as the classifier reads it. */
export interface TaskText {
  /** The first sentence without courtesies, with its code masked: where the verb stands. */
  opening: string;
  /** The rest. */
  rest: string;
}

/** Names of code are not words: `describe()` asks for no description. */
const code = /`[^`\n]*`|```[\s\S]*?```|[\p{L}_$][\p{L}\d_$.]*\(\)|(?:[\w.-]+\/)+[\w.-]+|\b\w+\.\w{1,4}\b(?<!\.md)/gu;

const courtesies = new RegExp(
  "^(?:" +
    [
      "@[\\w-]+",
      "/assistant(?:\\s+answer)?",
      "(?:please|pls|plz|kindly|bitte|thx|thanks|hi|hello|hey|ok|so|and|also|just|maybe|then|now|s'il te plaît|por favor)(?![\\p{L}\\d_'])",
      "(?:could|can|would|will) (?:you|we|u)(?: please| just| maybe| also)?(?: be so kind (?:as )?to)?(?![\\p{L}'])",
      "(?:i'd like|i would like|i want|we want|we'd like|i need|it would be (?:nice|great) (?:if|to))(?: you)? to(?! (?:know|see|understand))",
      "(?:you should|we should|we must|we have to|let's|let us|do)(?= \\p{L})(?! (?:any|we|not|you))",
      "(?:please )?to(?= \\p{L})",
      "(?:feature request|feature|task|todo|ticket|chore|qa|ci)\\s*:",
      "[\\s,.:;!-]+",
    ].join("|") +
    ")",
  "iu",
);

/** @param text at most as long as its caller reads */
export function readTask(text: string): TaskText {
  let plain = text.replace(code, (match) => (/^[\p{L}_$]/u.test(match) || match.startsWith("`") ? " it " : " "));
  plain = plain.replace(/[^\S\n]+/g, " ");
  for (;;) {
    const rest = plain.trimStart().replace(courtesies, "");
    if (rest === plain) break;
    plain = rest;
  }
  const end = /[.!?](?=\s)|\n/.exec(plain);
  const cut = end === null ? plain.length : end.index + 1;
  return { opening: plain.slice(0, cut).trim(), rest: plain.slice(cut).trim() };
}
