import type { ConfigChange, EffectiveConfig, Json, RequestedChange } from '@vitrine/contract'
import { isOwn, namedBy, type Owner } from './config-draft.ts'

/** A change of a value, with both of its sides. */
export type ShownChange = Pick<ConfigChange, 'key' | 'secret' | 'before' | 'after'>

/** What is asked of the history: that one key, or all for null, return to what they were after a revision, or that one change is undone. */
export type HistoryTarget = { revision: number; key: string | null; undone: ShownChange | null }

/**
 * What counts for a key where this owner sets no value: that of another layer, or the default. The environment counts before what is set
 * here, so it is left out. Null if there is none, and for a secret. Pure.
 */
export function valueElsewhere(item: EffectiveConfig | undefined, owner: Owner): Json {
  if (item === undefined || item.secret) return null
  const beneath = [item, ...item.overridden].find(
    (layer) => !isOwn(layer, owner) && layer.source !== 'environment',
  )
  return beneath?.value ?? null
}

/**
 * Whether what a change made of its key is as it is now, so that there is nothing to restore. A secret is known by its revision alone,
 * because its values are not shown. Pure.
 */
export function isAsNow(
  change: Pick<ShownChange, 'after' | 'secret'>,
  revision: number,
  item: EffectiveConfig | undefined,
  owner: Owner,
): boolean {
  const own = item !== undefined && isOwn(item, owner)
  return change.after === null && !change.secret ? !own : own && item.revision === revision
}

/** The keys of which a page of the history shows the newest change, each with its revision. The newest revision is first. Pure. */
export function newestChanges(
  revisions: readonly { number: number; changes: readonly Pick<ShownChange, 'key'>[] }[],
): ReadonlyMap<string, number> {
  const newest = new Map<string, number>()
  for (const { number, changes } of revisions)
    for (const { key } of changes) if (!newest.has(key)) newest.set(key, number)
  return newest
}

/** The change that undoes the newest one of a key, if nobody has changed the key since. Pure. */
export const undoOf = (
  { key, before, after }: ShownChange,
  revision: number,
  owner: Owner,
): RequestedChange => ({
  ...namedBy(owner),
  key,
  ...(before === null ? { unset: true } : { value: before }),
  // A value that the change has removed has no revision any more.
  base_revision: after === null ? 0 : revision,
})
