import { z } from "zod";
import { askBody, codeBody, researchBody } from "./assistant-requests.ts";

/** The interface as an OpenAPI document, from the schemas that requests are checked with. */
export function assistantOpenApi(version: string): object {
  return {
    openapi: "3.1.0",
    info: {
      title: "Engram Assistant",
      version,
      description:
        "Research and code from engrams. With `Accept: text/event-stream` an answer comes as events: `status` {text}, " +
        "`passage` {passage}, `sentence` {part, sentence, sources}, `text` {text}, `restart` (what came before is void), " +
        "`done` (the whole answer) or `error`. Hanging up cancels.",
    },
    paths: {
      "/v1/research": { post: question("research", "Answer from documents and code, with citations", researchBody) },
      "/v1/code": { post: question("code", "Write code, tests, documentation or a client", codeBody) },
      "/v1/ask": { post: question("ask", "Research or code, by what the text asks for", askBody) },
      "/v1/sessions/{name}": {
        parameters: [{ name: "name", in: "path", required: true, schema: { type: "string" } }],
        get: { operationId: "readSession", summary: "The turns of a conversation, oldest first", responses: answers() },
        delete: { operationId: "forgetSession", summary: "Forget a conversation", responses: answers() },
      },
      "/health": { get: { operationId: "health", summary: "Whether the server answers", responses: answers() } },
    },
    components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
    security: [{}, { token: [] }],
  };
}

function question(operationId: string, summary: string, body: z.ZodType): object {
  const schema = z.toJSONSchema(body, { io: "input" });
  return {
    operationId,
    summary,
    requestBody: { required: true, content: { "application/json": { schema } } },
    responses: { ...answers("text/event-stream"), "503": failure("Busy; Retry-After says when to come again") },
  };
}

function answers(...others: string[]): object {
  const types = ["application/json", ...others];
  const content = Object.fromEntries(
    types.map((type) => [type, { schema: type.endsWith("json") ? { type: "object" } : { type: "string" } }]),
  );
  return {
    "200": { description: "The answer", content },
    "400": failure("The request is wrong; `error.remedy` says how to mend it"),
  };
}

function failure(description: string): object {
  const error = {
    type: "object",
    properties: { message: { type: "string" }, code: { type: "string" }, remedy: { type: "string" } },
  };
  return { description, content: { "application/json": { schema: { type: "object", properties: { error } } } } };
}
