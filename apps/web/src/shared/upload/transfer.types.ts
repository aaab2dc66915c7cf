import type { Asset } from '@vitrine/contract'

/** Callbacks for the progress of a file. */
export type TransferCallbacks = {
  onProgress: (sentBytes: number) => void
  /** The upload resumed an earlier one. */
  onResumed: (sentBytes: number) => void
  /** All bytes have arrived, and the platform processes them. */
  onStoring: () => void
}

/** Begins to send a file. */
export type StartTransfer<Result> = (file: File, callbacks: TransferCallbacks) => Promise<Transfer<Result>>

/** A file that is being sent. `pause` and `resume` are null if it is sent in one piece. */
export type Transfer<Result = Asset> = {
  done: Promise<Result>
  pause: (() => void) | null
  resume: (() => void) | null
  /** Cancels it; `done` rejects with a DOMException named AbortError. */
  cancel: () => void
}
