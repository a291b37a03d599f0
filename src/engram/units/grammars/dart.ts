import type { Grammar } from "../grammar.ts";

/** In this grammar a function's body is not part of it but its neighbour, so the children of the root are named. */
export const dart: Grammar = {
  wasm: "@repomix/tree-sitter-wasms/out/tree-sitter-dart.wasm",
  query: `
(program
  [
    (library_name)
    (import_or_export)
    (part_directive)
    (part_of_directive)
    (function_signature)
    (getter_signature)
    (setter_signature)
    (static_final_declaration_list)
    (initialized_identifier_list)
    (type_alias (type_identifier) @defines)
  ] @unit)
[
  (class_definition name: (_) @defines)
  (mixin_declaration (identifier) @defines)
  (enum_declaration name: (_) @defines)
  (extension_declaration name: (_) @defines)
  (extension_type_declaration name: (_) @defines)
  (method_signature)
] @unit
(class_body (declaration) @unit)
[(comment) (documentation_comment) (annotation)] @lead

(function_signature name: (_) @defines)
(getter_signature name: (_) @defines)
(setter_signature name: (_) @defines)
(constructor_signature name: (_) @defines)
(factory_constructor_signature (identifier) @defines)
(enum_constant name: (_) @defines)
(static_final_declaration . (identifier) @defines)
(class_body (declaration (initialized_identifier_list (initialized_identifier . (identifier) @defines))))

((identifier) @calls . (selector (argument_part)))
((selector (unconditional_assignable_selector (identifier) @calls)) . (selector (argument_part)))
((selector (conditional_assignable_selector (identifier) @calls)) . (selector (argument_part)))
(new_expression (type_identifier) @calls)
(const_object_expression (type_identifier) @calls)

(uri) @imports
(combinator (identifier) @imports)
`,
};
