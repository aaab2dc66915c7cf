import { DetailedError, Upload } from 'tus-js-client'
import { errorFromAnswer, isRefusal, networkError } from '../../api/errors.ts'
import { apiHeaders, apiRoot, hasAccessToken, refreshAccess } from '../../api/token.ts'
import { isWorthRetrying, uploadToResume } from './resume.ts'
import type { Transfer, TransferCallbacks } from './transfer.types.ts'

const partBytes = 64 * 1024 * 1024
const pausesMs = [0, 1_000, 3_000, 5_000, 10_000, 20_000]

const idOf = (url: string | null): string => url?.split('?')[0]?.split('/').at(-1) ?? ''

/** Converts an error of the transfer to the page's error type. */
const failureOf = (error: Error): Error => {
  if (!(error instanceof DetailedError) || error.originalResponse === null) return networkError(error)
  const answer = error.originalResponse
  return errorFromAnswer(answer.getStatus(), answer.getBody(), (name) => answer.getHeader(name) ?? null)
}

/** Whether the person must do something first. Trying again would only hide the reason. */
const isUsedUp = (error: Error): boolean => isRefusal(error, 'quota.uploads')

/**
 * Sends a file by tus 1.0.0 in parts, starting where an earlier attempt of this browser stopped. `done` is
 * the id of the upload, which the platform keeps for `idleUploadHours` of the contract unless it is used. `cancel` deletes it,
 * even if it is complete.
 */
export const sendInParts = (
  file: File,
  callbacks: Pick<TransferCallbacks, 'onProgress' | 'onResumed'>,
): Transfer<string> => {
  let resolve: (uploadId: string) => void = () => undefined
  let reject: (reason: unknown) => void = () => undefined
  const arrived = new Promise<string>((...settle) => {
    ;[resolve, reject] = settle
  })
  let resumedUrl: string | null = null
  const upload = new Upload(file, {
    endpoint: `${apiRoot}/uploads`,
    chunkSize: partBytes,
    retryDelays: pausesMs,
    removeFingerprintOnSuccess: true,
    metadata: { filename: file.name, filetype: file.type },
    // The access token may change during a large upload, so each request takes the current one.
    onBeforeRequest: (request) => {
      for (const [name, value] of Object.entries(apiHeaders())) request.setHeader(name, value)
    },
    onAfterResponse: async (request, answer) => {
      const status = answer.getStatus()
      if (status === 401 && hasAccessToken()) await refreshAccess()
      // The question how much has arrived. tus takes each refusal for “nothing”, and would send all of it again.
      if (request.getMethod() === 'HEAD' && isWorthRetrying(status))
        throw networkError(`the question for the upload was answered with ${status}`)
    },
    onShouldRetry: (error) =>
      isWorthRetrying(error.originalResponse?.getStatus() ?? null) && !isUsedUp(failureOf(error)),
    onProgress: (sent) => {
      // If the platform no longer has the earlier upload, a new one with another address has begun.
      if (resumedUrl !== null && upload.url === resumedUrl) callbacks.onResumed(sent)
      resumedUrl = null
      callbacks.onProgress(sent)
    },
    onSuccess: () => resolve(idOf(upload.url)),
    onError: (error) => reject(failureOf(error)),
  })
  const begin = async () => {
    const earlier = uploadToResume(await upload.findPreviousUploads(), file)
    if (earlier !== null) {
      upload.resumeFromPreviousUpload(earlier)
      resumedUrl = upload.url
    }
    upload.start()
  }
  begin().catch((error: unknown) => reject(error))
  return {
    done: arrived,
    pause: () => void upload.abort(),
    resume: () => upload.start(),
    cancel: () => {
      reject(new DOMException('upload cancelled', 'AbortError'))
      // Deletes the received part on the server too. If it is already gone, that is fine.
      upload.abort(true).catch(() => undefined)
    },
  }
}
