import type { RealTask } from "./real-task.ts";

/** Commits of public repositories that changed one source file without further packages, and its test; shortest files first. */
export const realTasks: readonly RealTask[] = [
  {
    repository: "better-auth/better-auth",
    commit: "74270029c75c1d6b1e99687f584a1945f0df40e9",
    source: "docs/lib/ai-chat/error.ts",
    test: "docs/lib/ai-chat/error.test.ts",
  },
  {
    repository: "vercel/ai",
    commit: "ec9826499942422d6f4df6d2b8e99f648bd037b0",
    source: "packages/ai/src/telemetry/telemetry-integration-registry.ts",
    test: "packages/ai/src/telemetry/telemetry-integration-registry.test.ts",
  },
  {
    repository: "getsentry/sentry-javascript",
    commit: "75b183d6ce960afd8469568ce660b799788aafc7",
    source: "packages/cloudflare/src/options.ts",
    test: "packages/cloudflare/test/options.test.ts",
  },
  {
    repository: "getsentry/sentry-javascript",
    commit: "9390bc7ffdc82fd8326d3b28e1381376ff12bcb3",
    source: "packages/core/src/integrations/http/get-request-url.ts",
    test: "packages/core/test/lib/integrations/http/get-request-url.test.ts",
  },
  {
    repository: "getsentry/sentry-javascript",
    commit: "4034c523a6a33722ace4e9678a4a6e871e7aaeb5",
    source: "packages/core/src/utils/chain-and-copy-promiselike.ts",
    test: "packages/core/test/lib/utils/chain-and-copy-promiselike.test.ts",
  },
  {
    repository: "vercel/ai",
    commit: "b9ac19f18abc7544e84d750df5a2cd08f9c96fe6",
    source: "packages/ai/src/util/write-to-server-response.ts",
    test: "packages/ai/src/util/write-to-server-response.test.ts",
  },
  {
    repository: "renovatebot/renovate",
    commit: "3765595370e2603b555a792f401582695ec2dd53",
    source: "lib/util/exec/env.ts",
    test: "lib/util/exec/env.spec.ts",
  },
  {
    repository: "vercel/ai",
    commit: "1937bef4b48fd5c940a2ba35ec2ff41d374c455c",
    source: "packages/provider-utils/src/is-url-supported.ts",
    test: "packages/provider-utils/src/is-url-supported.test.ts",
  },
  {
    repository: "vercel/ai",
    commit: "824b2956d0dab5e1044a4abb64eca262039bc839",
    source: "packages/provider-utils/src/secure-json-parse.ts",
    test: "packages/provider-utils/src/secure-json-parse.test.ts",
  },
  {
    repository: "getsentry/sentry-javascript",
    commit: "ecb41114ca1e3364c7530977f554a84144ab1587",
    source: "packages/core/src/utils/debug-ids.ts",
    test: "packages/core/test/lib/utils/debug-ids.test.ts",
  },
  {
    repository: "renovatebot/renovate",
    commit: "78e5977977d2f0529ee1c2c621060aefea180241",
    source: "lib/config/global.ts",
    test: "lib/config/global.spec.ts",
  },
  {
    repository: "better-auth/better-auth",
    commit: "a6f144ad0a8ef702969cf49c999ccd073eb1ffa6",
    source: "packages/better-auth/src/client/parser.ts",
    test: "packages/better-auth/src/client/parser.test.ts",
  },
  {
    repository: "better-auth/better-auth",
    commit: "f7bc1c73490d657a8ffa92a58ecfa9d8403d4fda",
    source: "packages/oauth-provider/src/schema.ts",
    test: "packages/oauth-provider/src/schema.test.ts",
  },
  {
    repository: "better-auth/better-auth",
    commit: "cc007db951f1d30c208cb712b019b39decb15482",
    source: "packages/better-auth/src/db/get-tables.ts",
    test: "packages/better-auth/src/db/get-tables.test.ts",
  },
  {
    repository: "getsentry/sentry-javascript",
    commit: "d2df7f6d79165a84d601cb8bc98e71c3ec42c250",
    source: "packages/core/src/vendor/getIpAddress.ts",
    test: "packages/core/test/lib/vendor/getClientIpAddress.test.ts",
  },
  {
    repository: "better-auth/better-auth",
    commit: "fa01ca95e3b1d2a9b3cd7367463d1fad41753f9c",
    source: "packages/core/src/env/logger.ts",
    test: "packages/core/src/env/logger.test.ts",
  },
  {
    repository: "getsentry/sentry-javascript",
    commit: "53e6b6353e42862e6b3c26f511fa24ddb37be170",
    source: "packages/core/src/utils/node-stack-trace.ts",
    test: "packages/core/test/lib/utils/stacktrace.test.ts",
  },
  {
    repository: "getsentry/sentry-javascript",
    commit: "10211f432addf326d36fc168be59924e4ccaca43",
    source: "packages/nextjs/src/config/getBuildPluginOptions.ts",
    test: "packages/nextjs/test/config/getBuildPluginOptions.test.ts",
  },
  {
    repository: "vercel/ai",
    commit: "ecd916953720da85a278ff7abb80db46d5545c7b",
    source: "packages/harness-opencode/src/bridge/create-emit-stream-event.ts",
    test: "packages/harness-opencode/src/bridge/create-emit-stream-event.test.ts",
  },
  {
    repository: "vercel/ai",
    commit: "8d05a5574aed8533df3f8e2e6a019cbf15bd4a15",
    source: "packages/harness-acp/src/v1/bridge/stream-translator.ts",
    test: "packages/harness-acp/src/v1/bridge/stream-translator.test.ts",
  },
];
