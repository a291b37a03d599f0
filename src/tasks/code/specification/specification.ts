/** TYPE FILE: what an OpenAPI document says, as far as a client needs it. */

/** A JSON schema as it stands in the document; `$ref` points to a named one. */
export type Schema = Readonly<Record<string, unknown>> | boolean;

export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required: boolean;
  schema: Schema;
}

export interface Operation {
  /** Of the function: `listPets`; unique in the document. */
  name: string;
  /** In capitals. */
  method: string;
  /** With its parameters in braces: `/pets/{petId}`. */
  path: string;
  summary: string | null;
  parameters: Parameter[];
  body: { required: boolean; type: string; schema: Schema } | null;
  /** Of the first answer that is a success; null where it has none. */
  answer: Schema | null;
}

export interface Specification {
  title: string;
  version: string;
  /** URLs as they stand there. */
  servers: string[];
  operations: Operation[];
  /** Named schemas. */
  schemas: ReadonlyMap<string, Schema>;
}
