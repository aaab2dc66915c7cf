import type { Wall, WallFact, WallGap } from '@vitrine/contract'
import type { NamedAccount, WallReadings } from './walls.readings.ts'

/** What is known of one wall. */
export type WallPart = Omit<Wall, 'name'>

/** Decides about one wall. Pure. */
export type DecideWall = (readings: WallReadings) => WallPart

/** A fact with its values. */
export const fact = (code: WallFact['code'], values: WallFact['values'] = {}): WallFact => ({ code, values })

/** A gap with its values. */
export const gap = (code: WallGap['code'], values: WallGap['values'] = {}): WallGap => ({ code, values })

/** A wall that is complete unless it has gaps. */
export const withGaps = (facts: WallFact[], gaps: WallGap[]): WallPart => ({
  state: gaps.length === 0 ? 'stands' : 'in_part',
  facts,
  gaps,
})

/** The name and number of an account, such as `www-data (33)`. */
export const accountText = ({ uid, name }: NamedAccount): string =>
  name === null ? String(uid) : `${name} (${uid})`

/** Whether algorithms have this account too. Algorithms that run as root are another gap. */
export const isOfAlgorithms = ({ accounts, own }: WallReadings, account: NamedAccount): boolean =>
  accounts.block === null && account.uid === own.uid && own.uid !== 0

/** The values of a socket that every account can open: whose group should have it, and who is not in that group. */
export const openTo = ({ group }: WallReadings['gateway'], own: NamedAccount): WallGap['values'] => ({
  group: group ?? '',
  account: own.name ?? own.uid,
})
