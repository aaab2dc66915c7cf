import type { ProcessReport, ProcessRunner } from '../../adapters/process-runner/process-runner.ts'
import { usageSampler, type Usage } from '../../lib/procfs/process-usage.ts'

/** What living instances use: on this machine by their processes, and on others as their runner tells it. */
export class InstanceUsage {
  readonly #runner: Pick<ProcessRunner, 'usage'>
  readonly #sampler = usageSampler()
  #here: ReadonlyMap<number, Usage> = new Map()
  #elsewhere: ReadonlyMap<string, Usage> = new Map()

  constructor(runner: Pick<ProcessRunner, 'usage'>) {
    this.#runner = runner
  }

  /** Takes a sample of these processes and of what runs elsewhere. */
  async sample(pids: readonly number[]): Promise<void> {
    this.#here = await this.#sampler.sample(pids)
    this.#elsewhere = (await this.#runner.usage?.()) ?? new Map()
  }

  /** Returns what a process used at the last sample; null if it does not live, or if nobody knows. */
  of(report: Pick<ProcessReport, 'id' | 'pid' | 'generation'> | null): Usage | null {
    if (!report) return null
    const here = report.pid === null ? undefined : this.#here.get(report.pid)
    const elsewhere = report.generation === null ? undefined : this.#elsewhere.get(report.id)
    return here ?? elsewhere ?? null
  }
}
