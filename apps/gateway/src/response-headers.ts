/** An upstream's answer as far as its headers say. */
export type ResponseHeaders = {
  /** Names and values in turn, ready to be sent, with our `X-Request-Id`. */
  passed: string[]
  /** Bytes that the body has, or -1 where it is not said. */
  contentLength: number
}

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
/** Most header names have another length than any name that concerns us, so most are never lower-cased. */
const lengths = new Set([...hopByHop, 'content-length'].map((name) => name.length))

/** Turns an upstream's raw headers into those of our answer. The names a `Connection` header lists are dropped too. */
export function readResponseHeaders(raw: readonly Buffer[], requestId: string): ResponseHeaders {
  const passed: string[] = []
  let contentLength = -1
  let connection = ''
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]?.toString('latin1') ?? ''
    const value = raw[i + 1]?.toString('latin1') ?? ''
    if (lengths.has(name.length)) {
      const lower = name.toLowerCase()
      if (lower === 'connection') connection = value.toLowerCase()
      if (hopByHop.has(lower)) continue
      if (lower === 'content-length') contentLength = Number(value)
    }
    passed.push(name, value)
  }
  passed.push('X-Request-Id', requestId)
  if (connection !== '' && connection !== 'keep-alive' && connection !== 'close')
    dropListed(passed, connection)
  return { passed, contentLength }
}

function dropListed(passed: string[], connection: string): void {
  const listed = new Set(connection.split(',').map((token) => token.trim()))
  for (let i = passed.length - 2; i >= 0; i -= 2) {
    if (listed.has((passed[i] ?? '').toLowerCase())) passed.splice(i, 2)
  }
}
