import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { platformActor, type Actor } from '../lib/actor.ts'
import type { ConfigsRepository } from '../modules/configs/configs.repository.ts'
import { withBorrowedMedia } from './borrowed-media.ts'

type Example = {
  id: string
  /** Taken if it is free. */
  preferredPort: number
  /** What the machine must have beside the package's own requirements. */
  needs?: { file: string } | { pythonModule: string }
}

/** The examples that ship. */
const examples: readonly Example[] = [
  { id: 'text-classify', preferredPort: 8001 },
  { id: 'image-recog', preferredPort: 8002 },
  { id: 'speech-to-text', preferredPort: 8003, needs: { file: '/usr/share/pocketsphinx/model/en-us' } },
  { id: 'people-tracking', preferredPort: 8004, needs: { pythonModule: 'cv2' } },
]

/** Set once an example was deployed, so that one that a person has deleted does not come back. */
const deployedKey = (id: string) => `demo.${id}.deployed`

type Deps = {
  configs: ConfigsRepository
  registerFolder: (input: { folder: string; actor: Actor; algorithmId: string }) => Promise<unknown>
  deploy: (input: {
    actor: Actor
    algorithmId: string
    serviceId: string
    preferredPort: number
  }) => Promise<unknown>
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
 * Registers and deploys the examples of a folder that were not deployed before and that this machine can run; one that fails
 * does not keep the others from it. Called again when the machine has got more.
 */
export async function deployExamples(deps: Deps, folder: string): Promise<void> {
  const present = new Set(await readdir(folder))
  for (const example of examples) {
    const { id, preferredPort } = example
    if (!present.has(id) || (await deps.configs.get(deployedKey(id))) !== null) continue
    if (!(await isPossible(deps.machine, example))) continue
    try {
      await withBorrowedMedia(join(folder, id), (whole) =>
        deps.registerFolder({ folder: whole, actor: platformActor, algorithmId: id }),
      )
      await deps.deploy({ actor: platformActor, algorithmId: id, serviceId: id, preferredPort })
      await deps.configs.set(deployedKey(id), true)
    } catch (error) {
      deps.logger.error({ err: error, example: id }, 'an example could not be deployed')
    }
  }
}
