import type { Message } from "../../model/model.ts";
import { type Block, materialRule, renderMaterial } from "../ask/material.ts";
import type { WriteTarget } from "./edit-target.ts";

const instructions = [
  "You change code of a repository as the task asks, and no further. You answer in exactly the form that is shown.",
  "Write every line of what you change: nothing is left out, and nothing else is changed. No explanation, only code.",
  materialRule,
].join("\n");

export interface EditPrompt {
  /** What is wanted, in our words. */
  task: string;
  target: WriteTarget;
  /** The request, the plan, examples: what may be left out first stands last. */
  blocks: readonly Block[];
  /** What was wrong with the last answer; null in the first round. */
  problems: string | null;
}

/** One job: one place, one form of answer, shown at the end, where small models heed it most. */
export function editPrompt({ task, target, blocks, problems }: EditPrompt): Message[] {
  const shown: Block[] = [
    ...blocks,
    ...(target.code === "" ? [] : [{ title: `CODE ${target.path}`, text: target.code }]),
    ...(problems === null ? [] : [{ title: "PROBLEMS OF YOUR LAST ANSWER", text: problems }]),
  ];
  const again = problems === null ? "" : " Your last answer had the problems above: write it anew without them.";
  return [
    { role: "system", content: instructions },
    { role: "user", content: `${renderMaterial(shown)}\n\nTask: ${task}${again}\n\n${formOf(target)}` },
  ];
}

/** The place is known: a model that need not name it cannot name it wrongly. */
function formOf({ path, form, symbol }: WriteTarget): string {
  const fence = path.endsWith(".md") ? "````" : "```";
  const block = (inside: string): string =>
    `Answer with one code block that begins with ${fence}${/\.(\w+)$/.exec(path)?.[1] ?? ""} and ends with ${fence}. It holds ${inside}, and nothing else.`;
  switch (form) {
    case "symbol":
      return block(`the whole new ${symbol}, from its head to its end`);
    case "file":
      return block(`the whole new text of ${path}`);
    case "new":
      return block(`the whole text of the new file ${path}`);
    case "append":
      return block(`the new lines alone, which will stand at the end of ${path}`);
    case "replace":
      return [
        "Answer in this form, and write nothing else. Copy the lines under SEARCH exactly from CODE, few, but such as stand there once:",
        `FILE: ${path}`,
        "<<<<<<< SEARCH",
        "(lines as they stand now)",
        "=======",
        "(lines that shall stand there instead)",
        ">>>>>>> REPLACE",
      ].join("\n");
  }
}
