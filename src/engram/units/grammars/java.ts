import type { Grammar } from "../grammar.ts";

export const java: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-java.wasm",
  query: `
(program (_) @unit)
[
  (class_declaration name: (_) @defines)
  (interface_declaration name: (_) @defines)
  (enum_declaration name: (_) @defines)
  (record_declaration name: (_) @defines)
  (annotation_type_declaration name: (_) @defines)
  (method_declaration name: (_) @defines)
  (constructor_declaration name: (_) @defines)
  (compact_constructor_declaration name: (_) @defines)
  (annotation_type_element_declaration name: (_) @defines)
  (field_declaration declarator: (variable_declarator name: (_) @defines))
  (constant_declaration declarator: (variable_declarator name: (_) @defines))
  (static_initializer)
] @unit
[(line_comment) (block_comment)] @lead

(enum_constant name: (_) @defines)

(method_invocation name: (_) @calls)
(method_reference (identifier) @calls .)
(object_creation_expression
  type: [
    (type_identifier) @calls
    (generic_type (type_identifier) @calls)
    (scoped_type_identifier (type_identifier) @calls .)
  ])

(import_declaration [(identifier) @imports (scoped_identifier name: (_) @imports) @imports])
`,
};
