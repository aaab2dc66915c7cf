import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { platformActor, type Actor } from '../lib/actor.ts'
import type { ConfigsRepository } from '../modules/configs/configs.repository.ts'
import { withBorrowedMedia } from './borrowed-media.ts'

/** The examples that ship, with the port that each takes if it is free. */
const examples: readonly { id: string; preferredPort: number }[] = [
  { id: 'text-classify', preferredPort: 8001 },
  { id: 'image-recog', preferredPort: 8002 },
  { id: 'speech-to-text', preferredPort: 8003 },
  { id: 'people-tracking', preferredPort: 8004 },
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
  logger: Logger
}

/** Registers and deploys the examples of a folder that were not deployed before; one that fails does not keep the others from it. */
export async function deployExamples(deps: Deps, folder: string): Promise<void> {
  const present = new Set(await readdir(folder))
  for (const { id, preferredPort } of examples) {
    if (!present.has(id) || (await deps.configs.get(deployedKey(id))) !== null) continue
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
