import type { Json, PredictResponse, ReplayOutcome } from '@vitrine/contract'
import { inTimeSlices } from '../../lib/time-slices.ts'
import { answerOf, withoutAddresses } from '../runs/facts/result-digest.ts'

/** Numbers count as the same within this: graphics cards and threads add in another order each time. */
export const tolerance = { relative: 1e-6, absolute: 1e-9 }

/** The most differences that are listed. */
const listedAtMost = 100
/** Longer texts in a difference are cut, in characters. */
const longestShown = 200

/** A run with its result, as far as it is compared. */
export type ComparedRun = {
  id: string
  service_id: string
  status: string
  error: { code: string } | null
  result: PredictResponse | null
}

type Compared = Pick<ReplayOutcome, 'parts' | 'differences' | 'differing'> & {
  same: boolean
  identical: boolean
}
type Place = { path: string; output: string | null; kind: string | null }
type Counts = { values: number; differing: number; largest: number | null; unequal: number }

const noCounts = (): Counts => ({ values: 0, differing: 0, largest: null, unequal: 0 })

/** Whether two numbers are the same for a comparison. Pure. */
export const isClose = (one: number, other: number): boolean =>
  Math.abs(one - other) <= tolerance.absolute + tolerance.relative * Math.max(Math.abs(one), Math.abs(other))

/** A value as a difference shows it: nothing long. Pure. */
function shown(value: Json | undefined): Json {
  if (value === undefined) return null
  if (typeof value === 'string')
    return value.length > longestShown ? `${value.slice(0, longestShown)}…` : value
  if (Array.isArray(value)) return value.length === 0 ? [] : `[… ${value.length}]`
  if (typeof value === 'object' && value !== null)
    return Object.keys(value).length === 0 ? {} : `{… ${Object.keys(value).length}}`
  return value
}

const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const fieldOf = (value: { [key: string]: Json }, name: string): Json | undefined =>
  Object.hasOwn(value, name) ? value[name] : undefined

/** Compares values, and collects how they differ. `before` and `after` make texts of the two comparable. */
class Comparison {
  readonly differences: ReplayOutcome['differences'] = []
  readonly #before: (text: string) => string
  readonly #after: (text: string) => string

  constructor(before: (text: string) => string, after: (text: string) => string) {
    this.#before = before
    this.#after = after
  }

  /** Compares two values. It pauses after each value, for {@link inTimeSlices}. */
  *compare(
    one: Json | undefined,
    other: Json | undefined,
    place: Place,
    counts: Counts,
  ): Generator<null, void> {
    if (Array.isArray(one) && Array.isArray(other)) return yield* this.#lists(one, other, place, counts)
    if (isObject(one) && isObject(other)) return yield* this.#objects(one, other, place, counts)
    this.#single(one, other, place, counts)
    yield null
  }

  #single(one: Json | undefined, other: Json | undefined, place: Place, counts: Counts): void {
    counts.values += 1
    if (typeof one === 'number' && typeof other === 'number') return this.#numbers(one, other, place, counts)
    const isSame =
      typeof one === 'string' && typeof other === 'string'
        ? this.#before(one) === this.#after(other)
        : one === other
    if (!isSame) this.#differ(one, other, place, counts)
  }

  #numbers(one: number, other: number, place: Place, counts: Counts): void {
    if (one === other) return
    counts.unequal += 1
    counts.largest = Math.max(counts.largest ?? 0, Math.abs(one - other))
    if (!isClose(one, other)) this.#differ(one, other, place, counts)
  }

  *#lists(one: Json[], other: Json[], place: Place, counts: Counts): Generator<null, void> {
    const both = Math.min(one.length, other.length)
    if (one.length !== other.length)
      this.#differ(one.length, other.length, { ...place, path: `${place.path}.length` }, counts)
    for (let at = 0; at < both; at += 1)
      yield* this.compare(one[at], other[at], { ...place, path: `${place.path}.${at}` }, counts)
  }

  *#objects(
    one: { [key: string]: Json },
    other: { [key: string]: Json },
    place: Place,
    counts: Counts,
  ): Generator<null, void> {
    for (const name of new Set([...Object.keys(one), ...Object.keys(other)]))
      yield* this.compare(
        fieldOf(one, name),
        fieldOf(other, name),
        { ...place, path: `${place.path}.${name}` },
        counts,
      )
  }

  #differ(one: Json | undefined, other: Json | undefined, place: Place, counts: Counts): void {
    counts.differing += 1
    counts.unequal += 1
    if (this.differences.length < listedAtMost)
      this.differences.push({ ...place, before: shown(one), after: shown(other) })
  }
}

type ComparedPart = { part: ReplayOutcome['parts'][number]; counts: Counts }
type Outputs = PredictResponse['predictions'][number]['outputs']

/** Compares the outputs of one element, by their places. */
async function compareOutputs(
  comparison: Comparison,
  prediction: number,
  before: Outputs,
  after: Outputs,
): Promise<ComparedPart[]> {
  const compared: ComparedPart[] = []
  for (let at = 0; at < Math.max(before.length, after.length); at += 1) {
    const [one, other] = [before[at], after[at]]
    const output = one?.name ?? other?.name ?? ''
    const kind = one?.kind ?? other?.kind ?? ''
    const counts = noCounts()
    const place = { path: `predictions.${prediction}.outputs.${at}`, output, kind }
    const plain = (given: typeof one) =>
      given && { name: given.name ?? null, kind: given.kind, data: given.data }
    await inTimeSlices(comparison.compare(plain(one), plain(other), place, counts))
    const { values, differing, largest } = counts
    const part = { prediction, output, kind, same: differing === 0, values, differing }
    compared.push({ part: { ...part, largest_deviation: largest }, counts })
  }
  return compared
}

/** What a result says beside its outputs. */
const frameOf = (run: ComparedRun): Json => {
  const answer =
    run.result && answerOf({ ...run.result, predictions: run.result.predictions.map(withoutOutputs) })
  return { status: run.status, error: run.error?.code ?? null, answer }
}
const withoutOutputs = (prediction: PredictResponse['predictions'][number]) => ({
  ...prediction,
  outputs: [],
})

/**
 * Compares the results of two runs, value by value: numbers within {@link tolerance}, files by their bytes. Others have their turn
 * meanwhile, however large the results are.
 */
export async function compareResults(before: ComparedRun, after: ComparedRun): Promise<Compared> {
  const comparison = new Comparison(withoutAddresses(before), withoutAddresses(after))
  const frame = noCounts()
  const place = { path: 'run', output: null, kind: null }
  await inTimeSlices(comparison.compare(frameOf(before), frameOf(after), place, frame))
  const [one, other] = [before.result?.predictions ?? [], after.result?.predictions ?? []]
  const compared: ComparedPart[] = []
  for (let at = 0; at < Math.min(one.length, other.length); at += 1)
    compared.push(...(await compareOutputs(comparison, at, one[at]?.outputs ?? [], other[at]?.outputs ?? [])))
  const all = [frame, ...compared.map(({ counts }) => counts)]
  const differing = all.reduce((sum, counts) => sum + counts.differing, 0)
  return {
    same: differing === 0,
    identical: all.every(({ unequal }) => unequal === 0),
    parts: compared.map(({ part }) => part),
    differences: comparison.differences,
    differing,
  }
}
