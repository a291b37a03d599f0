import { readFileSync } from "node:fs";
import { z } from "zod";
import type { RepositoryId } from "../shared/repository.ts";
import { AssistantError, messageOf } from "../shared/errors.ts";

/** What a workflow was started by. */
export interface ActionEvent {
  /** Webhook name: `pull_request_target` is a pull request to us. `schedule` and `workflow_dispatch` are no webhooks. */
  name: string;
  payload: Record<string, unknown>;
  /** Unique for each try of a run. */
  id: string;
  repository: RepositoryId;
  /** GitHub gives events of forks a token that may not write. */
  fromFork: boolean;
}

/** The rest is handed on as it came. */
const payloadSchema = z.looseObject({
  pull_request: z
    .looseObject({ head: z.looseObject({ repo: z.looseObject({ full_name: z.string() }).nullable() }) })
    .optional(),
});

/**
 * The event of this run, as the runner tells it.
 * Errors: AssistantError `no-action` where a variable is missing, `bad-event` where its file cannot be read.
 */
export function readActionEvent(env: NodeJS.ProcessEnv, host: string): ActionEvent {
  const started = required(env, "GITHUB_EVENT_NAME");
  const [owner = "", name = ""] = required(env, "GITHUB_REPOSITORY").split("/");
  const payload = readPayload(required(env, "GITHUB_EVENT_PATH"));
  const head = payload.pull_request?.head.repo;
  const isFork = payload.pull_request !== undefined && head?.full_name !== `${owner}/${name}`;
  return {
    name: started === "pull_request_target" ? "pull_request" : started,
    // Webhooks of apps name their installation; a workflow has a token instead.
    payload: { ...payload, installation: { id: 1 } },
    id: `${required(env, "GITHUB_RUN_ID")}-${env["GITHUB_RUN_ATTEMPT"] ?? "1"}`,
    repository: { host, owner, name },
    fromFork: isFork && started !== "pull_request_target",
  };
}

/** Errors: AssistantError `no-action`. */
export function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value) return value;
  throw new AssistantError(`${name} is not set`, {
    code: "no-action",
    remedy:
      name === "GITHUB_TOKEN"
        ? "Hand the workflow's token over: env: GITHUB_TOKEN: ${{ github.token }} (action.yml does so)."
        : "This verb is for GitHub Actions, whose runner sets it. On a clone use: assistant review.",
  });
}

function readPayload(path: string): z.infer<typeof payloadSchema> {
  try {
    return payloadSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    throw new AssistantError(`the event's file ${path} cannot be read: ${messageOf(error)}`, {
      code: "bad-event",
      remedy: "GITHUB_EVENT_PATH must name the JSON file that the runner wrote.",
      cause: error,
    });
  }
}
