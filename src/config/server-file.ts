import { z } from "zod";
import { limits } from "../shared/limits.ts";

const modelChoice = z.string().min(1).default("auto");

const repositoryName = z
  .string()
  .regex(/^[\w.-]+\/[\w.-]+$/, "must be owner/name, as GitHub calls it")
  .refine((name) => !/(^|\/)\.{1,2}($|\/)/.test(name), "must be owner/name, as GitHub calls it");

/**
 * `config.yml` in ASSISTANT_HOME. This one schema is the type, the check, the editor's JSON schema (docs/schemas) and the
 * list that docs/configuration.md is held against.
 */
export const serverFileSchema = z.strictObject({
  github: z
    .strictObject({
      host: z
        .string()
        .regex(/^[a-z0-9.-]+(:\d+)?$/i, "must be a host name, without https:// and path")
        .default("github.com")
        .describe("github.com, or the host of a GitHub Enterprise Server."),
      protocol: z.enum(["https", "http"]).default("https").describe("http is for a test server only."),
      app_id: z.int().positive().optional().describe("App ID on the settings page of the GitHub App."),
      private_key: z
        .string()
        .optional()
        .describe("The app's private key: PEM text, also with \\n for line ends, or base64."),
      private_key_path: z.string().optional().describe("A file with the private key; relative to this file."),
      webhook_secret: z.string().optional().describe("The app's webhook secret, at least 16 characters."),
    })
    .prefault({}),
  server: z
    .strictObject({
      host: z.string().min(1).default("127.0.0.1").describe("Address to listen on; 0.0.0.0 in a container."),
      port: z.int().min(0).max(65_535).default(3000).describe("Port to listen on; 0 takes a free one."),
    })
    .prefault({}),
  jobs: z
    .strictObject({
      concurrency: z.int().min(1).max(16).default(1).describe("Jobs that run at the same time."),
    })
    .prefault({}),
  models: z
    .strictObject({
      coding: modelChoice.describe("auto, none, a name from `assistant models list`, or the path of a GGUF file."),
      research: modelChoice.describe("As coding; for issues and documents."),
    })
    .prefault({}),
  evidence: z
    .strictObject({
      repositories: z
        .array(
          z.strictObject({
            subject: repositoryName.describe("The repository whose pull requests and issues are answered."),
            from: z
              .array(repositoryName)
              .min(1)
              .max(limits.evidenceRepositories)
              .describe("Repositories whose code may be cited there."),
          }),
        )
        .default([])
        .describe("Repositories that may be cited in others, where everybody who reads the one may read the other."),
    })
    .prefault({}),
  log_level: z
    .enum(["trace", "debug", "info", "warn", "error", "fatal"])
    .default("info")
    .describe("Least level that is logged."),
});

export type ServerFile = z.output<typeof serverFileSchema>;

/** Environment variables and the key that each one overrides. ASSISTANT_HOME stands apart: it says where the file is. */
export const environmentKeys = {
  APP_ID: ["github", "app_id"],
  PRIVATE_KEY: ["github", "private_key"],
  PRIVATE_KEY_PATH: ["github", "private_key_path"],
  WEBHOOK_SECRET: ["github", "webhook_secret"],
  GHE_HOST: ["github", "host"],
  GHE_PROTOCOL: ["github", "protocol"],
  HOST: ["server", "host"],
  PORT: ["server", "port"],
  CODING_MODEL: ["models", "coding"],
  RESEARCH_MODEL: ["models", "research"],
  LOG_LEVEL: ["log_level"],
} as const satisfies Record<string, readonly string[]>;
