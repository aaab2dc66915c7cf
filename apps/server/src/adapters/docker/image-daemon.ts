import type { Readable } from 'node:stream'

/** Labels of an image, by which it is found. */
export type ImageLabels = Readonly<Record<string, string>>

/** What the builder of a daemon says while it builds. */
export type BuildSaying =
  { step: { number: number; of: number; text: string } } | { line: string } | { cached: true }

/** What an image is built from, and within which bounds. */
export type BuildImage = {
  /** A tar archive. */
  context: Readable
  /** The path of the Dockerfile in it. */
  dockerfile: string
  tag: string
  labels: ImageLabels
  /** The network of its commands, as the daemon names it. */
  network: string
  /** What each of its commands may use; null for no limit. */
  memoryMb: number | null
  timeoutMs: number
  signal: AbortSignal
  onSaying: (saying: BuildSaying) => void
}

/** How a build ended. `said` is what the daemon itself said of a failure, or why it could not be asked. */
export type BuildEnd =
  | { built: true; id: string; command: string[]; folder: string }
  | { built: false; why: 'failed' | 'timeout' | 'away'; said: string }

/** What makes and keeps images. */
export type ImageDaemon = {
  /** Rejects if the signal aborts, or if the context cannot be read. */
  build: (input: BuildImage) => Promise<BuildEnd>
  /** The images that have these labels. */
  list: (labels: ImageLabels) => Promise<{ id: string; labels: ImageLabels }[]>
  /** Removes an image with its tags. Resolves with whether it is gone: one that a container uses stays. */
  remove: (id: string) => Promise<boolean>
}
