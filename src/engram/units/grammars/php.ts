import type { Grammar } from "../grammar.ts";

export const php: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-php.wasm",
  query: `
(program (_) @unit)
[
  (namespace_definition)
  (class_declaration name: (_) @defines)
  (interface_declaration name: (_) @defines)
  (trait_declaration name: (_) @defines)
  (enum_declaration name: (_) @defines)
  (function_definition name: (_) @defines)
  (method_declaration name: (_) @defines)
  (property_declaration (property_element name: (variable_name (name) @defines)))
  (const_declaration (const_element (name) @defines))
] @unit
(comment) @lead

(namespace_definition name: (_) @defines)
(enum_case name: (_) @defines)
(property_promotion_parameter name: (variable_name (name) @defines))

(function_call_expression function: [(name) @calls (qualified_name) @calls])
(member_call_expression name: (name) @calls)
(nullsafe_member_call_expression name: (name) @calls)
(scoped_call_expression name: (name) @calls)
(object_creation_expression [(name) @calls (qualified_name) @calls])

(namespace_use_clause . [(name) @imports (qualified_name (name) @imports .) @imports])
(namespace_use_declaration (namespace_name) @imports)
(use_declaration [(name) @imports (qualified_name) @imports])
(require_once_expression [(string) @imports (binary_expression right: (string) @imports)])
(require_expression [(string) @imports (binary_expression right: (string) @imports)])
(include_once_expression [(string) @imports (binary_expression right: (string) @imports)])
(include_expression [(string) @imports (binary_expression right: (string) @imports)])
`,
};
