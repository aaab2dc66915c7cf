import { z } from 'zod'
import type { Words } from '../lib/words.ts'

/** The variable in which the start script says why it has kept root. */
const variable = 'VITRINE_ROOT_KEPT'
const reason = z.object({ zh: z.string(), en: z.string() })

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/**
 * Why the start script has kept root, and removes its variable from `env`: it is no setting. Null if root was given
 * up, or if something else has started this process.
 */
export function takeRootKept(env: NodeJS.ProcessEnv): Words | null {
  const told = env[variable]
  delete env[variable]
  return reason.safeParse(parsed(told ?? '')).data ?? null
}
