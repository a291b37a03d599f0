import type { Prompt } from "../../src/model/model.ts";
import { promptText } from "./fake-model.ts";

/** What of a prompt stands in no block of untrusted text. */
export function outsideBlocks(prompt: Prompt): string {
  const whole = promptText({ messages: prompt });
  const nonce = nonceOf(whole.slice(Math.max(0, whole.search(/^BEGIN [0-9a-f]{12} /m))));
  const kept: string[] = [];
  let inside = false;
  for (const line of whole.split("\n")) {
    if (line.startsWith(`BEGIN ${nonce} `)) inside = true;
    else if (line === `END ${nonce}`) inside = false;
    else if (!inside) kept.push(line);
  }
  return kept.join("\n");
}

/** The mark of a text's first block; empty where it begins with none. */
export function nonceOf(text: string): string {
  return /^BEGIN (\w+)/.exec(text)?.[1] ?? "";
}
