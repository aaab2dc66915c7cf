import type { ResourceLimits } from '@vitrine/contract'
import type { Readable } from 'node:stream'

/** Labels of an image, by which it is found. */
export type ImageLabels = Readonly<Record<string, string>>

/** A message of the builder of a daemon. */
export type BuildSaying =
  { step: { number: number; of: number; text: string } } | { line: string } | { cached: true }

/** The input and the bounds of a build. */
export type BuildImage = {
  /** A tar archive. */
  context: Readable
  /** The path of the Dockerfile in it. */
  dockerfile: string
  tag: string
  labels: ImageLabels
  /** The network of its commands, as the daemon names it. */
  network: string
  /** What each of its commands may use: memory, processor and processes. An absent value is not limited. */
  limits: Pick<ResourceLimits, 'memory_mb' | 'cpu' | 'processes'>
  /** Whether instructions that a base image brings (`ONBUILD`) may be run. If not, a build that begins with them is ended. */
  runsTriggers: boolean
  timeoutMs: number
  signal: AbortSignal
  onSaying: (saying: BuildSaying) => void
  /** Called with the container of each command before it starts. */
  onContainer: (id: string) => void
}

/** How a build ended. `said` is the daemon's message about a failure, or why it could not be reached. */
export type BuildEnd =
  | { built: true; id: string; command: string[]; folder: string }
  | { built: false; why: 'failed' | 'timeout' | 'away'; said: string }

/** The credentials for a registry. */
export type RegistryLogin = { username: string; password: string }

/** An image that is sent to a registry or fetched from there, and within which bounds. */
export type MoveImage = {
  /** Its name with the registry and a tag, or the digest with which it was published. */
  name: string
  /** Null if nobody signs in. */
  login: RegistryLogin | null
  timeoutMs: number
  signal: AbortSignal
  /** Called with each message of the daemon. */
  onLine: (line: string) => void
}

/**
 * How an image was moved. `digest` names it at the registry (`sha256:…`). `said` is the message of the registry or
 * daemon about a failure. `refused` means that the registry did not accept the credentials.
 */
export type MoveEnd =
  | { moved: true; digest: string | null }
  | { moved: false; why: 'refused' | 'failed' | 'timeout' | 'away'; said: string }

/** The instructions that an image makes every build based on it run, or why they could not be read. */
export type TriggersEnd =
  { told: true; triggers: readonly string[] } | (Extract<MoveEnd, { moved: false }> & { told: false })

/** A daemon that builds and stores images. */
export type ImageDaemon = {
  /** Rejects if the signal aborts, or if the context cannot be read. */
  build: (input: BuildImage) => Promise<BuildEnd>
  /**
   * How many bytes a container has written to its own file system. Null if there is no such container (any more). Rejects if the daemon
   * does not answer.
   */
  writtenBy: (containerId: string) => Promise<number | null>
  /** Sends an image of this daemon to the registry in its name. Rejects if the signal aborts. */
  publish: (id: string, input: MoveImage) => Promise<MoveEnd>
  /** Fetches an image from a registry. Rejects if the signal aborts. */
  pull: (input: MoveImage) => Promise<MoveEnd>
  /**
   * The instructions that an image makes builds run (`ONBUILD`). The image is fetched unless this daemon has it.
   * Rejects if the signal aborts.
   */
  triggersOf: (input: Omit<MoveImage, 'login'> & { platform: string | null }) => Promise<TriggersEnd>
  /** Whether an image is on this daemon. Rejects if the daemon does not answer. */
  has: (id: string) => Promise<boolean>
  /** The images that have these labels. Rejects if the daemon does not answer. */
  list: (labels: ImageLabels) => Promise<{ id: string; labels: ImageLabels }[]>
  /** Removes an image with its tags. Resolves with false if a container uses the image, so that it stays. Rejects if the daemon does not answer. */
  remove: (id: string) => Promise<boolean>
}
