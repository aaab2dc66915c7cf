import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { endDaemon } from './docker-daemon.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the Docker daemon of the run is, if a test needs one. */
    dockerFolder: string
  }
}

/** Ends the Docker daemon of the run. The first test that needs one starts it, so other runs do not wait for it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'vd-'))
  await chmod(folder, 0o711)
  project.provide('dockerFolder', folder)
  return async () => {
    await endDaemon(join(folder, 'd'))
    await rm(folder, { recursive: true, force: true })
  }
}
