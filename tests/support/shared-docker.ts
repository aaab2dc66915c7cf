import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inject } from 'vitest'
import { z } from 'zod'
import { openDocker, type Docker } from '../../apps/server/src/adapters/docker/docker-client.ts'
import { hasCode } from '../../apps/server/src/lib/code-of-error.ts'
import { readJsonIfThere } from '../../apps/server/src/lib/if-there.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { importBaseImage } from './docker-base-image.ts'
import { daemonIn, missingForDocker, startDaemon, type TestDaemon } from './docker-daemon.ts'
import { patienceMs } from './patience.ts'

/** The Docker that all tests of a run share, with an image to make containers and other images from. */
type SharedDocker = { daemon: TestDaemon; docker: Docker; image: string }

/** How the start of the daemon went: an image, or what went wrong. */
const outcome = z.union([z.object({ image: z.string() }), z.object({ fault: z.string() })])
type Outcome = z.infer<typeof outcome>

async function isFirstHere(folder: string): Promise<boolean> {
  try {
    await mkdir(join(folder, 'claim'))
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

/** Starts the daemon of the run, with its image. */
async function startIn(folder: string): Promise<Outcome> {
  try {
    const daemon = await startDaemon(join(folder, 'd'))
    return { image: await importBaseImage(await openDocker(daemon)) }
  } catch (error) {
    return { fault: String(error) }
  }
}

/** Starts it, and tells the other processes how that went. */
async function startForAll(folder: string, outcomeFile: string): Promise<void> {
  await writeFile(`${outcomeFile}.new`, JSON.stringify(await startIn(folder)))
  await rename(`${outcomeFile}.new`, outcomeFile)
}

/**
 * Returns the Docker of this run, which the first test that asks starts. Only a machine that cannot have one is a reason to skip tests: a
 * daemon that does not start where it could would otherwise hide all of them.
 */
async function findDocker(): Promise<{ found: SharedDocker } | { skip: string }> {
  const missing = missingForDocker()
  if (missing !== null) return { skip: missing }
  const folder = inject('dockerFolder')
  const outcomeFile = join(folder, 'outcome.json')
  if (await isFirstHere(folder)) await startForAll(folder, outcomeFile)
  const noted = await waitFor(() => readJsonIfThere(outcomeFile, outcome), { timeoutMs: 2 * patienceMs })
  if (noted === null) throw new Error('waited in vain for the Docker of this run')
  if ('fault' in noted) throw new Error(noted.fault)
  const daemon = daemonIn(join(folder, 'd'))
  const docker = await openDocker(daemon)
  return { found: { daemon, docker, image: noted.image } }
}

const answer = await findDocker()

/** The Docker of this run; null where none can be started. */
export const sharedDocker = 'found' in answer ? answer.found : null
/** Why there is none; null where there is one. */
export const skipDocker = 'skip' in answer ? answer.skip : null
