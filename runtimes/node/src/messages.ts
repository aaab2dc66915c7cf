import type { OutputReason } from '@vitrine/contract/error-sentences'
/** The data that the worker thread gets at its start. */
export type WorkerStart = {
  /** Absolute path of the module. */
  entry: string
  /** Name of the export with `predict`, if it is not the module itself. */
  exportName: string | null
  outputsFolder: string
  /** The kind of output declared in the manifest. */
  kind: string | null
}

/** To the worker: call `predict`. */
export type CallRequest = {
  type: 'call'
  id: number
  /** All elements for one call, or one element if `predict` is a generator. */
  elements: unknown[]
  /** Whether the result may be a generator, because there is only one element. */
  single: boolean
  /** Forwarded prefix for the addresses of returned files, one for each element. */
  prefixes: string[]
  parameters: Record<string, unknown>
}
/** Changed variables by name. Null for a removed one. */
export type ConfigChanges = Record<string, string | null>
/** To the worker: call `onConfig`. */
export type ConfigRequest = { type: 'configure'; id: number; changes: ConfigChanges }
/** A message to the worker. */
export type ToWorker = CallRequest | ConfigRequest | { type: 'abort'; id: number }

/** The outputs of one element as JSON text, or why they cannot be JSON. */
export type ElementResult = { outputs: string } | { reason: OutputReason | string }

/** A message from the worker. */
export type FromWorker =
  | { type: 'ready'; streams: boolean; takesConfig: boolean }
  | { type: 'setup-failed'; detail: string; stack: string }
  /** `onConfig` has ended. If it threw, `stack` is set and the variables are as before. */
  | { type: 'configured'; id: number; stack: string | null }
  | { type: 'log'; id: number; stream: 'stdout' | 'stderr'; text: string }
  | { type: 'progress'; id: number; progress: number; message: string | null }
  | { type: 'value'; id: number; outputs: string }
  | { type: 'returned'; id: number; results: ElementResult[] }
  | { type: 'streamed'; id: number }
  /** `predict` returned a generator. Call again with one element at a time. */
  | { type: 'streams'; id: number }
  /** The algorithm failed, in its own words, or its output cannot be used. `stack` is for the log. */
  | ({ type: 'raised'; id: number; stack: string } & ({ message: string } | { badOutput: OutputReason }))
