import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { outputsPath, type PredictResponse } from '@vitrine/contract'
import type { InstanceEndpoint } from '@vitrine/contract/port-listener'
import type { Logger } from 'pino'
import type { ObjectStore } from '../../../adapters/object-store/object-store.ts'
import { isDiskFull } from '../../../lib/disk-full.ts'
import { codeOfError } from '../../../lib/code-of-error.ts'
import { internalError } from '../../../lib/internal.errors.ts'
import { AppError } from '../../../lib/errors.ts'
import type { keyedQueue } from '../../../lib/keyed-queue.ts'
import { wordsOfError } from '../../../lib/words.ts'
import { requestAt } from '../../../lib/endpoint-request.ts'
import { retryUntilReachable } from '../../../adapters/database/database-retry.ts'
import type { GeneratedFiles } from './generated-files.ts'
import { fileNamesIn, withKeptFiles } from '../file-names.ts'
import type { RunFilesRepository } from './files.repository.ts'
import type { RunRecord, UnkeptFile } from '../run-record.ts'
import { runFileMissing, runFilesTooLarge, runFilesTooMany, runStorageFull } from '../runs.errors.ts'

/** What storing the files of runs needs. */
export type RunFilesDeps = {
  files: RunFilesRepository
  objects: ObjectStore
  /**
   * The folder for files that have not arrived completely. It is on the same disk as the object store, if that is a
   * folder.
   */
  uploads: string
  /** Executes operations on the object of one content one after the other. */
  queue: ReturnType<typeof keyedQueue>
  logger: Logger
}

/** Limits for the files of one run. */
const mostFiles = 1000
const mostBytes = 4 * 1024 ** 3
/** How long an instance may send nothing while it sends a file, in milliseconds. */
const usualSilenceMs = 30_000
/** After so many files for which it has sent nothing for so long, an instance is not asked for the others of a result. */
const mostSilences = 3

/** The key of a run's file, from its hash. Separate from media files, whose objects are deleted by other rules. */
export const objectKey = (sha256: string): string => `runfiles/${sha256}`

/**
 * Stores the files that a result names. Resolves with the result, which then has the new addresses, and with the files
 * that could not be stored.
 */
export type KeepFiles = (input: {
  run: Pick<RunRecord, 'id' | 'service_id'>
  result: PredictResponse
  /** The address of the instance that has the files. */
  endpoint: InstanceEndpoint | null
  /** The files that the platform itself made from the answers. */
  made?: Pick<GeneratedFiles, 'read'>
  signal: AbortSignal
}) => Promise<{ result: PredictResponse; unkept_files: UnkeptFile[] }>

type Source = {
  runId: string
  endpoint: InstanceEndpoint | null
  made: Pick<GeneratedFiles, 'read'> | undefined
  name: string
  leftBytes: number
  silenceMs: number
  signal: AbortSignal
}

const typeForm = /^[a-z]+\/[a-z0-9.+-]+$/

/** The bytes and the type of a file. */
async function contentOf({ endpoint, made, name, silenceMs, signal }: Source) {
  const ours = made?.read(name)
  if (ours) return ours
  if (endpoint === null) throw runFileMissing({ name })
  const answer = await requestAt(endpoint, `${outputsPath}${name}`, {
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
    signal,
  })
  if (answer.statusCode !== 200) {
    await answer.body.dump()
    throw runFileMissing({ name })
  }
  return { body: answer.body, type: String(answer.headers['content-type']) }
}

/** Downloads a file from its instance to a local path. Resolves with its properties. */
async function fetchFile(source: Source, path: string) {
  const { name, leftBytes, signal } = source
  const { body, type: stated } = await contentOf(source)
  const hash = createHash('sha256')
  let size = 0
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length
      if (size > leftBytes) return done(runFilesTooLarge({ name, limit_bytes: mostBytes }))
      hash.update(chunk)
      return done(null, chunk)
    },
  })
  await pipeline(body, meter, createWriteStream(path, { flags: 'wx', mode: 0o644 }), { signal })
  const [type = ''] = stated.toLowerCase().split(';')
  const mime = typeForm.test(type.trim()) ? type.trim() : 'application/octet-stream'
  return { sha256: hash.digest('hex'), size, mime }
}

/**
 * Stores one file. Resolves with its size in bytes. Its row is written first, so that the store has no object
 * without a row.
 */
async function keepFile(deps: RunFilesDeps, source: Source): Promise<number> {
  const { runId, name } = source
  const path = join(deps.uploads, `run-file-${randomUUID()}`)
  try {
    const found = await fetchFile(source, path)
    await deps.queue.run(found.sha256, async () => {
      await retryUntilReachable(() => deps.files.put(runId, { name, ...found }))
      await deps.objects.putFile(objectKey(found.sha256), path, found.mime).catch(async (error: unknown) => {
        await deps.files.remove(runId, name)
        throw error
      })
    })
    return found.size
  } finally {
    await rm(path, { force: true })
  }
}

const isSilence = (error: unknown): boolean => /^UND_ERR_(HEADERS|BODY)_TIMEOUT$/.test(codeOfError(error))

/** The error for a file that could not be stored. */
function reasonOf(deps: RunFilesDeps, source: Source, error: unknown): AppError {
  const { runId: run, name } = source
  if (error instanceof AppError) return error
  if (isDiskFull(error)) return runStorageFull({ name }, error)
  const code = codeOfError(error)
  deps.logger.error({ err: error, run, file: name }, 'a file of a run could not be kept')
  return /^(E[A-Z]+|UND_ERR_\w+)$/.test(code) ? runFileMissing({ name }, error) : internalError({}, error)
}

/** Creates the function that stores the files of a run when it ends. `silenceMs` is for tests. */
export const keepFilesBy =
  (deps: RunFilesDeps, { silenceMs = usualSilenceMs } = {}): KeepFiles =>
  async ({ run, result, endpoint, made, signal }) => {
    const names = fileNamesIn(result, run.service_id)
    const kept = new Set<string>()
    const unkept: UnkeptFile[] = []
    if (names.length > 0) await mkdir(deps.uploads, { recursive: true })
    let leftBytes = mostBytes
    let silences = 0
    for (const [index, name] of names.entries()) {
      const asked = silences < mostSilences ? endpoint : null
      const source = { runId: run.id, endpoint: asked, made, name, leftBytes, silenceMs, signal }
      try {
        // Files that could not be stored count as well, because a hanging instance takes the whole time limit for each.
        if (index >= mostFiles) throw runFilesTooMany({ name, limit: mostFiles })
        leftBytes -= await keepFile(deps, source)
        kept.add(name)
      } catch (error) {
        signal.throwIfAborted()
        if (isSilence(error)) silences += 1
        unkept.push({ name, reason: wordsOfError(reasonOf(deps, source, error)) })
      }
    }
    return { result: withKeptFiles(result, run, kept), unkept_files: unkept }
  }

/**
 * Deletes the bytes of files whose runs were deleted, unless another run has the same content. Resolves with
 * how many were deleted.
 */
export async function forgetLeftFiles(
  deps: Pick<RunFilesDeps, 'files' | 'objects' | 'queue'>,
): Promise<number> {
  const left = await deps.files.left()
  for (const sha256 of left)
    await deps.queue.run(sha256, async () => {
      if (!(await deps.files.isUsed(sha256))) await deps.objects.delete(objectKey(sha256))
      await deps.files.removeLeft([sha256])
    })
  return left.length
}
