import type { Probe } from './probe.ts'
import type { HealthFinding } from './reason.ts'

type Masks = { of: (serviceId: string) => Promise<(text: string) => string> }

/** The text of the program in a finding; null if it has none. */
function textOf(found: HealthFinding): string | null {
  if (found.code === 'states') return found.detail
  return found.code === 'answers' ? (found.said ?? null) : null
}

function withText(found: HealthFinding, text: string): HealthFinding {
  if (found.code === 'states') return { ...found, detail: text }
  return found.code === 'answers' ? { ...found, said: text } : found
}

/** The health that an instance reports is text of its program, which may contain its secrets. */
export const maskedProbe =
  (probe: Probe, masks: Masks): Probe =>
  async (target) => {
    const result = await probe(target)
    const { found, reason } = result
    const said = found && textOf(found)
    if (target.serviceId === undefined || found === null || said === null) return result
    const masked = withText(found, (await masks.of(target.serviceId))(said))
    return { ...result, found: masked, reason: reason === null ? null : masked }
  }
