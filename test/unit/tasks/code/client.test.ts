import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findSyntaxErrors } from "../../../../src/api/check-syntax.ts";
import { createUnitParser } from "../../../../src/engram/units/tree-sitter-parser.ts";
import { writeClient } from "../../../../src/tasks/code/client.ts";
import { checkOperation } from "../../../../src/tasks/code/specification/check-client.ts";
import { readSpecification } from "../../../../src/tasks/code/specification/read-specification.ts";
import { operationFunction, typescriptClient } from "../../../../src/tasks/code/specification/typescript-client.ts";
import type { CodeTools } from "../../../../src/tasks/code/write-code.ts";
import { fakeModel, promptText } from "../../../helpers/fake-model.ts";
import { providerOf } from "../../../helpers/passages.ts";
import { shopSpecification } from "../../../helpers/shop-specification.ts";

const specification = readSpecification(shopSpecification, "shop.yaml");
const tools = (models = providerOf(null)): CodeTools => ({ models, units: createUnitParser(), findSyntaxErrors });

/** What a request of the client was. */
interface Seen {
  method: string;
  url: string;
  tenant: string | undefined;
  authorization: string | undefined;
  body: string;
}

describe("the template's client", () => {
  let folder: string;
  let server: Server;
  let baseUrl: string;
  let file: string;
  const seen: Seen[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "client-"));
    file = join(folder, "client.ts");
    writeFileSync(file, typescriptClient(specification));
    server = createServer((request, response) => {
      void readBody(request).then((body) => {
        const { method = "", url = "", headers } = request;
        seen.push({ method, url, tenant: headers["x-tenant"] as string, authorization: headers.authorization, body });
        const [status, type, text] = answerTo(method, url);
        response.writeHead(status, { "content-type": type }).end(text);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`;
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("talks to a server: queries, bodies, headers, encoded paths, empty answers, errors", async () => {
    const client = (await import(pathToFileURL(file).href)) as Record<string, (...args: unknown[]) => Promise<unknown>>;
    const options = { baseUrl, headers: { authorization: "Bearer x" } };
    const tenant = { "x-tenant": "t1" };
    expect(await client["listPets"]?.(options, { ...tenant, tag: ["a b", "c&d"], "page-size": 2 })).toEqual([
      { id: 1 },
    ]);
    expect(await client["addPet"]?.(options, { ...tenant, body: { name: "Zoë" } })).toEqual({ id: 2 });
    expect(await client["getPetsPetIdPhotosName"]?.(options, { petId: 7, name: "a/b ?", nameInQuery: "q" })).toBe(
      "photo",
    );
    expect(await client["deleteOperation"]?.(options, { petId: "7" })).toBeUndefined();
    await expect(async () => client["deleteOperation"]?.(options, { petId: ".." })).rejects.toThrow(
      "no part of a path",
    );
    await expect(client["deleteOperation"]?.(options, { petId: "404" })).rejects.toMatchObject({
      name: "ApiError",
      status: 404,
      body: "none",
    });
    expect(seen).toEqual([
      {
        method: "GET",
        url: "/v1/pets?tag=a+b&tag=c%26d&page-size=2",
        tenant: "t1",
        authorization: "Bearer x",
        body: "",
      },
      { method: "POST", url: "/v1/pets", tenant: "t1", authorization: "Bearer x", body: '{"name":"Zoë"}' },
      {
        method: "GET",
        url: "/v1/pets/7/photos/a%2Fb%20%3F?name=q",
        tenant: undefined,
        authorization: "Bearer x",
        body: "",
      },
      { method: "DELETE", url: "/v1/pets/7", tenant: undefined, authorization: "Bearer x", body: "" },
      { method: "DELETE", url: "/v1/pets/404", tenant: undefined, authorization: "Bearer x", body: "" },
    ]);
  });

  it("passes the strict compiler, and its types hold", () => {
    const use = `
      import { addPet, listPets, type Pet } from "./client.ts";
      const client = { baseUrl: "" };
      export const pets: Promise<Pet[]> = listPets(client, { "x-tenant": "t", tag: ["a"] });
      export const made = addPet(client, { "x-tenant": "t", body: { name: "Zoë", kind: "cat", "born-on": null } });
      // @ts-expect-error the name is missing
      void addPet(client, { "x-tenant": "t", body: { kind: "cat" } });
      // @ts-expect-error no such kind
      void addPet(client, { "x-tenant": "t", body: { name: "a", kind: "cow" } });`;
    writeFileSync(join(folder, "use.ts"), use);
    const tsc = fileURLToPath(new URL("../../../../node_modules/typescript/bin/tsc", import.meta.url));
    const flags =
      "--noEmit --strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --allowImportingTsExtensions".split(
        " ",
      );
    const run = () =>
      execFileSync(
        process.execPath,
        [
          tsc,
          ...flags,
          "--target",
          "es2022",
          "--module",
          "nodenext",
          "--types",
          "",
          "--lib",
          "es2023,dom,dom.iterable",
          "use.ts",
        ],
        {
          cwd: folder,
          encoding: "utf8",
        },
      );
    expect(run).not.toThrow();
  });

  it("is the same bytes each time, and holds every operation", async () => {
    expect(typescriptClient(specification)).toBe(typescriptClient(readSpecification(shopSpecification, "again")));
    const answer = await writeClient({ task: "client", specification, byModel: false }, tools());
    expect(answer).toMatchObject({ how: "template", why: "no model is installed", failed: [] });
    expect(answer.parts[0]).toMatchObject({ syntax: [], model: null });
  });
});

describe("a client by a model", () => {
  const byTemplate = (name: string): string => {
    const operation = specification.operations.find((one) => one.name === name);
    return operation === undefined ? "" : operationFunction(operation, specification);
  };
  const nameIn = (prompt: string): string => /function (\w+)\(client: ClientOptions, …\)/.exec(prompt)?.[1] ?? "";

  it("keeps the functions that ask for the right thing and takes the template's for the others", async () => {
    const model = fakeModel((request) => {
      const name = nameIn(promptText(request));
      const own = byTemplate(name).replace("/** ", "/** By a model: ");
      if (name === "listPets") return `Here it is:\n\`\`\`ts\n${own}\n\`\`\``;
      if (name === "addPet") return `\`\`\`ts\n${own.replace("`/pets`", "`/animals`")}\n\`\`\``;
      if (name === "deleteOperation") return `\`\`\`ts\n${own.replace("return send(", "return send((")}\n\`\`\``;
      throw new Error("broken");
    });
    const answer = await writeClient({ task: "client", specification, byModel: true }, tools(providerOf(model)));
    expect(answer.how).toBe("direct");
    expect(answer.failed.map(({ part, reason }) => `${part}: ${reason}`).toSorted()).toEqual([
      "addPet: the template is used: addPet does not ask for /pets",
      expect.stringMatching(/^deleteOperation: the template is used: line \d+: /) as unknown as string,
      "getPetsPetIdPhotosName: the template is used: broken",
    ]);
    const [part] = answer.parts;
    expect(part?.code.match(/By a model/g)).toHaveLength(1);
    expect(part?.syntax).toEqual([]);
    for (const operation of specification.operations) expect(checkOperation(part?.code ?? "", operation)).toBeNull();
  });

  it("is not asked where it has not qualified and nobody wants it", async () => {
    const model = fakeModel(() => {
      throw new Error("asked");
    });
    const answer = await writeClient({ task: "client", specification, byModel: false }, tools(providerOf(model)));
    expect(answer).toMatchObject({
      how: "template",
      why: "the model has not qualified for edits: it has not been measured",
    });
  });

  it("ends with the signal's reason", async () => {
    const controller = new AbortController();
    const model = fakeModel(() => {
      controller.abort(new Error("hung up"));
      throw new Error("cancelled");
    });
    const run = writeClient(
      { task: "client", specification, byModel: true },
      { ...tools(providerOf(model)), signal: controller.signal },
    );
    await expect(run).rejects.toThrow("hung up");
  });
});

describe("readSpecification", () => {
  it.each([
    ["[1, 2", "is neither YAML nor JSON"],
    ["swagger: '2.0'", "it is Swagger 2"],
    ["openapi: 3.0.0", "has no operations"],
    [
      'openapi: 3.0.0\npaths: { /a: { get: { parameters: [{ $ref: "#/components/x" }] } } }',
      "refers to what it does not have",
    ],
    [
      'openapi: 3.0.0\npaths: { /a: { get: { parameters: [{ $ref: "other.yaml#/x" }] } } }',
      "refers to another document",
    ],
    [
      'openapi: 3.0.0\npaths: { /a: { get: { parameters: [{ $ref: "#/components/a" }] } } }\ncomponents: { a: { $ref: "#/components/b" }, b: { $ref: "#/components/a" } }',
      "references that go round",
    ],
  ])("%j: %s", (text, what) => {
    expect(() => readSpecification(text, "api.yaml")).toThrow(
      expect.objectContaining({ code: "bad-specification", message: expect.stringContaining(what) as string }) as Error,
    );
  });

  it("gives each operation a name of its own that is no keyword", () => {
    const { operations } = readSpecification(
      'openapi: 3.0.0\npaths: { /a/b: { get: {}, post: { operationId: a b } }, /a-b: { get: {} }, /1: { put: { operationId: "1" } } }',
      "api.yaml",
    );
    expect(operations.map(({ name }) => name)).toEqual(["getAB", "aB", "getAB2", "operation1"]);
  });

  it("cannot be made to write code by its texts", async () => {
    const evil = JSON.stringify({
      openapi: "3.0.0",
      info: { title: "*/ evil() /*", version: "`${evil()}`" },
      paths: {
        "/x`${evil()}/{a`b}\\": {
          get: {
            operationId: "x(){};evil();function y",
            summary: "*/ evil(); /*",
            parameters: [{ name: '"; evil(); "', in: "query", schema: { enum: ['"; evil(); "'] } }],
            responses: {},
          },
        },
      },
      components: { schemas: { "A = 1; evil(); type B": { type: "object", properties: { 'x": evil(), "y': {} } } } },
    });
    const code = typescriptClient(readSpecification(evil, "evil.json"));
    expect(await findSyntaxErrors("client.ts", code)).toEqual([]);
    const folder = mkdtempSync(join(tmpdir(), "evil-"));
    writeFileSync(join(folder, "evil.ts"), `const evil = () => { throw new Error("ran"); };\n${code}`);
    const client = (await import(pathToFileURL(join(folder, "evil.ts")).href)) as Record<
      string,
      (...args: unknown[]) => Promise<unknown>
    >;
    const asked: string[] = [];
    const answer = async (url: string): Promise<Response> => {
      asked.push(url);
      return new Response("");
    };
    await client["xEvilFunctionY"]?.(
      { baseUrl: "http://a", fetch: answer },
      { "evil()": "2", "a`b": "1", '"; evil(); "': 1 },
    );
    expect(asked).toEqual(["http://a/x`$2/1\\?%22%3B+evil%28%29%3B+%22=1"]);
    rmSync(folder, { recursive: true, force: true });
  });
});

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

function answerTo(method: string, url: string): [number, string, string] {
  if (url.endsWith("/404")) return [404, "text/plain", "none"];
  if (method === "DELETE") return [204, "application/json", ""];
  if (method === "POST") return [201, "application/json; charset=utf-8", '{"id":2}'];
  return url.includes("photos") ? [200, "text/plain", "photo"] : [200, "application/json", '[{"id":1}]'];
}
