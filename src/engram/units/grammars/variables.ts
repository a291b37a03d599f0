/**
 * Queries for `UnitParser.variables`. `@binds`: an identifier that gets a meaning there. `@reads`: one that must have one by
 * then. `@apart`: one that is no variable. `@any`: all identifiers; one that is none of the others may be either. `@passes`:
 * what brings names along without naming them.
 *
 * `typeof name` is no reading: it asks whether there is such a name.
 */
const ecmascript = `
[(identifier) (shorthand_property_identifier) (shorthand_property_identifier_pattern)] @any

(variable_declarator name: (identifier) @binds)
(function_declaration name: (identifier) @binds)
(generator_function_declaration name: (identifier) @binds)
(function_expression name: (identifier) @binds)
(class_declaration name: (_) @binds)
(class name: (_) @binds)
(arrow_function parameter: (identifier) @binds)
(rest_pattern (identifier) @binds)
(shorthand_property_identifier_pattern) @binds
(pair_pattern value: (identifier) @binds)
(array_pattern (identifier) @binds)
(assignment_pattern left: (identifier) @binds)
(catch_clause parameter: (identifier) @binds)
(for_in_statement left: (identifier) @binds)
(import_clause (identifier) @binds)
(import_specifier !alias name: (identifier) @binds)
(import_specifier alias: (identifier) @binds)
(namespace_import (identifier) @binds)

(call_expression function: (identifier) @reads)
(new_expression constructor: (identifier) @reads)
(arguments (identifier) @reads)
(member_expression object: (identifier) @reads)
(subscript_expression object: (identifier) @reads)
(subscript_expression index: (identifier) @reads)
(return_statement (identifier) @reads)
(throw_statement (identifier) @reads)
(await_expression (identifier) @reads)
(yield_expression (identifier) @reads)
(binary_expression left: (identifier) @reads)
(binary_expression right: (identifier) @reads)
(ternary_expression (identifier) @reads)
(parenthesized_expression (identifier) @reads)
(spread_element (identifier) @reads)
(array (identifier) @reads)
(pair value: (identifier) @reads)
(object (shorthand_property_identifier) @reads)
(variable_declarator value: (identifier) @reads)
(assignment_expression right: (identifier) @reads)
(augmented_assignment_expression right: (identifier) @reads)
(assignment_pattern right: (identifier) @reads)
(arrow_function body: (identifier) @reads)
(template_substitution (identifier) @reads)
(for_in_statement right: (identifier) @reads)
(expression_statement (identifier) @reads)
(computed_property_name (identifier) @reads)
(export_statement value: (identifier) @reads)
(decorator (identifier) @reads)
`;

const components = `
(jsx_opening_element name: (identifier) @reads)
(jsx_closing_element name: (identifier) @reads)
(jsx_self_closing_element name: (identifier) @reads)
(jsx_expression (identifier) @reads)
`;

const untyped = `
(formal_parameters (identifier) @binds)
(class_heritage (identifier) @reads)
(export_statement !source (export_clause (export_specifier name: (identifier) @reads)))
`;

const typed = `
(required_parameter pattern: (identifier) @binds)
(optional_parameter pattern: (identifier) @binds)
(abstract_class_declaration name: (_) @binds)
(enum_declaration name: (_) @binds)
(internal_module name: (_) @binds)
(import_require_clause (identifier) @binds)

(extends_clause value: (identifier) @reads)
(non_null_expression (identifier) @reads)
(as_expression . (identifier) @reads)
(satisfies_expression . (identifier) @reads)
`;

export const javascriptVariables = ecmascript + components + untyped;
export const typescriptVariables = ecmascript + typed;
export const tsxVariables = ecmascript + components + typed;

export const pythonVariables = `
(identifier) @any
(wildcard_import) @passes

(function_definition name: (identifier) @binds)
(class_definition name: (identifier) @binds)
(parameters (identifier) @binds)
(lambda_parameters (identifier) @binds)
(typed_parameter (identifier) @binds)
(default_parameter name: (identifier) @binds)
(typed_default_parameter name: (identifier) @binds)
(list_splat_pattern (identifier) @binds)
(dictionary_splat_pattern (identifier) @binds)
(assignment left: (identifier) @binds)
(pattern_list (identifier) @binds)
(tuple_pattern (identifier) @binds)
(list_pattern (identifier) @binds)
(import_statement name: (dotted_name . (identifier) @binds))
(import_from_statement name: (dotted_name (identifier) @binds))
(aliased_import alias: (identifier) @binds)
(for_statement left: (identifier) @binds)
(for_in_clause left: (identifier) @binds)
(as_pattern_target (identifier) @binds)
(named_expression name: (identifier) @binds)

(attribute attribute: (identifier) @apart)
(keyword_argument name: (identifier) @apart)
(import_from_statement module_name: (dotted_name (identifier) @apart))
(import_from_statement module_name: (relative_import (dotted_name (identifier) @apart)))

(call function: (identifier) @reads)
(argument_list (identifier) @reads)
(keyword_argument value: (identifier) @reads)
(attribute object: (identifier) @reads)
(subscript (identifier) @reads)
(return_statement (identifier) @reads)
(raise_statement (identifier) @reads)
(await (identifier) @reads)
(yield (identifier) @reads)
(binary_operator (identifier) @reads)
(boolean_operator (identifier) @reads)
(comparison_operator (identifier) @reads)
(not_operator (identifier) @reads)
(unary_operator (identifier) @reads)
(conditional_expression (identifier) @reads)
(parenthesized_expression (identifier) @reads)
(assignment right: (identifier) @reads)
(augmented_assignment right: (identifier) @reads)
(list (identifier) @reads)
(tuple (identifier) @reads)
(set (identifier) @reads)
(pair (identifier) @reads)
(interpolation (identifier) @reads)
(list_splat (identifier) @reads)
(dictionary_splat (identifier) @reads)
(decorator (identifier) @reads)
(if_statement condition: (identifier) @reads)
(elif_clause condition: (identifier) @reads)
(while_statement condition: (identifier) @reads)
(for_statement right: (identifier) @reads)
(for_in_clause right: (identifier) @reads)
(if_clause (identifier) @reads)
(lambda body: (identifier) @reads)
(list_comprehension body: (identifier) @reads)
(set_comprehension body: (identifier) @reads)
(generator_expression body: (identifier) @reads)
(default_parameter value: (identifier) @reads)
(typed_default_parameter value: (identifier) @reads)
(expression_statement (identifier) @reads)
`;
