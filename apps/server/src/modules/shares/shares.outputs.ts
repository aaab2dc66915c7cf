import type { Readable } from 'node:stream'
import { request } from 'undici'
import { servicePath } from '../gateway/gateway.table.ts'
import { placeOf } from '../runs/run-place.ts'
import type { RunRecord } from '../runs/run-record.ts'
import { runNotFound } from '../runs/runs.errors.ts'
import { loadService } from '../services/services.usecases.ts'
import { shareNotReady, shareOutputNotFound } from './shares.errors.ts'
import { getVisitorRun, type VisitSharesDeps } from './shares.runs.ts'
import { targetOf } from './shares.view.ts'
import type { OpenedShare } from './shares.visitor.ts'

/** What an instance says of a file that it returned, which its reader needs; the rest stays here. */
const relayed = [
  'content-type',
  'content-length',
  'content-range',
  'accept-ranges',
  'content-disposition',
  'x-content-type-options',
] as const

const timeoutMs = 30_000

/** A run that a link shows to this visitor: its target, one of a comparison, or their own. */
async function shownRunOf(deps: VisitSharesDeps, opened: OpenedShare, id: string): Promise<RunRecord> {
  const { share } = opened
  if (share.kind === 'stage') return getVisitorRun(deps, opened, id)
  const { run, comparison } = await targetOf(deps, share)
  const found = [...(run ? [run] : []), ...(comparison?.runs ?? [])].find((shown) => shown.id === id)
  if (!found) throw runNotFound({ run_id: id })
  return found
}

/** Whether a run has returned this file: its result names it, or an output so far does. */
function names(deps: VisitSharesDeps, run: RunRecord, name: string): boolean {
  const address = JSON.stringify(`${servicePath(run.service_id)}outputs/${name}`)
  const soFar = deps.comparisons.running.executor.kept(run.id).filter(({ event }) => event === 'output')
  return JSON.stringify([run.result, soFar]).includes(address)
}

/** A file that an algorithm returned in a run that the link shows, from the service as it runs now. */
export async function fetchOutput(
  deps: VisitSharesDeps,
  opened: OpenedShare,
  asked: { runId: string; name: string; range: string | undefined },
): Promise<{ status: number; headers: Record<string, string>; body: Readable }> {
  const { running } = deps.comparisons
  const run = await shownRunOf(deps, opened, asked.runId)
  if (!names(deps, run, asked.name)) throw shareOutputNotFound({})
  const port = await loadService(running, run.service_id)
    .then(async (service) => (await placeOf(running, service, null)(AbortSignal.timeout(timeoutMs))).port)
    .catch((error: unknown) => {
      throw shareNotReady({}, error)
    })
  const answer = await request(`http://127.0.0.1:${port}/outputs/${asked.name}`, {
    headers: asked.range === undefined ? {} : { range: asked.range },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  }).catch((error: unknown) => {
    throw shareNotReady({}, error)
  })
  if (answer.statusCode !== 200 && answer.statusCode !== 206) {
    await answer.body.dump()
    throw shareOutputNotFound({})
  }
  const headers: Record<string, string> = {}
  for (const name of relayed) {
    const value = answer.headers[name]
    if (typeof value === 'string') headers[name] = value
  }
  // An algorithm's file is looked at, never run as a page of ours, whatever its server says.
  headers['content-security-policy'] = "sandbox; default-src 'none'"
  return { status: answer.statusCode, headers, body: answer.body }
}
