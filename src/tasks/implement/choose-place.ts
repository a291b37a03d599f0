import type { ImplementPlace } from "../../publish/implement-outcome.ts";
import { materialRule, renderMaterial } from "../ask/material.ts";
import type { ImplementInput } from "./input.ts";
import type { Usage } from "./usage.ts";

/** Lines of each place that a choice is made by: their heads say what they are. */
const shownLines = 6;

/**
 * The places with the one in front that a model would change, where it has qualified for choices; else as they are. It chooses
 * among what was found and cannot name another.
 * Errors: the signal's reason.
 */
export async function choosePlace(
  places: readonly ImplementPlace[],
  { request, models, tools }: ImplementInput,
  usage: Usage,
  signal: AbortSignal,
): Promise<ImplementPlace[]> {
  if (places.length < 2) return [...places];
  const { model } = await models.modelFor("research");
  if (model === null || !models.qualified(model.identity, "label").allowed) return [...places];
  const options = places.map(({ path, symbol, startLine }) => `${path}:${symbol ?? startLine}`);
  if (new Set(options).size < options.length) return [...places];
  const blocks = [
    { title: "REQUEST", text: `${request.title}\n${request.body}\n${request.argument}`.slice(0, 1_500) },
    ...places.map(({ evidence }, i) => ({
      title: options[i] ?? "",
      text: (evidence[0]?.text ?? "").split("\n").slice(0, shownLines).join("\n"),
    })),
  ];
  const messages = [
    { role: "system" as const, content: `You choose the place in the code that a request is about.\n${materialRule}` },
    { role: "user" as const, content: `${renderMaterial(blocks)}\n\nWhich place has to be changed?` },
  ];
  try {
    const { option } = await tools.decide(model, { messages, options, signal });
    usage.prompts++;
    const chosen = places[options.indexOf(option)];
    if (chosen === undefined) return [...places];
    const reason = `${chosen.reason}; chosen by ${model.identity.name}`;
    return [{ ...chosen, reason }, ...places.filter((place) => place !== chosen)];
  } catch {
    signal.throwIfAborted();
    return [...places];
  }
}
