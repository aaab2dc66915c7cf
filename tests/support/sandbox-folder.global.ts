import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where each process that runs tests writes the filter of its sandbox. */
    sandboxFolder: string
  }
}

/**
 * Makes the folder that the sandboxes of all tests have their filters in. It belongs to the run: the sandbox of a
 * process serves every test file that the process runs.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-sandbox-'))
  // Every account passes through it to the filter.
  await chmod(folder, 0o711)
  project.provide('sandboxFolder', folder)
  return () => rm(folder, { recursive: true, force: true })
}
