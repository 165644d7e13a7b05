/** A typed client of Ambulo's API. */
export { type Access, type Ambulo, answer, createAmbulo, ifMatch, newKey, type Options } from './ambulo.ts'
export { Problem, type Violation } from './problem.ts'
export type * from './types.ts'
