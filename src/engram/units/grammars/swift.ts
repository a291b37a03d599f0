import type { Grammar } from "../grammar.ts";

/** The grammar calls classes, structures, enumerations, actors and extensions alike. */
export const swift: Grammar = {
  wasm: "@repomix/tree-sitter-wasms/out/tree-sitter-swift.wasm",
  query: `
(source_file (_) @unit)
[
  (class_declaration)
  (protocol_declaration name: (type_identifier) @defines)
  (function_declaration name: (simple_identifier) @defines)
  (protocol_function_declaration name: (simple_identifier) @defines)
  (init_declaration)
  (deinit_declaration)
  (subscript_declaration)
] @unit
(class_body (property_declaration name: (pattern bound_identifier: (_) @defines)) @unit)
(protocol_body (protocol_property_declaration name: (pattern bound_identifier: (_) @defines)) @unit)
[(comment) (multiline_comment)] @lead

(class_declaration name: (type_identifier) @defines)
(enum_entry name: (simple_identifier) @defines)
(typealias_declaration name: (type_identifier) @defines)
(source_file (property_declaration name: (pattern bound_identifier: (_) @defines)))

(call_expression
  . [
    (simple_identifier) @calls
    (navigation_expression suffix: (navigation_suffix suffix: (simple_identifier) @calls))
  ])

(import_declaration (identifier) @imports)
`,
};
