import type { Grammar } from "../grammar.ts";
import { pythonMembers } from "./members.ts";
import { pythonVariables } from "./variables.ts";

export const python: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-python.wasm",
  query: `
(module (_) @unit)
[
  (function_definition name: (_) @defines)
  (class_definition name: (_) @defines)
] @unit
[(comment) (decorator)] @lead

(module (expression_statement (assignment left: (identifier) @defines)))
(class_definition body: (block (expression_statement (assignment left: (identifier) @defines))))
(type_alias_statement left: (_) @defines)

(call function: [(identifier) @calls (attribute attribute: (_) @calls)])
(decorator [(identifier) @calls (attribute attribute: (_) @calls)])

(import_statement name: [(dotted_name) @imports (aliased_import name: (_) @imports)])
(import_from_statement module_name: (_) @imports)
(import_from_statement name: [(dotted_name) @imports (aliased_import name: (_) @imports)])
`,
  variables: pythonVariables,
  members: pythonMembers,
};
