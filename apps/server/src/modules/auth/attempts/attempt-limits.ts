import type { KnownConfigKey } from '@vitrine/contract'

/**
 * The keys of the configuration that say how many failures of a subject do not block: of a name from one network, a name on a device
 * that its owner has used, the second factor of somebody who is signed in, a network by password or by another server, a name from
 * everywhere, a share link from one network or from everywhere, and an invitation, for which a failure is a name that is taken.
 */
const freeKeys = {
  name: 'sign_in.tries_name',
  device: 'sign_in.tries_device',
  code: 'sign_in.tries_code',
  address: 'sign_in.tries_address',
  oidc: 'sign_in.tries_oidc',
  anywhere: 'sign_in.tries_everywhere',
  visitor: 'shares.tries_address',
  share: 'shares.tries_link',
  invite: 'invites.tries',
} as const satisfies Record<string, KnownConfigKey>

/** What failures are counted for. */
export type AttemptKind = keyof typeof freeKeys

/** How failures of one subject block. */
export type AttemptLimit = {
  /** The number of failures without a block. */
  free: number
  /** The first block. It doubles with each further failure. */
  firstBlockMs: number
  longestBlockMs: number
  /** One failure is forgotten for each such time without another one. */
  forgetOneMs: number
}

/** The limits that count now. */
export type AttemptLimits = (kind: AttemptKind) => AttemptLimit

/** The limits of the configuration, read anew for each attempt. */
export const attemptLimitsOf =
  (current: { number: (key: KnownConfigKey) => number }): AttemptLimits =>
  (kind) => ({
    free: current.number(freeKeys[kind]),
    firstBlockMs: current.number('sign_in.block_first') * 1000,
    longestBlockMs: current.number('sign_in.block_longest') * 1000,
    forgetOneMs: current.number('sign_in.forget_after') * 1000,
  })
