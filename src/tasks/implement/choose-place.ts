import type { ImplementPlace } from "../../publish/implement-outcome.ts";
import type { Message, Model } from "../../model/model.ts";
import { limits } from "../../shared/limits.ts";
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
  const model = await chooser(models);
  const options = places.map(nameOf);
  if (model === null || new Set(options).size < options.length) return [...places];
  const messages = question(request, places, "Which place has to be changed?");
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

/**
 * Those of the other places that have to be changed beside the first one, each asked for by itself; none where no model has
 * qualified for choices.
 * Errors: the signal's reason.
 */
export async function chooseOthers(
  first: ImplementPlace,
  others: readonly ImplementPlace[],
  { request, models, tools }: ImplementInput,
  usage: Usage,
  signal: AbortSignal,
): Promise<ImplementPlace[]> {
  const model = others.length === 0 ? null : await chooser(models);
  if (model === null) return [];
  const chosen: ImplementPlace[] = [];
  for (const place of others.slice(0, limits.implementPlaces)) {
    const asked = `${nameOf(first)} is changed for the request. Has ${nameOf(place)} to be changed for it, too?`;
    try {
      const messages = question(request, [first, place], asked);
      const { option } = await tools.decide(model, { messages, options: ["no", "yes"], signal });
      usage.prompts++;
      const reason = `${place.reason}; chosen by ${model.identity.name}`;
      if (option === "yes") chosen.push({ ...place, reason });
    } catch {
      signal.throwIfAborted();
      return chosen;
    }
  }
  return chosen;
}

async function chooser(models: ImplementInput["models"]): Promise<Model | null> {
  const { model } = await models.modelFor("research");
  return model !== null && models.qualified(model.identity, "label").allowed ? model : null;
}

function nameOf({ path, symbol, startLine }: ImplementPlace): string {
  return `${path}:${symbol ?? startLine}`;
}

function question(request: ImplementInput["request"], places: readonly ImplementPlace[], asked: string): Message[] {
  const blocks = [
    { title: "REQUEST", text: `${request.title}\n${request.body}\n${request.argument}`.slice(0, 1_500) },
    ...places.map((place) => ({
      title: nameOf(place),
      text: (place.evidence[0]?.text ?? "").split("\n").slice(0, shownLines).join("\n"),
    })),
  ];
  return [
    { role: "system", content: `You choose the place in the code that a request is about.\n${materialRule}` },
    { role: "user", content: `${renderMaterial(blocks)}\n\n${asked}` },
  ];
}
