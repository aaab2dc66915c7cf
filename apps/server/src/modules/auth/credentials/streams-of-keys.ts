import type { GatewayKeys } from '@vitrine/contract'
import type { OpenStreams } from '../../../lib/open-streams.ts'

/**
 * Makes a function that takes each new list of valid keys. It ends the streams of keys that are no longer in the list
 * or whose rights have changed.
 */
export function streamsOfKeys(streams: OpenStreams): (list: GatewayKeys) => void {
  let before = new Map<string, string>()
  return ({ keys }) => {
    const now = new Map(
      keys.map(({ id, scopes, service_ids, expires_at }) => [
        id,
        JSON.stringify([scopes, service_ids, expires_at]),
      ]),
    )
    for (const [id, rights] of before) if (now.get(id) !== rights) streams.endOf(`key:${id}`)
    before = now
  }
}
