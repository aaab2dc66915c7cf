import { connect } from 'node:net'
import { z } from 'zod'
import { askSocket } from '../control-socket.client.ts'
import { gatewayUnavailable } from '../gateway.errors.ts'
import { countedExactlyUpTo, countedUpTo } from './nginx.control-server.ts'

const answerTimeoutMs = 10_000

/**
 * Returns the status of nginx's answer after nginx has closed the connection. Only then is this question
 * itself no longer counted. An HTTP client would close the connection first. Rejects if there is no answer.
 */
function statusOf(controlSocket: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(controlSocket)
    let answer = ''
    socket.setEncoding('latin1').setTimeout(answerTimeoutMs)
    socket.once('connect', () => socket.write(`GET ${path} HTTP/1.0\r\n\r\n`))
    socket.on('data', (part: string) => (answer += part))
    socket.once('timeout', () => socket.destroy(new Error('nginx did not answer in time')))
    socket.once('error', reject)
    socket.once('end', () => {
      const status = /^HTTP\/1\.\d (\d{3}) /.exec(answer)?.[1]
      if (status === undefined) reject(new Error(`nginx answered ${JSON.stringify(answer.slice(0, 100))}`))
      else resolve(Number(status))
    })
  })
}

/** Awaits `question`. Rejects with `gateway.unavailable` if it rejects. */
async function answerTo<T>(question: Promise<T>): Promise<T> {
  return question.catch((error: unknown) => {
    throw gatewayUnavailable({ reason: String(error) }, error)
  })
}

/** An answer that says nothing about the requests in progress, as of an nginx without a free connection. */
const unusable = (status: number) =>
  gatewayUnavailable({ reason: `nginx answered ${status} when it was asked for requests in progress` })

/** Returns the number of requests counted by Lua, which picks among several instances of a service. */
async function countedByLua(controlSocket: string, upstream: string): Promise<number> {
  const question = askSocket(controlSocket, 'GET', `/hot/under-way?upstream=${upstream}`)
  const { status, text } = await answerTo(question)
  if (status !== 200) throw unusable(status)
  return z.coerce.number().int().parse(text)
}

/**
 * Returns the number of requests counted by nginx itself, which only tells whether there are at least so
 * many. Above `countedExactlyUpTo`, there may be up to twice as many.
 */
async function countedByNginx(controlSocket: string, upstream: string): Promise<number> {
  const isAtLeast = async (count: number) => {
    const status = await answerTo(statusOf(controlSocket, `/under-way/${count}/?upstream=${upstream}`))
    if (status !== 200 && status !== 409) throw unusable(status)
    return status === 409
  }
  let low = 0
  let high = 1
  while (high <= countedUpTo && (await isAtLeast(high))) [low, high] = [high, high * 2]
  if (low >= countedExactlyUpTo) return low
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (await isAtLeast(middle)) low = middle
    else high = middle
  }
  return low
}

/**
 * Returns the number of requests in progress to one of nginx's upstreams or addresses. If nginx itself counts
 * them, the result is at most `countedUpTo`, and above `countedExactlyUpTo` a power of two. Rejects with `gateway.unavailable` if there is no answer.
 */
export async function countUnderWay(
  controlSocket: string,
  upstream: string,
  hasLua: boolean,
): Promise<number> {
  const byNginx = await countedByNginx(controlSocket, upstream)
  return hasLua ? byNginx + (await countedByLua(controlSocket, upstream)) : byNginx
}
