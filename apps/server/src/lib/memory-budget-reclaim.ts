/** What a piece of work holds of a budget, and why its next request waits; null if none does. */
export type Claim = {
  person: string
  bytes: number
  next: { bytes: number; lacks: Lack } | null
}

/**
 * What a request lacks. `share`: the share of its person is full. `room`: all of the memory is. `exemption`: the piece of work alone would
 * hold more than a share, so only the one exemption from the bounds can let it in.
 */
export type Lack = 'share' | 'room' | 'exemption'

const largest = <C extends Claim>(claims: readonly C[]): C =>
  claims.reduce((first, next) => (next.bytes > first.bytes ? next : first))

/**
 * Finds the first claim that waits for another person, and the one whose end lets it in; null if nobody waits for anybody else. A full
 * budget is left by the largest claim of whoever holds most, if that is more than the one who waits would hold; else by the exempt
 * claim. Pure.
 */
export function obstructionIn<C extends Claim>(
  claims: readonly C[],
  exempt: C,
): { waiting: C; by: C } | null {
  const totals = new Map<string, number>()
  for (const { person, bytes } of claims) totals.set(person, (totals.get(person) ?? 0) + bytes)
  const [greatest, most] = [...totals].reduce((first, next) => (next[1] > first[1] ? next : first), ['', 0])
  for (const waiting of claims) {
    const { person, next } = waiting
    if (next === null || next.lacks === 'share') continue
    const wouldHold = (totals.get(person) ?? 0) + next.bytes
    if (next.lacks === 'room' && greatest !== person && most > wouldHold)
      return { waiting, by: largest(claims.filter((claim) => claim.person === greatest)) }
    if (exempt.person !== person) return { waiting, by: exempt }
  }
  return null
}
