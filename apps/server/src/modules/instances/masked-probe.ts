import type { Probe } from './probe.ts'
import type { HealthFinding } from './reason.ts'

type Masks = { of: (serviceId: string) => Promise<(text: string) => string> }

/** The health that an instance reports is text of its program, which may contain its secrets. */
export const maskedProbe =
  (probe: Probe, masks: Masks): Probe =>
  async (target) => {
    const result = await probe(target)
    const { found, reason } = result
    if (target.serviceId === undefined || found?.code !== 'states' || found.detail === null) return result
    const mask = await masks.of(target.serviceId)
    const masked: HealthFinding = { ...found, detail: mask(found.detail) }
    return { ...result, found: masked, reason: reason === null ? null : masked }
  }
