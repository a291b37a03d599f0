import { z } from "zod";
import { limits } from "../shared/limits.ts";
import { choiceProblem } from "./model-choice.ts";

const modelName = z.string();

/** One model, or models in order of preference; an inner list names peers that hold the same weights. */
const modelChoice = z
  .union([modelName, z.array(z.union([modelName, z.array(modelName).min(1)])).min(1)], {
    error: "must be a model, or a list of models in which an inner list names peers with the same weights",
  })
  .superRefine((choice, context) => {
    const problem = choiceProblem(choice);
    if (problem !== null) context.addIssue({ code: "custom", message: problem });
  })
  .default("auto");

const orAuto = <T extends z.ZodType>(schema: T, error: string) => z.union([z.literal("auto"), schema], { error });

const loraAdapter = z.strictObject({
  model: z
    .string()
    .min(1)
    .optional()
    .describe("The model it belongs to, as the roles name it; without: every local model."),
  path: z.string().min(1).describe("A GGUF adapter; relative to this file."),
  scale: z.number().min(-10).max(10).default(1).describe("1 is as trained."),
});

const llamaSection = z
  .strictObject({
    context_tokens: z
      .int()
      .min(256)
      .max(1_048_576)
      .default(limits.contextTokens)
      .describe("Tokens of a prompt with its answer; the model's own training context caps it."),
    slots: orAuto(z.int().min(1).max(64), "must be auto or a whole number from 1 to 64")
      .default("auto")
      .describe("Requests at once, each with a cache of its own; `auto`: the cores, as far as the memory goes."),
    gpu: z
      .union([z.enum(["auto", "cuda", "vulkan", "metal"]), z.literal(false)], {
        error: "must be auto, cuda, vulkan, metal or false",
      })
      .default("auto")
      .describe("`false`: the processor alone. `auto` takes a GPU where there is one and its binaries are installed."),
    gpu_layers: z
      .union([z.enum(["auto", "max"]), z.int().min(0).max(1_000)], { error: "must be auto, max or a number of layers" })
      .default("auto")
      .describe("Layers on the GPU: `auto` as many as fit, `max`, or a number; several GPUs share them."),
    mmap: orAuto(z.boolean(), "must be auto, true or false")
      .default("auto")
      .describe("Map the file of weights instead of reading it."),
    mlock: z.boolean().default(false).describe("Keep the weights from being swapped out."),
    numa: z
      .union([z.literal(false), z.enum(["distribute", "isolate", "numactl", "mirror"])], {
        error: "must be false, distribute, isolate, numactl or mirror",
      })
      .default(false)
      .describe("How threads and memory lie on a machine with several NUMA nodes."),
    kv_type: z
      .enum(["f16", "q8_0", "q4_0"])
      .default("f16")
      .describe(
        "Of the key-value cache; `q8_0` and `q4_0` take half and a quarter of the memory and are slower on a processor.",
      ),
    flash_attention: orAuto(z.boolean(), "must be auto, true or false")
      .default("auto")
      .describe("A `kv_type` other than `f16` needs it."),
    lora: z.array(loraAdapter).max(limits.loraAdapters).default([]).describe("Adapters (LoRA) laid over the weights."),
    request_seconds: z
      .int()
      .min(1)
      .max(86_400)
      .default(limits.modelRequestMs / 1_000)
      .describe("A request that takes longer is cancelled."),
    queue: z
      .int()
      .min(0)
      .max(10_000)
      .default(limits.modelQueue)
      .describe("Requests that wait for one model; the next one is told that it is busy."),
  })
  .superRefine(({ kv_type: kvType, flash_attention: flash }, context) => {
    if (kvType === "f16" || flash !== false) return;
    context.addIssue({ code: "custom", path: ["kv_type"], message: `${kvType} needs flash_attention` });
  })
  .prefault({});

const httpSection = z
  .strictObject({
    api_key_env: z
      .string()
      .regex(/^[A-Za-z_]\w*$/, "must be the name of an environment variable, never the key itself")
      .default("MODEL_API_KEY")
      .describe("The environment variable that holds the servers' key; never the key itself."),
    request_seconds: z
      .int()
      .min(1)
      .max(86_400)
      .default(limits.modelRequestMs / 1_000)
      .describe("A request that takes longer is cancelled."),
    queue: z
      .int()
      .min(0)
      .max(10_000)
      .default(limits.modelQueue)
      .describe("Requests that wait for one server; the next one is told that it is busy."),
    slots: z.int().min(1).max(256).default(limits.httpSlots).describe("Requests that one server is sent at once."),
  })
  .prefault({});

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
        .describe("`github.com`, or the host of a GitHub Enterprise Server."),
      protocol: z.enum(["https", "http"]).default("https").describe("`http` is for a test server only."),
      app_id: z
        .int()
        .positive()
        .optional()
        .describe("App ID on the settings page of your GitHub App. Required by `assistant serve`."),
      private_key: z
        .string()
        .optional()
        .describe("The key itself instead of its file: PEM text, also with `\\n` for line ends, or base64."),
      private_key_path: z
        .string()
        .optional()
        .describe("The `.pem` file that GitHub offered for download. Required, unless `private_key` is set."),
      webhook_secret: z
        .string()
        .optional()
        .describe(
          "The same as on the settings page, at least 16 characters. Required, but not with `assistant serve --poll`.",
        ),
      webhook_secret_previous: z
        .string()
        .optional()
        .describe("The secret before it: accepted too while the secret is changed, at least 16 characters."),
      poll_seconds: z
        .int()
        .min(10)
        .max(3_600)
        .default(60)
        .describe("With `serve --poll`: how often GitHub is asked what is new."),
      command_bots: z
        .array(z.int().positive())
        .max(limits.commandBots)
        .default([])
        .describe(
          "Ids of bots whose commands are heeded like those of people: their role in the repository is asked. All other bots are ignored.",
        ),
    })
    .prefault({}),
  server: z
    .strictObject({
      host: z.string().min(1).default("127.0.0.1").describe("Address to listen on; `0.0.0.0` in a container."),
      port: z.int().min(0).max(65_535).default(3000).describe("Port to listen on; `0` takes a free one."),
      metrics_token: z
        .string()
        .min(limits.webhookSecretCharacters)
        .optional()
        .describe("Who sends it as a bearer token may read `/metrics` from anywhere; without, this machine alone may."),
      dashboard_token: z
        .string()
        .min(limits.webhookSecretCharacters)
        .optional()
        .describe("Who signs in with it may see `/dashboard` from anywhere; without, this machine alone may."),
    })
    .prefault({}),
  retention: z
    .strictObject({
      days: z
        .int()
        .min(limits.deliveryRetentionDays)
        .max(3_650)
        .default(90)
        .describe("How long failed jobs, outcomes and what belongs to repositories that nobody works in are kept."),
    })
    .prefault({}),
  jobs: z
    .strictObject({
      concurrency: z.int().min(1).max(16).default(1).describe("Jobs that run at the same time."),
      queue: z
        .string()
        .regex(/^(?:sqlite|rediss?:\/\/.+)$/, "is neither sqlite nor redis://HOST:PORT")
        .default("sqlite")
        .describe("Where jobs wait: a file (`sqlite`), or `redis://HOST:PORT` for several machines."),
    })
    .prefault({}),
  models: z
    .strictObject({
      coding: modelChoice.describe(
        "`auto`, `none`, a name from `assistant models list`, the path of a GGUF file, or `http://host:port/v1#model`; or a list of them..",
      ),
      research: modelChoice.describe("As `models.coding`; for issues and documents."),
      llama: llamaSection,
      http: httpSection,
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
  hygiene: z
    .strictObject({
      link_hosts: z
        .array(z.string().regex(/^[a-z0-9.-]+(:\d+)?$/i, "must be a host name, without https:// and path"))
        .max(limits.linkHosts)
        .default([])
        .describe(
          "Hosts whose `https` addresses stay links where a comment quotes them; all others are shown as text. Exactly these, not the hosts below them.",
        ),
    })
    .prefault({}),
  implement: z
    .strictObject({
      registries: z
        .array(z.url({ protocol: /^https?$/, error: "must be an http or https URL" }))
        .max(limits.sandboxRegistries)
        .default([])
        .describe(
          "Package registries that a repository's dependencies may come from; empty: those that npm and pip are configured for.",
        ),
      tools: z
        .array(z.string().regex(/^\/./, "must be an absolute path"))
        .max(limits.sandboxTools)
        .default([])
        .describe(
          "Folders with further tools (a toolchain, an SDK), readable in the sandbox; their `bin` is on `PATH`.",
        ),
      minutes: z
        .int()
        .min(1)
        .max(limits.commandMinutesMost)
        .default(limits.sandboxRunMs / 60_000)
        .describe("The most minutes that one command may take, whatever a repository asks for."),
      image: z
        .string()
        .min(1)
        .optional()
        .describe(
          "Container image with the tools, for machines where bubblewrap cannot run but rootless Podman or Docker can.",
        ),
    })
    .prefault({})
    .describe("Where the commands of a repository run when a change is implemented."),
  log_level: z
    .enum(["trace", "debug", "info", "warn", "error", "fatal"])
    .default("info")
    .describe("Least level that is logged."),
});

export type ServerFile = z.output<typeof serverFileSchema>;

/** The `models` section of an empty file. */
export const defaultModels: ServerFile["models"] = serverFileSchema.shape.models.parse({});

/** Environment variables and the key that each one overrides. ASSISTANT_HOME stands apart: it says where the file is. */
export const environmentKeys = {
  APP_ID: ["github", "app_id"],
  PRIVATE_KEY: ["github", "private_key"],
  PRIVATE_KEY_PATH: ["github", "private_key_path"],
  WEBHOOK_SECRET: ["github", "webhook_secret"],
  WEBHOOK_SECRET_PREVIOUS: ["github", "webhook_secret_previous"],
  GHE_HOST: ["github", "host"],
  GHE_PROTOCOL: ["github", "protocol"],
  HOST: ["server", "host"],
  PORT: ["server", "port"],
  METRICS_TOKEN: ["server", "metrics_token"],
  DASHBOARD_TOKEN: ["server", "dashboard_token"],
  QUEUE_URL: ["jobs", "queue"],
  CODING_MODEL: ["models", "coding"],
  RESEARCH_MODEL: ["models", "research"],
  LOG_LEVEL: ["log_level"],
} as const satisfies Record<string, readonly string[]>;
