import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import type { Json } from '@vitrine/contract'
import { canonicalDigestAtOnce } from '../../lib/canonical-json.ts'

/** The file with the key of the chain. Without it, a chain can neither be checked nor forged. */
export const auditKeyFile = (secretsFolder: string): string => join(secretsFolder, 'audit-chain.key')

/** What an entry states. */
export type AuditContent = {
  actor: string
  actorId: string | null
  action: string
  target: string
  details: Record<string, Json>
  requestId: string | null
}

/** An entry with its place in the chain, as it is stored. */
export type ChainedEntry = AuditContent & {
  number: number
  createdAt: Date
  digest: string
  hash: string
  erased: boolean
}

/** The end of the chain. Before the first entry, its number is 0 and its hash empty. */
export type ChainHead = { number: number; hash: string }

/** The prefix of the actions that record what was refused. */
export const refusedPrefix = 'refused '

/** The digest of everything in an entry that an erasure takes away. Pure. */
export const contentDigest = ({ actor, actorId, target, details, requestId }: AuditContent): string =>
  canonicalDigestAtOnce({ actor, actor_id: actorId, target, details, request_id: requestId })

/**
 * The hash of an entry: HMAC-SHA-256 over the hash of the one before, its number, time, action and digest. Whoever can write
 * to the database alone has not the key, and cannot make a chain that fits. Pure.
 */
export const linkOf = (
  key: string,
  entry: { previous: string; number: number; createdAt: Date; action: string; digest: string },
): string =>
  createHmac('sha256', key)
    .update(
      JSON.stringify([
        entry.previous,
        entry.number,
        entry.createdAt.toISOString(),
        entry.action,
        entry.digest,
      ]),
    )
    .digest('hex')

/** What is wrong with the log, and where. */
export type ChainProblem = {
  kind: 'changed' | 'removed' | 'inserted' | 'cut'
  /** The number of the entry, or the first missing number of a gap. Null for an entry without a number. */
  number: number | null
  /** The last missing number of a gap. Null for an entry. */
  to: number | null
}

/** What a check has found. */
export type ChainReport = { entries: number; erased: number; head: ChainHead; problems: ChainProblem[] }

/** Most problems that are named. */
const mostProblems = 100

/** How long the contents of refusals are kept, in milliseconds. */
export const refusalsKeptMs = 90 * 24 * 3600 * 1000

/** Whether an entry states what it stated when it was written. Only an old refusal may have lost its content. */
const isContentWhole = (entry: ChainedEntry, now: Date): boolean =>
  entry.erased
    ? entry.action.startsWith(refusedPrefix) && now.getTime() - entry.createdAt.getTime() >= refusalsKeptMs
    : entry.digest === contentDigest(entry)

/** Checks entries in the order of their numbers. */
function createWalk({ key, head, now }: { key: string; head: ChainHead; now: Date }) {
  const problems: ChainProblem[] = []
  const note = (kind: ChainProblem['kind'], number: number | null, to: number | null = null) => {
    if (problems.length < mostProblems) problems.push({ kind, number, to })
  }
  const report: ChainReport = { entries: 0, erased: 0, head, problems }
  let expected = 1
  let atHead: string | null = null
  // Null after a gap: the hash of a removed entry is not known, so the next one is trusted for it.
  let previous: string | null = ''
  return {
    take(entry: ChainedEntry) {
      const { number, createdAt, action, digest } = entry
      report.entries += 1
      if (entry.erased) report.erased += 1
      if (number < 1) return note('inserted', number)
      if (number > expected) {
        note('removed', expected, number - 1)
        previous = null
      }
      expected = number + 1
      const isLinked =
        previous === null || entry.hash === linkOf(key, { previous, number, createdAt, action, digest })
      // Further entries may have been written since the end was read.
      if (number > head.number && !isLinked) note('inserted', number)
      else if (!isLinked || !isContentWhole(entry, now)) note('changed', number)
      previous = entry.hash
      if (number === head.number) atHead = previous
    },
    end(unnumbered: number): ChainReport {
      if (expected <= head.number) note('cut', expected, head.number)
      else if (atHead !== null && atHead !== head.hash) note('changed', head.number)
      if (unnumbered > 0) note('inserted', null)
      return report
    },
  }
}

/**
 * Checks a log against its chain. `entries` come in the order of their numbers; `unnumbered` is how many have none, which only a
 * changed table allows. An entry after a gap cannot be checked against the one before, which is missing; its content is checked.
 */
export async function checkChain(input: {
  key: string
  head: ChainHead
  now: Date
  entries: AsyncIterable<ChainedEntry>
  unnumbered: () => Promise<number>
}): Promise<ChainReport> {
  const walk = createWalk(input)
  for await (const entry of input.entries) walk.take(entry)
  return walk.end(await input.unnumbered())
}
