import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { projectFolder } from './built-project.ts'

/** Test files that take minutes, the slowest first. They wait for restarts, and use little of the processor. */
const slowFiles = [
  'apps/server/src/adapters/process-runner/supervisor/supervisor-runner',
  'apps/server/src/adapters/process-runner/local/local-runner',
  'tests/platform/deploys.test',
  'tests/platform/two-platforms',
  'tests/platform/crash-recovery',
  'tests/platform/ports',
  'apps/server/src/adapters/gateway/nginx/nginx.system',
  'apps/server/src/adapters/gateway/nginx/nginx.test',
  'tests/faults/kills',
  'tests/platform/whatever-runner',
  'tests/platform/main-job',
  'tests/platform/packages.test',
  'tests/platform/installed-packages',
  'tests/attacks/without-sandbox',
  'tests/attacks/sandbox.test',
  'tests/attacks/other-people',
  'tests/e2e/page-loads',
  // Of those with Docker, one builds images, and one takes as long as all others.
  'tests/platform/deploy.docker',
  'apps/server/src/adapters/process-runner/docker/docker-runner',
  'apps/server/src/adapters/process-runner/docker/docker-faults',
]

/** Folders with test files that take tens of seconds, the slowest first. */
const slowFolders = [
  'tests/e2e/',
  'tests/platform/',
  'tests/',
  'examples/',
  'apps/server/src/adapters/gateway/',
  'apps/server/src/modules/operations/',
  'apps/server/src/modules/deployments/',
  'runtimes/',
]

const rank = ({ moduleId, project }: TestSpecification): number => {
  const path = relative(projectFolder, moduleId)
  const file = slowFiles.findIndex((start) => path.startsWith(start))
  if (file !== -1) return file
  // A process is shared only by tests that follow each other, so those with a process of their own come before.
  if (project.config.isolate) return slowFiles.length
  const folder = slowFolders.findIndex((start) => path.startsWith(start))
  return slowFiles.length + 1 + (folder === -1 ? slowFolders.length : folder)
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
