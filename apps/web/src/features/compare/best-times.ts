import type { Run } from '@vitrine/contract'
import { canonical } from '../../shared/differences/same-data.ts'

/**
 * By how much two durations must differ to be told apart: by this part of the shorter one, and by this many
 * seconds. A column is one run. On a busy machine, runs with the same settings were seen to differ by 44 %.
 */
const noise = { share: 0.5, seconds: 0.05 }

/** What a run measured: columns with the same key ran the same release with the same parameters. */
const settingsKey = ({ service_id, release, parameters }: Run): string =>
  canonical([service_id, release, parameters])

/** The larger of the usual noise and the greatest difference between columns with the same settings, as a part. */
const measuredNoise = (measured: readonly { seconds: number; key: string }[]): number => {
  const twins = measured.flatMap((one) => measured.map((other) => ({ one, other })))
  const parts = twins
    .filter(({ one, other }) => one.key === other.key && one.seconds - other.seconds > noise.seconds)
    .map(({ one, other }) => one.seconds / other.seconds - 1)
  return Math.max(noise.share, ...parts)
}

/**
 * The indexes of the shortest durations. Every other column took clearly longer than each of them: by more than
 * the noise, which is half as long again and 50 ms, or as much as columns with the same settings differ here. Empty if all are
 * within the noise.
 */
export const bestTimes = (runs: readonly (Run | null)[], seconds: readonly (number | null)[]): number[] => {
  const measured = runs.flatMap((run, place) => {
    const took = seconds[place] ?? null
    return run === null || took === null ? [] : [{ place, seconds: took, key: settingsKey(run) }]
  })
  const sorted = measured.toSorted((one, other) => one.seconds - other.seconds)
  const share = measuredNoise(measured)
  const isLonger = (one: number, other: number): boolean =>
    one - other > noise.seconds && one > other * (1 + share)
  const gap = sorted.findIndex(({ seconds: took }, at) => isLonger(took, sorted[at - 1]?.seconds ?? took))
  return gap < 0
    ? []
    : sorted
        .slice(0, gap)
        .map(({ place }) => place)
        .toSorted((one, other) => one - other)
}
