import type { Algorithm } from './loading.ts'
import type { ConfigChanges } from './messages.ts'

function setEnvironment(values: ConfigChanges): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === null) delete process.env[name]
    else process.env[name] = value
  }
}

/**
 * Sets changed variables in the thread of the algorithm, which has its own environment, and calls `onConfig`. Rejects
 * with the error that `onConfig` throws; the variables are then as before.
 */
export async function takeConfig(
  { onConfig }: Pick<Algorithm, 'onConfig'>,
  changes: ConfigChanges,
): Promise<void> {
  const before = Object.fromEntries(Object.keys(changes).map((name) => [name, process.env[name] ?? null]))
  setEnvironment(changes)
  try {
    await onConfig?.({ ...changes })
  } catch (error) {
    setEnvironment(before)
    throw error
  }
}
