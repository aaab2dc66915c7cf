/** An upload that was begun here before, as the browser remembers it. */
export type BegunUpload = {
  size: number | null
  metadata: Record<string, string>
  /** When it was begun, as the browser writes dates. */
  creationTime: string
}

/** Below this a file is sent in one piece: going on where it stopped would save nothing. */
const wholeUpTo = 8 * 1024 * 1024

/** How long the platform keeps what has arrived of an upload that is not going on. */
const keptMs = 24 * 60 * 60 * 1000

/** Whether a file is sent in parts that may be interrupted. */
export const sentInParts = (file: { size: number }): boolean => file.size > wholeUpTo

/**
 * The upload of the same file to go on with, or null to begin anew: the newest of the same name and size that the platform still
 * has. The browser looks up candidates by name, size and date of the file itself.
 */
export const uploadToResume = <Begun extends BegunUpload>(
  candidates: readonly Begun[],
  file: { name: string; size: number },
  now: Date,
): Begun | null => {
  const good = candidates.filter(({ size, metadata, creationTime }) => {
    const age = now.getTime() - Date.parse(creationTime)
    return size === file.size && metadata.filename === file.name && age >= 0 && age < keptMs
  })
  return good.reduce<Begun | null>(
    (newest, begun) =>
      newest === null || Date.parse(begun.creationTime) > Date.parse(newest.creationTime) ? begun : newest,
    null,
  )
}

/** What to do when a part was not taken: send it again, with a fresh sign-in, or give up. */
export const isWorthRetrying = (status: number | null): boolean =>
  status === null || status >= 500 || [401, 408, 409, 423, 429].includes(status)
