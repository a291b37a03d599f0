import type { Grammar } from "../grammar.ts";

export const csharp: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-c-sharp.wasm",
  query: `
(compilation_unit (_) @unit)
[
  (namespace_declaration name: (_) @defines)
  (class_declaration name: (_) @defines)
  (interface_declaration name: (_) @defines)
  (struct_declaration name: (_) @defines)
  (record_declaration name: (_) @defines)
  (enum_declaration name: (_) @defines)
  (delegate_declaration name: (_) @defines)
  (method_declaration name: (_) @defines)
  (constructor_declaration name: (_) @defines)
  (property_declaration name: (_) @defines)
  (event_declaration name: (_) @defines)
  (local_function_statement name: (_) @defines)
  (field_declaration (variable_declaration (variable_declarator name: (_) @defines)))
  (event_field_declaration (variable_declaration (variable_declarator name: (_) @defines)))
  (destructor_declaration)
  (indexer_declaration)
  (operator_declaration)
] @unit
(comment) @lead

(file_scoped_namespace_declaration name: (_) @defines)
(enum_member_declaration name: (_) @defines)

(invocation_expression
  function: [
    (identifier) @calls
    (generic_name (identifier) @calls)
    (member_access_expression name: [(identifier) @calls (generic_name (identifier) @calls)])
    (conditional_access_expression (member_binding_expression name: (_) @calls))
  ])
(object_creation_expression
  type: [(identifier) @calls (generic_name (identifier) @calls) (qualified_name name: (identifier) @calls)])

(using_directive [(identifier) @imports (qualified_name) @imports])
`,
};
