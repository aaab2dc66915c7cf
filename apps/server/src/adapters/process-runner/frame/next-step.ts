type NextStepDeps = {
  /** Carries out work in turn with everything else that happens to the process. */
  later: (work: () => Promise<void>) => void
  /** Asked when its time has come whether a start is still wanted. */
  mayStart: () => boolean
}

/** The next step of a process, after a pause. There is one step at a time, so a new one replaces the previous one. */
export class NextStep {
  readonly #deps: NextStepDeps
  #timer: NodeJS.Timeout | undefined
  #isStart = false

  constructor(deps: NextStepDeps) {
    this.#deps = deps
  }

  /** Whether the step that is awaited is a start. */
  get isStart(): boolean {
    return this.#isStart
  }

  /** Carries out work after a pause, in milliseconds. A start that is awaited still counts as one. */
  after(ms: number, work: () => Promise<void>): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#deps.later(work), ms)
    this.#timer.unref()
  }

  /** Starts after a pause, in milliseconds. */
  start(ms: number, work: () => Promise<void>): void {
    this.#isStart = true
    this.after(ms, async () => {
      this.#isStart = false
      if (this.#deps.mayStart()) await work()
    })
  }

  cancel(): void {
    clearTimeout(this.#timer)
    this.#isStart = false
  }
}
