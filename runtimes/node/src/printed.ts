import { AsyncLocalStorage } from 'node:async_hooks'

/** Receives every printed line. */
export type OnLine = (stream: 'stdout' | 'stderr', text: string) => void

const longestLine = 8192

/** Splits the printed text of one call into lines. A very long one is cut. */
export class PrintedLines {
  readonly #partial = { stdout: '', stderr: '' }

  constructor(readonly onLine: OnLine) {}

  /** Adds text to a stream. */
  write(stream: 'stdout' | 'stderr', text: string): void {
    const all = this.#partial[stream] + text
    const end = all.length < longestLine ? all.lastIndexOf('\n') + 1 : all.length
    this.#partial[stream] = all.slice(end)
    for (const line of all.slice(0, end).match(/[^\n]*\n|[^\n]+$/g) ?? []) this.onLine(stream, line)
  }

  /** Passes on the text that has no line break yet. */
  flush(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      if (this.#partial[stream] !== '') this.onLine(stream, this.#partial[stream])
      this.#partial[stream] = ''
    }
  }
}

/** The call that prints. It follows promises, timers and callbacks. */
export const printing = new AsyncLocalStorage<PrintedLines>()

/** Makes the two standard streams write through, and also to the lines of the call that prints. */
export function capturePrinted(): void {
  for (const stream of ['stdout', 'stderr'] as const) {
    const target = process[stream]
    const write = target.write.bind(target)
    const captured: typeof target.write = (
      chunk: Uint8Array | string,
      encoding?: unknown,
      done?: unknown,
    ) => {
      printing.getStore()?.write(stream, typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())
      const callback = [encoding, done].find((given): given is () => void => typeof given === 'function')
      return write(chunk, callback)
    }
    target.write = captured
  }
}
