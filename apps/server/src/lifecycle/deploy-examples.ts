import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { z } from 'zod'
import { isDatabaseAway } from '../adapters/database/database.ts'
import { platformActor, type Actor } from '../lib/actor.ts'
import type { ConfigsRepository } from '../modules/configs/configs.repository.ts'
import { borrowedNames, withBorrowedMedia } from './borrowed-media.ts'

type Example = {
  id: string
  /** Used if it is free. */
  preferredPort: number
  /** What the machine must have in addition to the package's own requirements. */
  needs?: { file: string } | { pythonModule: string }
}

/** The examples that ship with the platform. */
const examples: readonly Example[] = [
  { id: 'text-classify', preferredPort: 8001 },
  { id: 'image-recog', preferredPort: 8002 },
  { id: 'speech-to-text', preferredPort: 8003, needs: { file: '/usr/share/pocketsphinx/model/en-us' } },
  { id: 'people-tracking', preferredPort: 8004, needs: { pythonModule: 'cv2' } },
]

/**
 * The key that is set once an example was deployed, so an example that a person has deleted does not come
 * back.
 */
const deployedKey = (id: string) => `demo.${id}.deployed`
/** The value of that key: the algorithm's version, and the demo inputs that it borrowed. */
const deployedRecord = z.object({ version: z.number(), borrowed: z.array(z.string()) })

/** Examples are deployed in the name of the platform, but without the right of administrators to change what belongs to others. */
const exampleMaker: Actor = { ...platformActor, role: 'user' }

/** What became of one look at the examples. */
export type BegunExamples = { tasks: string[]; isInterrupted: boolean }

type Deps = {
  configs: Pick<ConfigsRepository, 'get' | 'set'>
  registerFolder: (input: {
    folder: string
    actor: Actor
    algorithmId: string
  }) => Promise<{ version: { number: number } }>
  deploy: (input: {
    actor: Actor
    algorithmId: string
    serviceId: string
    preferredPort: number
  }) => Promise<{ id: string }>
  /** Whether a person has an algorithm or a service with this ID. */
  isTaken: (id: string) => Promise<boolean>
  /**
   * Returns the newest version of an example, and whether its first deploy has failed. null if a person has
   * stopped or deleted its service, or a deploy is in progress.
   */
  standing: (id: string) => Promise<{ version: number; hasFailed: boolean } | null>
  machine: {
    hasFile: (path: string) => Promise<boolean>
    hasPythonModule: (name: string) => Promise<boolean>
  }
  logger: Logger
}

async function isPossible(machine: Deps['machine'], { needs }: Example): Promise<boolean> {
  if (!needs) return true
  return 'file' in needs ? machine.hasFile(needs.file) : machine.hasPythonModule(needs.pythonModule)
}

/**
 * Whether an example should be deployed now. This is so for the first time, if its first deploy failed (for
 * example because a registry did not answer), or if demo media that it borrows have been installed since. It
 * is never so if a person has uploaded another version of it, stopped it or deleted it, or has something else of this ID.
 */
async function isDue(deps: Deps, example: Example, borrowed: readonly string[]): Promise<boolean> {
  if (await deps.isTaken(example.id)) return false
  const kept = await deps.configs.get(deployedKey(example.id))
  if (kept === null) return isPossible(deps.machine, example)
  const { data: before } = deployedRecord.safeParse(kept)
  if (!before) return false
  const standing = await deps.standing(example.id)
  if (standing?.version !== before.version) return false
  return standing.hasFailed || borrowed.some((name) => !before.borrowed.includes(name))
}

/**
 * Registers and deploys those examples of a folder that are due (see `isDue`) and that this machine can run.
 * If one fails, the others are still deployed. Called again when more has been installed on the machine. Resolves with the tasks of their
 * deploys, and whether the database did not answer meanwhile.
 */
export async function deployExamples(deps: Deps, folder: string): Promise<BegunExamples> {
  const present = new Set(await readdir(folder))
  const begun: BegunExamples = { tasks: [], isInterrupted: false }
  for (const example of examples) {
    const { id, preferredPort } = example
    if (!present.has(id)) continue
    try {
      const borrowed = await borrowedNames(join(folder, id))
      if (!(await isDue(deps, example, borrowed))) continue
      const { version } = await withBorrowedMedia(join(folder, id), (whole) =>
        deps.registerFolder({ folder: whole, actor: exampleMaker, algorithmId: id }),
      )
      const task = await deps.deploy({ actor: exampleMaker, algorithmId: id, serviceId: id, preferredPort })
      begun.tasks.push(task.id)
      await deps.configs.set(deployedKey(id), { version: version.number, borrowed })
    } catch (error) {
      deps.logger.error({ err: error, example: id }, 'an example could not be deployed')
      begun.isInterrupted ||= isDatabaseAway(error)
    }
  }
  return begun
}
