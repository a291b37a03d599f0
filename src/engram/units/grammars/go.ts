import type { Grammar } from "../grammar.ts";

/** A call with a text and a function is a unit: a part of a test. */
export const go: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-go.wasm",
  query: `
(source_file (_) @unit)
[
  (type_spec name: (_) @defines)
  (type_alias name: (_) @defines)
  (method_elem name: (_) @defines)
  (expression_statement
    (call_expression arguments: (argument_list . (interpreted_string_literal) (func_literal))))
] @unit
(comment) @lead

(function_declaration name: (_) @defines)
(method_declaration name: (_) @defines)
(field_declaration name: (_) @defines)
(source_file (const_declaration (const_spec name: (identifier) @defines)))
(source_file
  (var_declaration
    [(var_spec name: (identifier) @defines) (var_spec_list (var_spec name: (identifier) @defines))]))

(call_expression function: [(identifier) @calls (selector_expression field: (_) @calls)])
(composite_literal type: [(type_identifier) @calls (qualified_type name: (_) @calls)])
(type_conversion_expression type: (generic_type type: [(type_identifier) @calls (qualified_type name: (_) @calls)]))

(import_spec path: (_) @imports)
`,
};
