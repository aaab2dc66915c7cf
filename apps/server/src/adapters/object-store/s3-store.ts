import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  NotFound,
  S3Client,
  type GetObjectCommandOutput,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { createReadStream, createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { boundedBody } from '../../lib/limited-text.ts'
import { checkedKey, type ObjectStore } from './object-store.ts'

/** A bucket and its credentials. `endpoint` is null for Amazon's own. */
export type S3Settings = {
  endpoint: string | null
  region: string
  bucket: string
  accessKeyId: string
  secretAccessKey: string
}

/** Bytes of a part. With the number of parts at once, this determines the memory that an upload needs. */
const partSize = 8 * 1024 * 1024
const partsAtOnce = 2

/** The longest answer that is not an object, in bytes. Amazon's errors have less than one thousand. */
const mostAnswerBytes = 1024 * 1024

/** How long a server may take until its answer begins, in milliseconds. */
const answerMs = 30_000
/** How long an upload may make no progress, in milliseconds. A download may pause as long as its reader does. */
const idleUploadMs = 120_000

/** Bounds all answers except objects, because the client reads errors completely to report them. */
function boundAnswers(client: S3Client): S3Client {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const answer = await next(args)
        const { response } = answer
        if (typeof response !== 'object' || response === null) return answer
        const isFine =
          'statusCode' in response && (response.statusCode === 200 || response.statusCode === 206)
        const isObject = isFine && commandName === 'GetObjectCommand'
        if (!isObject && 'body' in response && response.body instanceof Readable)
          response.body = Readable.from(boundedBody(response.body, mostAnswerBytes))
        return answer
      },
    // This step comes before the one that reads the answer.
    { step: 'deserialize', priority: 'low', name: 'boundAnswers' },
  )
  return client
}

function clientOf(settings: S3Settings, socketTimeout = 0): S3Client {
  const { endpoint, region, accessKeyId, secretAccessKey } = settings
  const client = new S3Client({
    region,
    credentials: { accessKeyId, secretAccessKey },
    ...(endpoint !== null && { endpoint }),
    // Servers other than Amazon's have no host name for each bucket, and not all support the newer checksums.
    forcePathStyle: endpoint !== null,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: 5_000, socketTimeout },
  })
  return boundAnswers(client)
}

/** Sends a request and ends it if its answer does not begin in time. */
async function inTime<T>(waitMs: number, send: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), waitMs)
  try {
    return await send(late.signal)
  } catch (error) {
    throw late.signal.aborted
      ? new Error(`the S3 server did not answer within ${waitMs / 1000} s`, { cause: error })
      : error
  } finally {
    clearTimeout(timer)
  }
}

async function ensureBucket(client: S3Client, bucket: string, waitMs: number): Promise<void> {
  const Bucket = bucket
  try {
    await inTime(waitMs, (abortSignal) => client.send(new HeadBucketCommand({ Bucket }), { abortSignal }))
  } catch (error) {
    if (!(error instanceof NotFound)) throw error
    await inTime(waitMs, (abortSignal) => client.send(new CreateBucketCommand({ Bucket }), { abortSignal }))
  }
}

/** Throws if the answer does not have exactly the requested bytes, because readers rely on that. */
function requireRange(
  range: { start: number; end: number } | undefined,
  { ContentLength, ContentRange }: Pick<GetObjectCommandOutput, 'ContentLength' | 'ContentRange'>,
): void {
  if (ContentLength === undefined) throw new Error('the S3 server gave no size')
  if (!range) return
  const { start, end } = range
  const isAsked = ContentLength === end - start + 1 && ContentRange?.startsWith(`bytes ${start}-${end}/`)
  if (!isAsked) throw new Error('the S3 server did not answer with the range that was asked for')
}

/**
 * Opens an object store in a bucket of an S3 server. The bucket is created if it does not exist. Rejects if
 * the server is unreachable or refuses the credentials.
 */
export async function openS3Store(
  settings: S3Settings,
  { waitMs = answerMs }: { waitMs?: number } = {},
): Promise<{ store: ObjectStore; close: () => void }> {
  const client = clientOf(settings)
  const uploading = clientOf(settings, idleUploadMs)
  const place = (key: string) => ({ Bucket: settings.bucket, Key: checkedKey(key) })
  const head = async (key: string) => {
    const command = new HeadObjectCommand(place(key))
    return inTime(waitMs, (abortSignal) => client.send(command, { abortSignal }))
  }
  const read: ObjectStore['read'] = async (key, range) => {
    const part = range && { Range: `bytes=${range.start}-${range.end}` }
    const command = new GetObjectCommand({ ...place(key), ...part })
    const answer = await inTime(waitMs, (abortSignal) => client.send(command, { abortSignal }))
    const { Body } = answer
    if (!(Body instanceof Readable)) throw new Error('the S3 client gave no stream')
    try {
      requireRange(range, answer)
    } catch (error) {
      Body.destroy()
      throw error
    }
    return Body
  }
  const exists = (key: string) =>
    head(key).then(
      () => true,
      (error: unknown) => {
        if (error instanceof NotFound) return false
        throw error
      },
    )
  const close = () => {
    client.destroy()
    uploading.destroy()
  }
  await ensureBucket(client, settings.bucket, waitMs).catch((error: unknown) => {
    close()
    throw error
  })
  return {
    store: {
      async putFile(key, file, mime) {
        if (await exists(key)) return
        const params = { ...place(key), Body: createReadStream(file), ContentType: mime }
        await new Upload({ client: uploading, params, partSize, queueSize: partsAtOnce }).done()
      },
      exists,
      async size(key) {
        const { ContentLength } = await head(key)
        if (ContentLength === undefined) throw new Error('the S3 server gave no size')
        return ContentLength
      },
      read,
      async copyTo(key, file) {
        await pipeline(await read(key), createWriteStream(file, { flags: 'wx' }))
      },
      async delete(key) {
        const command = new DeleteObjectCommand(place(key))
        await inTime(waitMs, (abortSignal) => client.send(command, { abortSignal }))
      },
    },
    close,
  }
}
