/** An earlier upload from here, as the browser remembers it. */
export type UnfinishedUpload = {
  size: number | null
  metadata: Record<string, string>
  /** When it began, in the browser's date format. */
  creationTime: string
}

/** Smaller files are sent in one piece, in bytes: resuming them would save nothing. */
const wholeUpTo = 8 * 1024 * 1024

/** Whether something of this size in bytes is sent in parts and can be interrupted. */
export const sentInParts = (file: { size: number }): boolean => file.size > wholeUpTo

/**
 * The earlier upload of the same file to resume: the newest with the same name and size. Null to start again. The browser
 * finds candidates by the file's name, size and date. Its age says nothing: the platform keeps an upload as long as its bytes
 * go on arriving (`idleUploadHours` of the contract), and is asked whether it still has this one.
 */
export const uploadToResume = <Begun extends UnfinishedUpload>(
  candidates: readonly Begun[],
  file: { name: string; size: number },
): Begun | null => {
  const good = candidates.filter(
    ({ size, metadata, creationTime }) =>
      size === file.size && metadata.filename === file.name && !Number.isNaN(Date.parse(creationTime)),
  )
  return good.reduce<Begun | null>(
    (newest, begun) =>
      newest === null || Date.parse(begun.creationTime) > Date.parse(newest.creationTime) ? begun : newest,
    null,
  )
}

/** Whether to send a refused part again, with a fresh sign-in if needed, instead of giving up. */
export const isWorthRetrying = (status: number | null): boolean =>
  status === null || status >= 500 || [401, 408, 409, 423, 429].includes(status)
