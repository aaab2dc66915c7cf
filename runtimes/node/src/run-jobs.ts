import { outputReasonOf } from './bad-output.ts'
import type { Job } from './job.ts'
import type { CallEvents, Predictor as WholePredictor } from './predictor.ts'
import { badOutput, Problem } from './problem.ts'

/** What runs the algorithm. */
type Predictor = Pick<WholePredictor, 'call' | 'streams'>
type Place = { job: Job; index: number }

function eventsFor(
  jobs: readonly Job[],
  index: number | null,
  onValue: (outputs: string) => void,
): CallEvents {
  return {
    onLog: (stream, text) => jobs.forEach((job) => job.log(stream, text)),
    onProgress: (progress, message) => jobs.forEach((job) => job.report(index, progress, message)),
    onValue,
  }
}

/** Calls `abort` once all jobs are cancelled, now or later. */
function whenAllCancelled(jobs: readonly Job[], abort: () => void): void {
  const check = () => {
    if (jobs.every((job) => job.cancelled)) abort()
  }
  for (const job of jobs) job.onCancel = check
  check()
}

/** Makes one call for all elements. False if each must be tried separately. */
async function runTogether(predictor: Predictor, places: readonly Place[]): Promise<boolean> {
  const jobs = [...new Set(places.map(({ job }) => job))]
  const first = places[0]
  if (!first) return true
  const single = places.length === 1
  let last = '[]'
  const end = await predictor.call(
    {
      elements: places.map(({ job, index }) => job.elements[index]),
      prefixes: places.map(({ job }) => job.prefix),
      parameters: first.job.parameters.values,
      single,
    },
    eventsFor(jobs, single ? first.index : null, (outputs) => {
      last = outputs
      first.job.announce(first.index, outputs)
    }),
    (abort) => whenAllCancelled(jobs, abort),
  )
  if (end.type === 'streams' || (end.type === 'raised' && !single && !jobs.every((job) => job.cancelled)))
    return false
  places.forEach(({ job, index }, at) => {
    if (end.type === 'streamed') return job.succeed(index, last)
    if (end.type === 'raised')
      return job.fail(index, job.cancelled ? new Problem('algorithm.cancelled') : end.problem)
    const result = end.results[at] ?? { reason: { rule: 'output.nothing', values: {} } }
    if ('reason' in result) return job.fail(index, badOutput(result.reason))
    job.succeed(index, result.outputs)
    job.announce(index, result.outputs)
  })
  return true
}

async function runPlaces(predictor: Predictor, jobs: readonly Job[]): Promise<void> {
  const places: Place[] = []
  for (const job of jobs) {
    job.start()
    for (const index of job.pending) {
      if (job.cancelled) job.fail(index, new Problem('algorithm.cancelled'))
      else places.push({ job, index })
    }
  }
  const alone = predictor.streams && places.length > 1
  if (alone || !(await runTogether(predictor, places))) {
    for (const place of places) await runTogether(predictor, [place])
  }
}

/** Fails the elements that have no prediction yet. */
function failTheRest(jobs: readonly Job[], problem: Problem): void {
  for (const job of jobs)
    for (const [index, prediction] of job.predictions.entries())
      if (prediction === '') job.fail(index, problem)
}

/**
 * Runs jobs that were taken together: in one call if possible, else element by element. Afterwards each job
 * is finished.
 */
export async function runJobs(predictor: Predictor, jobs: readonly Job[]): Promise<void> {
  try {
    await runPlaces(predictor, jobs)
  } catch (error) {
    // For example, an output is longer than the longest string. If nobody caught that, all other predictions would end with this one.
    console.error(error)
    failTheRest(jobs, badOutput(outputReasonOf(error)))
  }
  for (const job of jobs) job.finish()
}
