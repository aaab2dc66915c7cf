import type { Finding, Sentence } from '../../sources/finding.ts'
import { say } from './plan.ts'

/** A part of recognition that ended with an error: what it looked for, and the error with its stack. */
export type Fault = { what: Sentence; error: string }

/** Runs the parts of recognition, so that it is known which one is under way or failed. */
export class Looking {
  readonly #onLook: (what: Sentence) => void
  readonly faults: Fault[] = []

  /** `onLook` is called before each part. */
  constructor(onLook: (what: Sentence) => void = () => undefined) {
    this.#onLook = onLook
  }

  /** Runs one part of the search. If it fails, its error becomes a fault, the result is `otherwise`, and the other parts continue. */
  async for<T>(what: Sentence, look: () => Promise<T>, otherwise: T): Promise<T> {
    this.#onLook(what)
    try {
      return await look()
    } catch (error) {
      const stack = error instanceof Error ? error.stack : undefined
      this.faults.push({ what, error: stack ?? String(error) })
      return otherwise
    }
  }

  findings(): Finding[] {
    return this.faults.map(({ what, error }) => {
      const [reason = ''] = error.split('\n')
      const text = say(
        `查找“${what.zh}”时平台自身出错（${reason}），因此没有查完；其他形式照常查找。请把这个包和这句话告诉平台的维护者`,
        `Looking for “${what.en}” ended with an error of the platform itself (${reason}), so this form was not looked for; the others were. Please give this package and this sentence to the maintainers of the platform`,
      )
      return { code: 'recognition.failed', text }
    })
  }
}
