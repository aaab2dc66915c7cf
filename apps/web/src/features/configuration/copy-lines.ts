import type { CopiedValue, EndpointResponse } from '@vitrine/contract'

/** What a copy of a key changes in one service, named by the service. */
type TargetLine = Pick<CopiedValue, 'key' | 'secret' | 'before' | 'after'> & { kept: boolean; isNew: boolean }
/** A key that can be copied, with what changes in each service. */
export type CopyLine = { key: string; description: string; changes: TargetLine[] }

const lineOf = ({ service_id: id, secret, before, after, is_new: isNew }: CopiedValue): TargetLine => ({
  key: id,
  secret,
  before,
  after,
  isNew,
  // The same value, and other words about it.
  kept: !secret && !isNew && JSON.stringify(before) === JSON.stringify(after),
})

/** The keys that can be copied, those that change something first. Pure. */
export function copyLines({ keys, changes }: EndpointResponse<'GET /config/copy'>): CopyLine[] {
  const lines = keys.map(({ key, description }) => ({
    key,
    description,
    changes: changes.filter((change) => change.key === key).map(lineOf),
  }))
  return [
    ...lines.filter((line) => line.changes.length > 0),
    ...lines.filter((line) => line.changes.length === 0),
  ]
}
