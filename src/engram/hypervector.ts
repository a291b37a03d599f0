export * from "./algebra/hypervector.ts";
