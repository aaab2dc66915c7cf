import { validateHeaderName, validateHeaderValue } from 'node:http'

/** The status and headers of an upstream's answer, and how its body ends (RFC 9112, section 6.3). */
export type AnswerHead = {
  status: number
  /** Names and values in turn, without the hop-by-hop headers of the upstream connection. */
  passed: string[]
  /** Length of the body in bytes, or how its end is recognised. */
  body: number | 'chunked' | 'until-close'
  /** Whether the connection can carry another request after this answer. */
  keepAlive: boolean
}

/** An answer that does not strictly follow HTTP/1.1. It is never passed on. */
export class MalformedAnswer extends Error {}

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-request-id',
])
/**
 * Most header names differ in length from all names in the set, so they need not be converted to lower case.
 */
const lengths = new Set([...hopByHop, 'content-length'].map((name) => name.length))
const space = 0x20
const tab = 0x09
const isBlank = (code: number) => code === space || code === tab

/**
 * The status line. The reason phrase of the instance is ignored, because it has no meaning and could contain anything;
 * the gateway writes its own.
 */
const statusLinePattern = /^HTTP\/1\.[01] [1-5]\d\d(?: |$)/

type Framing = { length: number; coding: string; connection: string }

/**
 * Parses the head of an answer. `text` is everything before the empty line, as latin1. The server that sends
 * the headers on checks the characters of names and values; this function checks only what decides where the
 * body ends.
 */
export function parseAnswerHead(text: string, method: string): AnswerHead {
  const lineEnd = text.indexOf('\r\n')
  const statusLine = lineEnd === -1 ? text : text.slice(0, lineEnd)
  if (!statusLinePattern.test(statusLine)) throw new MalformedAnswer('status line')
  const status = Number(statusLine.slice(9, 12))
  const framing: Framing = { length: -1, coding: '', connection: '' }
  const passed = lineEnd === -1 ? [] : readFields(text, lineEnd + 2, framing)
  const connection = framing.connection
  if (connection !== '' && connection !== 'keep-alive' && connection !== 'close')
    dropListed(passed, connection)
  const body = bodyOf(framing, status, method)
  const staysOpen = statusLine[7] === '1' ? !/\bclose\b/.test(connection) : /\bkeep-alive\b/.test(connection)
  return {
    status,
    passed,
    body,
    keepAlive: staysOpen && body !== 'until-close',
  }
}

function readFields(text: string, start: number, framing: Framing): string[] {
  const passed: string[] = []
  let at = start
  while (at < text.length) {
    const next = text.indexOf('\r\n', at)
    const end = next === -1 ? text.length : next
    const colon = text.indexOf(':', at)
    if (colon <= at || colon > end || isBlank(text.charCodeAt(at)) || isBlank(text.charCodeAt(colon - 1))) {
      throw new MalformedAnswer('header line')
    }
    let from = colon + 1
    let to = end
    while (from < to && isBlank(text.charCodeAt(from))) from++
    while (to > from && isBlank(text.charCodeAt(to - 1))) to--
    const name = text.slice(at, colon)
    const value = text.slice(from, to)
    if (!lengths.has(name.length) || isPassed(name.toLowerCase(), value, framing)) passed.push(name, value)
    at = end + 2
  }
  return passed
}

/**
 * Records what the header says about the body and the connection. Returns whether the header is passed on.
 */
function isPassed(name: string, value: string, framing: Framing): boolean {
  if (name === 'content-length') {
    const length = /^\d{1,15}$/.test(value) ? Number(value) : -1
    if (length === -1 || (framing.length !== -1 && framing.length !== length)) {
      throw new MalformedAnswer('content-length')
    }
    const isFirst = framing.length === -1
    framing.length = length
    return isFirst
  }
  if (name === 'connection') framing.connection += `${framing.connection && ','}${value.toLowerCase()}`
  if (name === 'transfer-encoding') framing.coding += `${framing.coding && ','}${value.toLowerCase()}`
  return !hopByHop.has(name)
}

function bodyOf(framing: Framing, status: number, method: string): AnswerHead['body'] {
  if (framing.coding !== '' && (framing.coding !== 'chunked' || framing.length !== -1)) {
    throw new MalformedAnswer('transfer-encoding')
  }
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return 0
  if (framing.coding === 'chunked') return 'chunked'
  return framing.length === -1 ? 'until-close' : framing.length
}

/** Removes the headers that the `Connection` header lists as hop-by-hop. */
function dropListed(passed: string[], connection: string): void {
  const listed = new Set(connection.split(',').map((token) => token.trim()))
  for (let i = passed.length - 2; i >= 0; i -= 2) {
    if (listed.has((passed[i] ?? '').toLowerCase())) passed.splice(i, 2)
  }
}

/** Throws if a header name or value has invalid characters. */
export function validateHeaders(list: readonly string[]): void {
  for (let i = 0; i + 1 < list.length; i += 2) {
    const name = list[i] ?? ''
    validateHeaderName(name)
    validateHeaderValue(name, list[i + 1] ?? '')
  }
}
