import type { MappedApi, StageExample } from '@vitrine/contract'

/** A mapped operation as it is stored, with the demo inputs that belong to it. */
export type StoredMapping = MappedApi & { examples: StageExample[] }

/** The demo inputs that the stage of a release shows: those of its mapped operation, or else of the package. Pure. */
export const shownExamples = ({
  api,
  examples,
}: {
  api: StoredMapping | null
  examples: StageExample[]
}): StageExample[] => api?.examples ?? examples
