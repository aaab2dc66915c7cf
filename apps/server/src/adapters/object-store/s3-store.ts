import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  NotFound,
  S3Client,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { createReadStream, createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
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

function clientOf(settings: S3Settings): S3Client {
  const { endpoint, region, accessKeyId, secretAccessKey } = settings
  return new S3Client({
    region,
    credentials: { accessKeyId, secretAccessKey },
    ...(endpoint !== null && { endpoint }),
    // Servers other than Amazon's have no host name for each bucket, and not all support the newer checksums.
    forcePathStyle: endpoint !== null,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
}

async function ensureBucket(client: S3Client, bucket: string): Promise<void> {
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket }))
  } catch (error) {
    if (!(error instanceof NotFound)) throw error
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
  }
}

/**
 * Opens an object store in a bucket of an S3 server. The bucket is created if it does not exist. Rejects if
 * the server is unreachable or refuses the credentials.
 */
export async function openS3Store(settings: S3Settings): Promise<{ store: ObjectStore; close: () => void }> {
  const client = clientOf(settings)
  const place = (key: string) => ({ Bucket: settings.bucket, Key: checkedKey(key) })
  const head = (key: string) => client.send(new HeadObjectCommand(place(key)))
  const read: ObjectStore['read'] = async (key, range) => {
    const part = range && { Range: `bytes=${range.start}-${range.end}` }
    const { Body } = await client.send(new GetObjectCommand({ ...place(key), ...part }))
    if (!(Body instanceof Readable)) throw new Error('the S3 client gave no stream')
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
  await ensureBucket(client, settings.bucket)
  return {
    store: {
      async putFile(key, file, mime) {
        if (await exists(key)) return
        const params = { ...place(key), Body: createReadStream(file), ContentType: mime }
        await new Upload({ client, params, partSize, queueSize: partsAtOnce }).done()
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
        await client.send(new DeleteObjectCommand(place(key)))
      },
    },
    close: () => client.destroy(),
  }
}
