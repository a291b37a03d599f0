import type { Message } from "../../model/model.ts";
import { type Block, materialRule, renderMaterial } from "../ask/material.ts";
import { type Passage, placeOfPassage } from "../ask/passage.ts";
import type { PartForm } from "./forms.ts";

const instructions = [
  "You answer from passages of documents. Write short, plain sentences; each says one thing that a passage says.",
  "Name the passages that a sentence rests on by their numbers. Use their words, names and numbers, and no others.",
  "Say nothing that no passage says.",
  materialRule,
].join("\n");

/** Earlier turns and passages as material, then what the person wants. */
export function researchPrompt(
  task: string,
  form: readonly PartForm[],
  passages: readonly Passage[],
  earlier: readonly Block[],
): Message[] {
  const blocks = [
    ...earlier,
    ...passages.map((passage) => ({ title: `PASSAGE ${passage.id} ${placeOfPassage(passage)}`, text: passage.text })),
  ];
  const wanted = form.map(({ key, ask }) => `${key}: ${ask}`).join("\n");
  return [
    { role: "system", content: instructions },
    { role: "user", content: `${renderMaterial(blocks)}\n\nQuestion: ${task}\n\nWrite:\n${wanted}` },
  ];
}
