import type { ImplementPlace } from "../../publish/implement-outcome.ts";
import { readMentions } from "../../retrieval/mentions.ts";
import { isProsePath, isTestPath } from "../../retrieval/ordinary-path.ts";
import { limits } from "../../shared/limits.ts";
import { chooseOthers } from "./choose-place.ts";
import type { ImplementInput } from "./input.ts";
import type { Usage } from "./usage.ts";

/** A place that is edited. */
export interface PlannedPlace {
  place: ImplementPlace;
  /** Whether the change goes on without it where nothing could be written there. */
  optional: boolean;
}

/**
 * Which of the places are changed, at most `limits.implementFiles`: all that were named behind the command; else the first,
 * and further code that the request names, or that a model says has to be changed, too, where it has qualified for choices.
 * A file that is to be made is brought into use where the request says.
 * Errors: the signal's reason.
 */
export async function planPlaces(
  places: readonly ImplementPlace[],
  named: boolean,
  input: ImplementInput,
  usage: Usage,
  signal: AbortSignal,
): Promise<PlannedPlace[]> {
  const { request, tree } = input;
  const [first, ...rest] = places;
  if (first === undefined) return [];
  const writes = request.task === "implement" || request.task === "plan";
  if (named || !writes) {
    const most = writes ? limits.implementFiles : 1;
    return places.slice(0, most).map((place) => ({ place, optional: false }));
  }
  const isNew = (await tree.read(first.path)) === null;
  const others = rest.filter(({ path }) => !isTestPath(path) && !isProsePath(path) && path !== first.path);
  const stated = others.filter((place) => isStated(place, input));
  const open = others.filter((place) => !stated.includes(place));
  const chosen = await chooseOthers(first, open, input, usage, signal);
  const further = [
    ...stated.map((place) => ({ place, optional: !isNew })),
    ...chosen.map((place) => ({ place, optional: true })),
  ];
  return [{ place: first, optional: false }, ...further].slice(0, limits.implementFiles);
}

/** The places that are not edited. */
export function unplanned(places: readonly ImplementPlace[], planned: readonly PlannedPlace[]): ImplementPlace[] {
  return places.filter(
    ({ path, startLine }) => !planned.some(({ place }) => place.path === path && place.startLine === startLine),
  );
}

/** Whether the request names its file or what it defines; a line of a stack trace only passes by. */
function isStated({ symbol, evidence }: ImplementPlace, { request }: ImplementInput): boolean {
  const lists = evidence.flatMap(({ contributions = [] }) => contributions.map(({ list }) => list));
  if (lists.includes("stack trace")) return false;
  const { identifiers } = readMentions(`${request.title}\n${request.body}\n${request.argument}`);
  const name = symbol?.split(".").at(-1);
  return lists.includes("named in the text") || (name !== undefined && identifiers.includes(name));
}
