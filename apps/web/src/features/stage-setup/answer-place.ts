import type { ApiAnswer } from '@vitrine/contract'

/** Reads a place in an answer as people write it: `results[0].label`, or `results.0.label`. */
export const readPlace = (text: string): ApiAnswer['path'] =>
  text
    .split(/[.[\]]+/)
    .map((step) => step.trim())
    .filter((step) => step !== '')
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step))

/** Whether two readings of an answer are the same. */
export const isSameAnswer = (one: ApiAnswer, other: ApiAnswer): boolean =>
  JSON.stringify(sorted(one)) === JSON.stringify(sorted(other))

const sorted = (answer: ApiAnswer) =>
  Object.entries(answer)
    .filter(([, value]) => value !== undefined)
    .toSorted(([one], [other]) => one.localeCompare(other))
