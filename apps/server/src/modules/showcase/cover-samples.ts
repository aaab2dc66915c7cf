import { json, predictResponse, type Json, type ShowcaseItem } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import { jsonWeight } from '../../lib/json-weight.ts'
import { payerOf } from '../quotas/quotas.ts'
import { takeTexts, takeValues, type ReadingMemory } from '../quotas/reading-memory.ts'
import type { CoverRun, RunSamplesRepository } from '../runs/history/samples.repository.ts'
import type { CoverCache } from './cover-cache.ts'
import { coverSample, inWords } from './cover-sample.ts'

/** A cover that is to be made of a run: with the words of its results in the reader's language. */
type WantedCover = { key: string; run: CoverRun; words: Record<string, string> | undefined }

/** Covers are made of so many bytes of results at once, so that a showcase does not have all of them in memory. */
const atOnceBytes = 4 * 1024 * 1024

/** Covers in parts that are read together. Pure. */
function inParts(wanted: readonly WantedCover[]): WantedCover[][] {
  const parts: WantedCover[][] = []
  let left = 0
  for (const cover of wanted) {
    left -= cover.run.bytes
    if (left < 0 || parts.length === 0) {
      parts.push([])
      left = atOnceBytes - cover.run.bytes
    }
    parts.at(-1)?.push(cover)
  }
  return parts
}

/** The values of one input or result may take so much memory, in bytes. */
const mostValueBytes = 16 * 1024 * 1024

/** A text whose values can be looked at. A cover goes without others: the showcase of everybody must not wait for room for one. */
const looked = (text: string | null): string | null =>
  text !== null && jsonWeight(Buffer.from(text)) <= mostValueBytes ? text : null

/**
 * What covers show of runs, by their keys. Only runs whose cover was not made before are read, part by part, after room is taken for
 * them. Throws `quota.reading`.
 */
export async function coverSamples(
  {
    runSamples,
    reading: memory,
    covers,
  }: { runSamples: Pick<RunSamplesRepository, 'covers'>; reading: ReadingMemory; covers: CoverCache },
  reader: Pick<Actor, 'id' | 'linksOf'>,
  wanted: readonly WantedCover[],
): Promise<Map<string, ShowcaseItem['sample']>> {
  const samples = new Map<string, ShowcaseItem['sample']>()
  const unmade: WantedCover[] = []
  for (const cover of wanted) {
    const made = covers.get(cover.run.id)
    if (made) samples.set(cover.key, inWords(made.shown, cover.words))
    else unmade.push(cover)
  }
  for (const part of inParts(unmade)) {
    const reading = memory.open(payerOf(reader))
    try {
      const bytes = part.reduce((sum, { run }) => sum + run.bytes, 0)
      await takeTexts(reading, bytes)
      const read = await runSamples.covers(part.map(({ run }) => run.id))
      const rows = read.map(({ id, input, result }) => ({ id, input: looked(input), result: looked(result) }))
      await takeValues(
        reading,
        rows.flatMap(({ input, result }) => [input ?? '', result ?? '']),
      )
      const byId = new Map(rows.map((row) => [row.id, row]))
      for (const { key, run, words } of part) {
        const row = byId.get(run.id)
        if (!row) continue
        const input: Json = row.input === null ? null : json.parse(JSON.parse(row.input))
        const result = row.result === null ? null : predictResponse.parse(JSON.parse(row.result))
        const shown = coverSample(input, result)
        covers.set(run.id, { shown })
        samples.set(key, inWords(shown, words))
      }
    } finally {
      reading.end()
    }
  }
  return samples
}
