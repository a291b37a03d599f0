import { z } from "zod";
import type { FindingKind, Severity } from "../publish/outcome.ts";
import { messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { personalDataKinds } from "../shared/personal-data.ts";
import { explainIssues, parseYaml } from "./parse-yaml.ts";

/** Where maintainers configure the assistant; read from the base branch only. */
export const repositoryConfigPath = ".github/assistant.yml";

const findingKind = z.enum([
  "near-copy",
  "dangling-reference",
  "companion",
  "paired-test",
  "undone",
  "past-review",
  "rule",
  "linter",
  "secret",
  "model",
]) satisfies z.ZodType<FindingKind>;

const severity = z.enum(["low", "medium", "high"]) satisfies z.ZodType<Severity>;

/** `.github/assistant.yml`. As with the server's file, this schema is type, check and editor help in one. */
export const repositoryConfigSchema = z.strictObject({
  mode: z
    .enum(["preview", "mention", "auto"])
    .default("mention")
    .describe(
      "`preview` writes nothing; `mention` acts when somebody asks with `/assistant`; `auto` acts on every event.",
    ),
  language: z
    .enum(["en"], "must be en: English is the only language that the assistant writes yet")
    .default("en")
    .describe("Language of all that is written on GitHub. English is the only one yet."),
  models: z
    .strictObject({
      coding: modelName("reads changes, answers `/assistant implement` and judges past pull requests"),
      research: modelName("words answers and triage"),
    })
    .prefault({}),
  review: z
    .strictObject({
      enabled: z.boolean().default(true).describe("Whether pull requests are reviewed at all."),
      inline: z
        .array(findingKind)
        .default([])
        .describe("Kinds of findings that may be posted on lines whatever the repository's past says of them."),
      precision: z
        .number()
        .min(0.5)
        .max(1)
        .default(limits.inlinePrecision)
        .describe(
          "Share of findings of a kind that must have proved right in past pull requests here (lower bound), for it to be posted on lines unasked.",
        ),
      ignore: z
        .array(z.string().min(1).max(limits.globCharacters))
        .max(limits.ignoreGlobs)
        .default([])
        .describe("Globs of files that are not reviewed, for example `dist/**`."),
      paths: z
        .array(
          z.strictObject({
            match: z.string().min(1).max(limits.globCharacters).describe("Glob of files, for example `docs/**`."),
            ignore: z.boolean().default(false).describe("Whether these files are not reviewed; as in `review.ignore`."),
            instructions: z
              .string()
              .trim()
              .min(1)
              .max(limits.instructionCharacters)
              .optional()
              .describe("What whoever reads a change of these files should pay attention to."),
          }),
        )
        .max(limits.ignoreGlobs)
        .default([])
        .describe("Rules for the files that match a glob."),
      max_comments: z
        .int()
        .min(0)
        .max(limits.inlineCommentsMost)
        .default(limits.inlineComments)
        .describe("Comments on lines that one review may post."),
      drafts: z.boolean().default(false).describe("Whether drafts are reviewed unasked, before they are marked ready."),
      bots: z
        .boolean()
        .default(false)
        .describe("Whether pull requests of bots are reviewed unasked (Dependabot, Renovate, coding agents …)."),
      title_ignore: filterList(limits.titleFilterCharacters)
        .default(["WIP", "[skip review]"])
        .describe("Pull requests with one of these in their title are not reviewed unasked; whole words, in any case."),
      labels: z
        .strictObject({
          only: filterList(limits.labelCharacters)
            .default([])
            .describe("Only pull requests with one of these labels are reviewed unasked; empty: all."),
          never: filterList(limits.labelCharacters)
            .default([])
            .describe("Pull requests with one of these labels are not reviewed unasked."),
        })
        .prefault({}),
      branches: filterList(limits.globCharacters)
        .default([])
        .describe("Globs of base branches: only what goes into one of them is reviewed unasked; empty: all."),
      check: z
        .boolean()
        .default(false)
        .describe(
          'Whether a check run with annotations is written beside the review; its button "Re-run" asks for a review, which takes the role `write`.',
        ),
      push: z
        .enum(["off", "check", "comment"])
        .default("off")
        .describe(
          "Whether a push to a branch without a pull request is reviewed: not at all, as a check run, or as a comment on its newest commit.",
        ),
      severity: z
        .strictObject({
          inline: severity
            .default("low")
            .describe(
              "Least severity of a finding that may be posted on lines; a less severe one stands in the summary.",
            ),
          summary: severity
            .default("low")
            .describe(
              "Least severity of a finding that is told at all; the others are counted among what was withheld.",
            ),
        })
        .prefault({}),
      minutes: z
        .int()
        .min(1)
        .max(limits.reviewMinutesMost)
        .default(limits.reviewBudgetMs / 60_000)
        .describe("Minutes that a review may take; what a model has not read by then is named."),
      sample: z
        .strictObject({
          files: z
            .int()
            .min(1)
            .optional()
            .describe(
              "The most files of one change that a model reads, the riskiest first; the others are named. Unset: all. Code looks at all of them in any case.",
            ),
          lines: z.int().min(1).optional().describe("As `review.sample.files`, in changed lines."),
        })
        .prefault({})
        .describe(
          "For big changes: a model reads the riskiest files, and the others are named. Code always looks at all.",
        ),
      size_labels: z
        .record(z.string().trim().min(1).max(limits.labelCharacters), z.int().min(0))
        .refine((labels) => Object.keys(labels).length <= limits.filterEntries, "has too many labels")
        .default({})
        .describe(
          "Labels of the repository with the number of reviewed lines from which each holds, such as `size/L: 250`.",
        ),
      risk_label: z
        .string()
        .trim()
        .min(1)
        .max(limits.labelCharacters)
        .optional()
        .describe(
          "A label of the repository for pull requests with a finding of high severity; it is never taken off.",
        ),
    })
    .prefault({}),
  hygiene: z
    .strictObject({
      personal_data: z
        .array(z.enum(personalDataKinds))
        .default([])
        .describe("Kinds of personal data that are left out of all that is written, wherever it was quoted from."),
    })
    .prefault({}),
  triage: z
    .strictObject({
      enabled: z.boolean().default(true).describe("Whether issues are triaged at all."),
      labels: z
        .enum(["suggest", "add", "off"])
        .default("suggest")
        .describe(
          "Labels of the repository that fit: `suggest` names them in the comment, `add` puts them on the issue, `off` does neither. What anybody takes off an issue stays off.",
        ),
      precision: z
        .number()
        .min(0.5)
        .max(1)
        .default(limits.labelPrecision)
        .describe(
          "Share of a label's suggestions that must have been right for past issues here (lower bound), for it to be named.",
        ),
      command_role: z
        .enum(["read", "triage", "write", "maintain", "admin"])
        .default("triage")
        .describe("Least role of who may ask with `/assistant triage`."),
      close_duplicates: z
        .strictObject({
          after_days: z
            .int()
            .min(limits.duplicateDaysLeast)
            .max(limits.duplicateDaysMost)
            .describe(
              "Closes what repeats an open issue, this many days after the comment said so, unless anybody objects: by a comment, a 👎 on ours, or a changed label. Unset: nothing is ever closed.",
            ),
        })
        .optional()
        .describe(
          "Closes what repeats an open issue, after the comment has said so for these days. Absent: nothing is ever closed.",
        ),
    })
    .prefault({}),
  implement: z
    .strictObject({
      commands: z
        .array(
          z.strictObject({
            name: z.string().trim().min(1).max(limits.labelCharacters).describe("For example `test`."),
            run: z
              .union([
                z.string().trim().min(1).max(limits.commandCharacters),
                z.array(z.string().max(limits.commandCharacters)).min(1).max(limits.filterEntries),
              ])
              .describe("A line for `sh -c`, or a program with its arguments."),
          }),
        )
        .max(limits.implementCommands)
        .default([])
        .describe(
          "What a change made by `/assistant implement` must pass, in this order, in a sandbox without network; read from the default branch alone.",
        ),
      minutes: z
        .int()
        .min(1)
        .max(limits.commandMinutesMost)
        .default(limits.sandboxRunMs / 60_000)
        .describe(
          "Minutes that each of these commands may take, as far as the server allows them; then it is stopped and has failed.",
        ),
      protect: z
        .array(z.string().min(1).max(limits.globCharacters))
        .max(limits.ignoreGlobs)
        .default([])
        .describe(
          "Globs of files that `/assistant implement` must not change, beside workflows, lock files and the like.",
        ),
      approve: z
        .boolean()
        .default(false)
        .describe("Whether code is written only after a maintainer has seen the plan and asks again."),
      documents: z
        .string()
        .regex(
          /^(?!\.|.*(?:\.\.|\/\/))[\w.@-]+(?:\/[\w.@-]+)*\/?$/,
          "must be a folder of the repository, such as docs/plans",
        )
        .max(limits.globCharacters)
        .nullable()
        .default(null)
        .describe(
          "Folder that the plan of a change is committed into; without it the plan stands in the pull request.",
        ),
    })
    .prefault({}),
});

/** A name alone: a path or an address would let a repository open what its server has not chosen. */
function modelName(does: string) {
  return z
    .string()
    .max(limits.modelNameCharacters)
    .regex(
      /^(?!auto$)[A-Za-z0-9][\w.+-]*$/,
      "must be none, or the name of a model that the server has: no path, no address",
    )
    .optional()
    .describe(
      `The model that ${does}: \`none\`, or one that the server has for this role, by its name. Unset: the server's choice.`,
    );
}

/** Names, words or globs that say which pull requests are meant. */
function filterList(characters: number) {
  return z.array(z.string().trim().min(1).max(characters)).max(limits.filterEntries);
}

export type RepositoryConfig = z.output<typeof repositoryConfigSchema>;

export interface ParsedRepositoryConfig {
  config: RepositoryConfig;
  /** What is wrong with the file, in one line that can be shown on GitHub; then `config` is the defaults. */
  problem: string | null;
}

/**
 * Reads the file's text; null where there is none. Never throws: maintainers are told of `problem` once.
 * @param options.name of the file, as they know it
 * @param options.mode where a valid file, or none, names no mode
 */
export function parseRepositoryConfig(
  text: string | null,
  { name = repositoryConfigPath, mode }: { name?: string; mode?: RepositoryConfig["mode"] } = {},
): ParsedRepositoryConfig {
  const defaults = mode === undefined ? {} : { mode };
  const parsed = text === null ? { data: repositoryConfigSchema.parse(defaults) } : read(text, defaults);
  if ("data" in parsed) return { config: withIgnoredPaths(parsed.data), problem: null };
  return {
    config: repositoryConfigSchema.parse({}),
    problem: `${name} is not valid, so the defaults are used: ${parsed.wrong}`,
  };
}

function read(text: string, defaults: object): { data: RepositoryConfig } | { wrong: string } {
  if (text.length > limits.repositoryConfigCharacters)
    return { wrong: `longer than ${limits.repositoryConfigCharacters} characters` };
  let value: unknown;
  try {
    value = parseYaml(text);
  } catch (error) {
    return { wrong: messageOf(error).split("\n")[0] ?? "not YAML" };
  }
  const parsed = repositoryConfigSchema.safeParse(isMapping(value) ? { ...defaults, ...value } : value);
  if (parsed.success) return { data: parsed.data };
  return { wrong: explainIssues(parsed.error, repositoryConfigSchema, text).join("; ") };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A rule that ignores files is one more glob of those. */
function withIgnoredPaths(config: RepositoryConfig): RepositoryConfig {
  const { ignore, paths } = config.review;
  const more = paths.filter((rule) => rule.ignore).map(({ match }) => match);
  return { ...config, review: { ...config.review, ignore: [...ignore, ...more] } };
}
