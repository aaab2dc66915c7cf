import type { Asset } from '@vitrine/contract'

/** What one hears of a file that is being sent. */
export type TransferNews = {
  onProgress: (sentBytes: number) => void
  /** It goes on where an earlier one stopped. */
  onResumed: (sentBytes: number) => void
  /** All bytes are there; the platform looks at them. */
  onStoring: () => void
}

/** A file on its way. `pause` and `resume` are null where it is sent in one piece. */
export type Transfer<Result = Asset> = {
  done: Promise<Result>
  pause: (() => void) | null
  resume: (() => void) | null
  /** Gives it up; `done` rejects with a DOMException named AbortError. */
  cancel: () => void
}
