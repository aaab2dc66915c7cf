import type { HostNode } from '@vitrine/contract'

/** The colour of a state. */
export const toneOf = {
  ready: 'good',
  cordoned: 'warning',
  tainted: 'quiet',
  not_ready: 'bad',
  unknown: 'quiet',
} as const

/** How many instances of a node are shown before they are unfolded. */
const shownAtOnce = 6

/** The instances of a node that are shown at once, those that are unfolded, and how many more there are that are not named. Pure. */
export function foldInstances({
  instances,
  instance_count: count,
}: Pick<HostNode, 'instances' | 'instance_count'>) {
  // A fold for one of them would take as much room as that one.
  const first = instances.length <= shownAtOnce + 1 ? instances.length : shownAtOnce
  return {
    first: instances.slice(0, first),
    folded: instances.slice(first),
    unnamed: count - instances.length,
  }
}

type Share = HostNode['cpu']

/** The part of a machine that is taken, from 0 to 1: by everything on it, or what a cluster keeps for our instances. Null if it is not known. Pure. */
export function takenPart({ total, requested, in_use: used }: Share): number | null {
  const taken = requested ?? used
  return total === null || total <= 0 || taken === null ? null : Math.min(1, taken / total)
}

/** A label as people read it: of a role, which has no value, only the role. Pure. */
export function labelText({ name, value }: HostNode['labels'][number]): string {
  const [prefix, role] = name.split('/')
  if (prefix === 'node-role.kubernetes.io' && role) return role
  const short = /^(?:[a-z-]+\.)*(?:kubernetes\.io|nvidia\.com)\//.test(name) ? (role ?? name) : name
  return value === '' ? short : `${short}=${value}`
}
