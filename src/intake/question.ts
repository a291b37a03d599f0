import { limits } from "../shared/limits.ts";
import { plainLines } from "./command.ts";
import { sanitize } from "../shared/sanitize.ts";

export interface PlainQuestion {
  /** Without whom it is put to. */
  text: string;
  /** Lower-case names that it mentions; empty where it begins with `/assistant`. */
  mentions: string[];
}

/**
 * A question without a command, as people put it to somebody whom they talk with: `@name why?`, or `/assistant why?`. Null
 * where nobody is asked. Whether it is put to us is for whoever knows our name.
 */
export function readQuestion(body: string): PlainQuestion | null {
  // What is quoted was said by somebody else.
  const lines = plainLines(body).filter(({ text }) => !/^ {0,3}>/.test(text) && !/^ {0,3}(?:`{3,}|~{3,})/.test(text));
  const text = sanitize(lines.map((line) => line.text).join("\n"))
    .slice(0, limits.commandCharacters)
    .trim();
  const [, commanded] = /^\/assistant\b[ \t]*([\s\S]*)$/i.exec(text) ?? [];
  if (commanded !== undefined) return commanded.trim() === "" ? null : { text: commanded.trim(), mentions: [] };
  const mentions = Array.from(text.matchAll(mention), ([, name = ""]) => name.toLowerCase());
  const rest = text.replace(mention, "").replace(/\s+/g, " ").trim();
  return mentions.length === 0 || rest === "" ? null : { text: rest, mentions: [...new Set(mentions)] };
}

/** GitHub's names of people and apps, where GitHub would notify them. */
const mention = /(?<![\w`/@.-])@([a-z\d](?:[a-z\d-]{0,38}))(?![\w/])(?:\[bot\])?/gi;
