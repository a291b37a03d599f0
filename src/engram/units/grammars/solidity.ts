import type { Grammar } from "../grammar.ts";

export const solidity: Grammar = {
  wasm: "@repomix/tree-sitter-wasms/out/tree-sitter-solidity.wasm",
  query: `
(source_file (_) @unit)
[
  (contract_declaration name: (_) @defines)
  (library_declaration name: (_) @defines)
  (interface_declaration name: (_) @defines)
  (function_definition name: (_) @defines)
  (modifier_definition name: (_) @defines)
  (struct_declaration name: (_) @defines)
  (enum_declaration name: (_) @defines)
  (event_definition name: (_) @defines)
  (error_declaration name: (_) @defines)
  (state_variable_declaration name: (_) @defines)
  (constant_variable_declaration name: (_) @defines)
  (constructor_definition)
] @unit
(comment) @lead

(enum_value) @defines
(struct_member name: (_) @defines)

(call_expression
  function: (expression [(identifier) @calls (member_expression property: (_) @calls)]))
(emit_statement name: (expression [(identifier) @calls (member_expression property: (_) @calls)]))
(revert_statement error: (expression [(identifier) @calls (member_expression property: (_) @calls)]))
(modifier_invocation (identifier) @calls)
(new_expression (type_name (user_defined_type (identifier) @calls .)))

(import_directive source: (_) @imports)
(import_directive import_name: (_) @imports)
`,
};
