import type { Grammar } from "../grammar.ts";

export const rust: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-rust.wasm",
  query: `
(source_file (_) @unit)
[
  (function_item name: (_) @defines)
  (function_signature_item name: (_) @defines)
  (struct_item name: (_) @defines)
  (union_item name: (_) @defines)
  (enum_item name: (_) @defines)
  (trait_item name: (_) @defines)
  (mod_item name: (_) @defines)
  (type_item name: (_) @defines)
  (const_item name: (_) @defines)
  (static_item name: (_) @defines)
  (macro_definition name: (_) @defines)
  (impl_item)
] @unit
[(line_comment) (block_comment) (attribute_item)] @lead

(field_declaration name: (_) @defines)
(enum_variant name: (_) @defines)
(associated_type name: (_) @defines)

(call_expression
  function: [
    (identifier) @calls
    (field_expression field: (field_identifier) @calls)
    (scoped_identifier name: (_) @calls)
    (generic_function
      function: [
        (identifier) @calls
        (field_expression field: (field_identifier) @calls)
        (scoped_identifier name: (_) @calls)
      ])
  ])
(macro_invocation macro: [(identifier) @calls (scoped_identifier name: (_) @calls)])
(struct_expression name: [(type_identifier) @calls (scoped_type_identifier name: (_) @calls)])

(use_declaration argument: [(identifier) @imports (scoped_identifier name: (_) @imports) @imports])
(use_list [(identifier) @imports (scoped_identifier name: (_) @imports) @imports])
(use_as_clause path: [(identifier) @imports (scoped_identifier name: (_) @imports) @imports])
(scoped_use_list path: (_) @imports)
(use_wildcard (_) @imports)
(extern_crate_declaration name: (_) @imports)
`,
};
