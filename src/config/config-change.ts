import { limits } from "../shared/limits.ts";
import { type ParsedRepositoryConfig, repositoryConfigPath } from "./repository-config.ts";

/**
 * What a change of the file would do, in Markdown, for the pull request that makes it.
 * @param before what holds now
 * @param after what would hold once it is merged
 * @param removed whether it takes the file away
 */
export function describeConfigChange(
  before: ParsedRepositoryConfig,
  after: ParsedRepositoryConfig,
  removed: boolean,
): string {
  const file = `\`${repositoryConfigPath}\``;
  const until = "Until it is merged, the file on the base branch counts.";
  if (after.problem !== null)
    return `This pull request changes ${file}, and merging it would not do what it says.\n\n${after.problem}\n\nCorrect it here. ${until}`;
  const does = removed ? `This pull request removes ${file}.` : `This pull request changes ${file}; its text is valid.`;
  const changes = differences(before.config, after.config);
  if (changes.length === 0) return `${does} Nothing changes in effect.`;
  const shown = changes.slice(0, limits.configChangesShown);
  const more = changes.length > shown.length ? [`- and ${changes.length - shown.length} more`] : [];
  return `${does} In effect:\n\n${[...shown, ...more].join("\n")}\n\n${until}`;
}

function differences(before: unknown, after: unknown, path = ""): string[] {
  if (isMapping(before) && isMapping(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => differences(before[key], after[key], path === "" ? key : `${path}.${key}`));
  }
  const [from, to] = [shownValue(before), shownValue(after)];
  return from === to ? [] : [`- ${code(path)}: ${code(from)} → ${code(to)}`];
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shownValue(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
}

/** A value may hold anything, and so may the name of a label: a backtick must not end the code span. */
function code(text: string): string {
  const cut = text.length > limits.configValueCharacters ? `${text.slice(0, limits.configValueCharacters)}…` : text;
  return `\`${cut.replaceAll("`", "'").replace(/\s+/g, " ")}\``;
}
