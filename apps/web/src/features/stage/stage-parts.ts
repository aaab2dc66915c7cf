/** A part of a stage: the demo inputs in one line, the result, or the input with the button. */
export type StagePart = 'examples' | 'see' | 'give'

/**
 * The parts of a stage in the order in which they are seen, and in which they are in the DOM. Side by side, `first` comes first. On a
 * narrow screen the result does, so that it is seen without scrolling, unless there is none and no example that could show one: then
 * an empty frame would stand in front of the input. Pure.
 */
export const stageParts = (of: {
  narrow: boolean
  hasExamples: boolean
  /** There is a run to show. */
  hasRun: boolean
  first: 'see' | 'give'
}): StagePart[] => {
  if (of.narrow) return of.hasExamples || of.hasRun ? ['examples', 'see', 'give'] : ['give', 'see']
  return of.first === 'see' ? ['see', 'give'] : ['give', 'see']
}
