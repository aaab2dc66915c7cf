import pLimit from 'p-limit'
import { platformActor } from '../../lib/actor.ts'
import type { RefusedPush } from '../algorithms/algorithm-repositories.tables.ts'
import type { LeftPush } from '../algorithms/open-pushes.ts'
import type { PushedCommit } from '../algorithms/register-commit.ts'
import { browseAlgorithm, versionOf } from '../algorithms/algorithms.usecases.ts'
import { takePush } from '../algorithms/take-push.ts'
import { inTurnOf } from '../algorithms/turns.ts'
import { lookAtServices } from './check-branch.ts'
import { subjectOf } from './code-of-service.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'
import { roundsForAll } from './polling.ts'

/** Algorithms that are looked at simultaneously. */
const atOnce = 2

/**
 * What nobody has done yet for the newest commit of the followed branch, in the platform's own host: make it a version, or look at the
 * services that deploy it. `seen`: the newest commits that these have seen. Pure.
 */
export function leftOf({
  commit,
  isVersion,
  refused,
  seen,
}: {
  commit: string
  isVersion: boolean
  refused: Pick<RefusedPush, 'commit' | 'failedHere'> | null
  seen: readonly (string | null)[]
}): 'nothing' | 'version' | 'services' {
  const isRefused = refused?.commit === commit && refused.failedHere !== true
  if (!isVersion) return isRefused ? 'nothing' : 'version'
  return seen.every((one) => one === commit) ? 'nothing' : 'services'
}

type Left = { commit: string; is: ReturnType<typeof leftOf>; author: string; ownerName: string }

/** Asks what is left of an algorithm. Null if its code is elsewhere, or if a push is under way: that one is dealt with first. */
async function askLeft(deps: PipelinesDeps, algorithmId: string): Promise<Left | 'later' | null> {
  const known = await browseAlgorithm(deps.algorithms, algorithmId)
  if (known?.repository?.provider !== 'builtin') return null
  const commit = await deps.codeHost.resolve(algorithmId, 'HEAD')
  if (commit === null) return null
  // Asked when the commit is known: until then, a push may have begun that has just brought it.
  if (deps.openPushes.isUnderWay(algorithmId)) return 'later'
  const version = await versionOf(deps.algorithms, { algorithmId, commit })
  const { refusedPush: refused } = known.repository
  const seen = await deps.rules.seenCommits(algorithmId)
  const is = leftOf({ commit, isVersion: version !== null, refused, seen })
  const { ownerName } = known.row
  return { commit, is, author: version?.createdBy ?? ownerName, ownerName }
}

/**
 * A commit of which nobody knows any more who has pushed it. It becomes a version in the name of the algorithm's owner, and gets no model
 * files by that: an administrator may have pushed it.
 */
async function foundCommit(
  { codeHost }: PipelinesDeps,
  { algorithmId, commit, ownerName }: { algorithmId: string; commit: string; ownerName: string },
): Promise<PushedCommit> {
  const [newest] = await codeHost.commits(algorithmId, { from: null, to: commit, most: 1 })
  const message = subjectOf(newest?.message ?? '')
  const actor = { ...platformActor, name: ownerName }
  return { algorithmId, commit, message, actor, before: null, isSent: false }
}

/**
 * Asks what of an algorithm nobody has dealt with, and does it; what fails then is left again. A restart may have come between git and the
 * version, or between the version and the pipelines; or one of these has failed. `sent` is a push whose work has failed, with who has sent it.
 */
async function dealWithLeft(
  deps: PipelinesDeps,
  algorithmId: string,
  sent: PushedCommit | null,
): Promise<'done' | 'later'> {
  // In the turn of the algorithm, so that no upload is between its commit and its version.
  const left = await inTurnOf(deps.algorithms, algorithmId, () => askLeft(deps, algorithmId))
  if (left === 'later') return 'later'
  if (left === null || left.is === 'nothing') return 'done'
  const { commit, author, ownerName } = left
  // The listeners to new versions look at the services then.
  if (left.is === 'version')
    await takePush(
      deps,
      sent?.commit === commit
        ? { ...sent, before: null }
        : await foundCommit(deps, { algorithmId, commit, ownerName }),
    )
  else await lookAtServices(deps, { algorithmId, pushed: { commit, name: author } }, 'polling')
  return 'done'
}

/** The longest pause between two looks at an algorithm, in rounds. */
const longestPause = 16

/** In how many rounds an algorithm is looked at again after so many looks that failed: 1, 2, 4 … Pure. */
export const pauseAfter = (failures: number): number => Math.min(2 ** (failures - 1), longestPause)

/**
 * Lets algorithms wait longer and longer at which looks fail: each of them recognises a package or asks a database that is away, for
 * nothing. Something new that is left of the algorithm ends its pause.
 */
function growingPauses() {
  const pauses = new Map<string, { failures: number; until: number; left: LeftPush }>()
  return {
    isPaused(id: string, left: LeftPush | undefined, round: number): boolean {
      const pause = pauses.get(id)
      return pause !== undefined && pause.left === left && round < pause.until
    },
    /** A look has ended. `before` and `left`: what was left of the algorithm before and after it. */
    note(id: string, round: number, { before, left }: Record<'before' | 'left', LeftPush | undefined>): void {
      const earlier = pauses.get(id)
      const failures = (earlier && earlier.left === before ? earlier.failures : 0) + 1
      if (left) pauses.set(id, { failures, until: round + pauseAfter(failures), left })
      else pauses.delete(id)
    },
  }
}

/**
 * Looks for pushes to the platform's own host that nobody has dealt with. The first round asks for all algorithms, because an earlier
 * control plane may have been interrupted; each tenth for those whose pushes are deployed; all others only for those of which something
 * has failed, because each question costs a process of git. Where it fails again and again, the pauses grow.
 */
export function createLeftLooks(deps: PipelinesDeps): () => Promise<void> {
  let number = 0
  const dueNow = async () => {
    if (number === 0) return deps.places.keptElsewhere('gitea')
    return number % roundsForAll === 0 ? deps.rules.ownWatched() : []
  }
  const pauses = growingPauses()
  return async () => {
    const due = await dueNow()
    // Not before: without the list, the next round is this one.
    const round = number
    number += 1
    const { openPushes } = deps
    const left = openPushes.left()
    const look = async (id: string) => {
      const before = left.get(id)
      const outcome = await dealWithLeft(deps, id, before?.push ?? null).catch((error: unknown) => {
        deps.onError(error)
        return 'failed' as const
      })
      if (outcome === 'done') openPushes.settle(id, before)
      else if (!before) openPushes.leave(id)
      if (outcome !== 'later') pauses.note(id, round, { before, left: openPushes.left().get(id) })
    }
    const inPlace = pLimit(atOnce)
    const wanted = [...new Set([...due, ...left.keys()])].filter(
      (id) => !pauses.isPaused(id, left.get(id), round),
    )
    await Promise.all(wanted.map((id) => inPlace(look, id)))
  }
}
