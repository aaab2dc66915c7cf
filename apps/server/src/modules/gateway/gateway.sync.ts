import type { GatewayTable } from '@vitrine/contract'
import type { Gateway } from '../../adapters/gateway/gateway.ts'

/** Keeps the gateway's table what it should be. */
export type GatewaySync = {
  /** Resolves once requests follow what is true at the moment of the call; rejects where the gateway refuses the table. */
  sync: () => Promise<void>
}

/**
 * Applies tables one at a time; calls that come while one is applied share the next, which sees all that happened before it.
 * A table that says nothing new is not applied.
 */
export function createGatewaySync(deps: {
  gateway: Gateway
  render: () => Promise<Omit<GatewayTable, 'revision'>>
}): GatewaySync {
  // Later than any revision of an earlier control plane, so that a gateway that outlived it takes ours.
  let revision = Date.now()
  let applied = ''
  let current: Promise<void> | null = null
  let next: Promise<void> | null = null

  async function apply(): Promise<void> {
    const table = await deps.render()
    const text = JSON.stringify(table)
    if (text === applied) return
    revision += 1
    await deps.gateway.apply({ ...table, revision })
    applied = text
  }

  function begin(): Promise<void> {
    const mine = apply().finally(() => {
      if (current === mine) current = null
    })
    current = mine
    return mine
  }

  return {
    sync: () => {
      if (!current) return begin()
      next ??= current
        .catch(() => {
          // Its own callers hear of it; the next attempt stands for itself.
        })
        .then(() => {
          next = null
          return begin()
        })
      return next
    },
  }
}
