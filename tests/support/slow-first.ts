import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { projectFolder } from './built-project.ts'

/** Folders with test files that take minutes. All other files take seconds. */
const slowFolders = [
  'tests/e2e/',
  'tests/platform/',
  'tests/faults/',
  'apps/server/src/adapters/gateway/',
  'tests/',
  'scripts/',
  'apps/server/',
]

const rank = ({ moduleId }: TestSpecification): number => {
  const path = relative(projectFolder, moduleId)
  const found = slowFolders.findIndex((folder) => path.startsWith(folder))
  return found === -1 ? slowFolders.length : found
}

/**
 * Starts the slowest files first, so that at the end no core waits for one of them. vitest's own record of
 * earlier runs is missing on a machine that runs the tests for the first time.
 */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((one, other) => rank(one) - rank(other))
  }
}
