import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { projectFolder } from './built-project.ts'

/** Where the files are that take minutes. A file that is in none of these takes seconds. */
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
 * Begins with the files that take longest, so that at the end no core waits for one of them. What vitest remembers of earlier runs is
 * missing on a machine that runs the tests for the first time.
 */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((one, other) => rank(one) - rank(other))
  }
}
