import { serveLocally, type LocalHttp } from "../../src/api/local-http.ts";
import { openAiServer } from "../../src/api/openai-server.ts";
import type { Model } from "../../src/model/model.ts";

export interface ModelServer extends LocalHttp {
  /** Errors that the server took for bugs. */
  reported: unknown[];
}

/** Our own server of OpenAI's interface on loopback, with a free port. It does not close the models. */
export async function serveModels(models: readonly Model[] | null, token: string | null = null): Promise<ModelServer> {
  const reported: unknown[] = [];
  const app = openAiServer({ models: () => models, report: (error) => reported.push(error) });
  const server = await serveLocally(app, { host: "127.0.0.1", port: 0, token, publicPaths: ["/health"] });
  return { ...server, reported };
}
