import { outputsPath } from '@vitrine/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ObjectStore } from '../../../adapters/object-store/object-store.ts'
import { dispositionOf, fileConfinement, sendObject } from '../../../http/send-object.ts'
import { requestAt } from '../../../lib/endpoint-request.ts'
import type { RunExecutor } from '../execution/executor.ts'
import { objectKey } from '../files/keep-files.ts'
import { fileNamesIn } from '../file-names.ts'
import type { RunFilesRepository } from '../files/files.repository.ts'
import type { RunBrief } from '../run-record.ts'
import { runFileNotFound } from '../runs.errors.ts'

/** What sending the files of runs needs. */
export type SendRunFilesDeps = {
  files: Pick<RunFilesRepository, 'get'>
  objects: Pick<ObjectStore, 'size' | 'read' | 'exists'>
  executor: Pick<RunExecutor, 'endpointOf' | 'kept'>
}

type Http = { request: FastifyRequest; reply: FastifyReply }

/** The headers of the instance's answer that are passed on. All others are dropped. */
const relayed = ['content-type', 'content-length', 'content-range', 'accept-ranges'] as const
const silenceMs = 30_000

/** Sends a file of an unfinished run from the instance that executes it. Null if no output so far names it. */
async function sendFromInstance(
  deps: SendRunFilesDeps,
  { request, reply }: Http,
  { run, name }: { run: RunBrief; name: string },
): Promise<FastifyReply | null> {
  const endpoint = deps.executor.endpointOf(run.id)
  const soFar = deps.executor.kept(run.id).filter(({ event }) => event === 'output')
  if (endpoint === null || !fileNamesIn(soFar, run.service_id).includes(name)) return null
  const { range } = request.headers
  const answer = await requestAt(endpoint, `${outputsPath}${name}`, {
    headers: range === undefined ? {} : { range },
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
  }).catch((error: unknown) => {
    throw runFileNotFound({ run_id: run.id, name }, error)
  })
  if (answer.statusCode !== 200 && answer.statusCode !== 206) {
    await answer.body.dump()
    return null
  }
  for (const header of relayed) {
    const value = answer.headers[header]
    if (typeof value === 'string') reply.header(header, value)
  }
  const [mime = ''] = String(answer.headers['content-type']).split(';')
  reply.header('content-disposition', dispositionOf(mime, name))
  return reply.status(answer.statusCode).send(answer.body)
}

/**
 * Answers with a file that an algorithm returned in a run that the actor may see. During the run, the file comes from
 * the instance; later it is the stored file. Throws `run.file_not_found`.
 */
export async function sendRunFile(
  deps: SendRunFilesDeps,
  http: Http,
  asked: { run: RunBrief; name: string },
): Promise<FastifyReply> {
  const { run, name } = asked
  http.reply.headers(fileConfinement)
  const kept = await deps.files.get(run.id, name)
  if (kept && (await deps.objects.exists(objectKey(kept.sha256))))
    return sendObject(deps.objects, http, { key: objectKey(kept.sha256), mime: kept.mime, name })
  const sent = await sendFromInstance(deps, http, asked)
  if (!sent) throw runFileNotFound({ run_id: run.id, name })
  return sent
}
