import { z } from "zod";
import { repositoryConfigSchema } from "../../src/config/repository-config.ts";
import { serverFileSchema } from "../../src/config/server-file.ts";

/** JSON schemas for editors, by file name: what a person may write, before defaults are filled in. */
export function editorSchemas(): Record<string, object> {
  return {
    "server.json": z.toJSONSchema(serverFileSchema, { io: "input" }),
    "repository.json": z.toJSONSchema(repositoryConfigSchema, { io: "input" }),
  };
}
