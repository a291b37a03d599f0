import type { Grammar } from "../grammar.ts";

/** A call with a text, constant or symbol and a block is a unit: a group of tests, a route, a task. */
export const ruby: Grammar = {
  wasm: "@vscode/tree-sitter-wasm/wasm/tree-sitter-ruby.wasm",
  query: `
(program (_) @unit)
[
  (method name: (_) @defines)
  (singleton_method name: (_) @defines)
  (class name: (_) @defines)
  (module name: (_) @defines)
  (singleton_class)
  (call
    arguments: (argument_list . [(string) (constant) (scope_resolution) (simple_symbol)])
    block: (do_block))
] @unit
(comment) @lead

(assignment left: (constant) @defines)
(alias name: (_) @defines)
((call method: (identifier) @_attribute arguments: (argument_list (simple_symbol) @defines))
  (#any-of? @_attribute "attr_reader" "attr_writer" "attr_accessor"))

(call method: [(identifier) (constant)] @calls)

((call method: (identifier) @_require arguments: (argument_list . (string) @imports))
  (#any-of? @_require "require" "require_relative" "load" "autoload"))
((call method: (identifier) @_include arguments: (argument_list [(constant) (scope_resolution)] @imports))
  (#any-of? @_include "include" "extend" "prepend"))
`,
};
