import { request } from 'node:http'
import { request as requestOverTls, type RequestOptions } from 'node:https'
import { codeOfError } from '../../lib/code-of-error.ts'
import { readCertificates } from './docker-certificates.ts'
import type { DockerHost } from './docker-host.ts'

/**
 * The answer of a daemon to a ping. `closed` means that this process may not open its socket, `refused` that one side does not accept the
 * certificate of the other; `said` is why.
 */
export type DockerAnswer =
  { answer: 'answers' } | { answer: 'closed' } | { answer: 'refused'; said: string } | { answer: 'away' }

const patienceMs = 2_000
/** What a daemon that is not there does. One that is, and wants or shows another certificate, does anything else. */
const ofAway = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'ENOENT', 'ETIMEDOUT'])

function answerTo(error: Error, isOverTls: boolean): DockerAnswer {
  const code = codeOfError(error)
  if (code === 'EACCES') return { answer: 'closed' }
  return isOverTls && !ofAway.has(code) ? { answer: 'refused', said: error.message } : { answer: 'away' }
}

function ping(options: RequestOptions, isOverTls: boolean): Promise<DockerAnswer> {
  const open = isOverTls ? requestOverTls : request
  return new Promise((resolve) => {
    const asking = open({ ...options, path: '/_ping', agent: false, timeout: patienceMs }, (answer) => {
      answer.resume()
      resolve({ answer: answer.statusCode === 200 ? 'answers' : 'away' })
    })
    asking.on('timeout', () => {
      resolve({ answer: 'away' })
      asking.destroy()
    })
    asking.on('error', (error) => resolve(answerTo(error, isOverTls)))
    asking.end()
  })
}

/** Asks whether a daemon answers, without the client library. Never rejects. */
export async function pingDocker(at: DockerHost): Promise<DockerAnswer> {
  if ('socketPath' in at || at.certificates === undefined) return ping(at, false)
  const { host, port, certificates } = at
  try {
    return await ping({ host, port, ...(await readCertificates(certificates)) }, true)
  } catch (error) {
    return { answer: 'refused', said: error instanceof Error ? error.message : String(error) }
  }
}

/** Whether a daemon that shows a certificate takes orders from callers without one. Never rejects. */
export async function takesAnybody({ host, port }: { host: string; port: number }): Promise<boolean> {
  // Nothing is sent that matters, so it does not matter here which daemon it is.
  return (await ping({ host, port, rejectUnauthorized: false }, true)).answer === 'answers'
}
