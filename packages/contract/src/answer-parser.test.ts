import { describe, expect, test } from 'vitest'
import type { AnswerHead } from './answer-head.ts'
import { AnswerParser } from './answer-parser.ts'

/** Feeds the text in pieces of `size` bytes and records the calls to the sink. */
function parse(text: string, options: { method?: string; size?: number; closes?: boolean } = {}) {
  const heads: AnswerHead[] = []
  let body = ''
  let ends = 0
  const sink = {
    onHead: (head: AnswerHead) => void heads.push(head),
    onBody: (chunk: Buffer) => (body += chunk.toString('latin1')),
    onEnd: () => void ends++,
  }
  const parser = new AnswerParser()
  parser.begin(options.method ?? 'GET')
  const bytes = Buffer.from(text, 'latin1')
  const size = options.size ?? bytes.length
  for (let at = 0; at < bytes.length; at += size) parser.feed(bytes.subarray(at, at + size), sink)
  if (options.closes) parser.finish(sink)
  return { head: heads[0], heads: heads.length, body, ends }
}

const ok = 'HTTP/1.1 200 OK\r\n'

describe.each([1, 2, 7, 10_000])('an answer in pieces of %i bytes', (size) => {
  test('with a length ends after that many bytes', () => {
    const { head, body, ends } = parse(`${ok}Content-Length: 5\r\nX-A:  b \r\n\r\nhello`, { size })
    expect({ passed: head?.passed, keepAlive: head?.keepAlive, body, ends }).toEqual({
      passed: ['Content-Length', '5', 'X-A', 'b'],
      keepAlive: true,
      body: 'hello',
      ends: 1,
    })
  })

  test('in chunks, with extensions and trailers, gives the bytes of the chunks alone', () => {
    const chunks = '5;x=1\r\nhello\r\n1\r\n!\r\n0\r\nX-Trailer: 1\r\n\r\n'
    expect(parse(`${ok}Transfer-Encoding: Chunked\r\n\r\n${chunks}`, { size })).toMatchObject({
      body: 'hello!',
      ends: 1,
    })
  })

  test('without a length ends with the connection', () => {
    const result = parse(`${ok}\r\nall of it`, { size, closes: true })
    expect(result).toMatchObject({ body: 'all of it', ends: 1, head: { keepAlive: false } })
  })

  test('after 100 Continue is used, and the 100 is dropped', () => {
    const result = parse(`HTTP/1.1 100 Continue\r\n\r\n${ok}Content-Length: 2\r\n\r\nok`, { size })
    expect(result).toMatchObject({ heads: 1, body: 'ok', head: { status: 200 } })
  })
})

describe('the head of an answer', () => {
  test('to HEAD has no body, despite its Content-Length', () => {
    const result = parse(`${ok}Content-Length: 5\r\n\r\n`, { method: 'HEAD' })
    expect(result).toMatchObject({ ends: 1, head: { passed: ['Content-Length', '5'], body: 0 } })
  })

  test.each([204, 304])('with status %i has no body', (status) => {
    expect(parse(`HTTP/1.1 ${status} X\r\n\r\n`)).toMatchObject({ ends: 1, body: '' })
  })

  test('without a reason phrase is accepted', () => {
    expect(parse('HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n').head).toMatchObject({ status: 200 })
  })

  test('leaves out hop-by-hop headers and those that Connection lists', () => {
    const head =
      'Connection: close, X-Local\r\nX-Local: 1\r\nKeep-Alive: timeout=5\r\nTrailer: a\r\nX-Own: 2\r\nContent-Length: 0\r\n\r\n'
    expect(parse(ok + head).head).toMatchObject({
      passed: ['X-Own', '2', 'Content-Length', '0'],
      keepAlive: false,
    })
  })

  test('of HTTP/1.0 keeps the connection only with keep-alive', () => {
    const head = (fields: string) =>
      parse(`HTTP/1.0 200 OK\r\nContent-Length: 0\r\n${fields}\r\n`).head?.keepAlive
    expect([head(''), head('Connection: keep-alive\r\n')]).toEqual([false, true])
  })

  test('with the same length twice passes it on once', () => {
    const { head } = parse(`${ok}Content-Length: 2\r\nContent-Length: 2\r\n\r\nok`)
    expect(head?.passed).toEqual(['Content-Length', '2'])
  })
})

describe('what is refused', () => {
  test.each([
    ['two lengths', `${ok}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
    ['a length beside chunks', `${ok}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a length with a sign', `${ok}Content-Length: -1\r\n\r\n`],
    ['another coding than chunked', `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ['a folded header', `${ok}X-A: b\r\n c\r\n\r\n`],
    ['a blank before the colon', `${ok}Content-Length : 1\r\n\r\na`],
    ['a header without a name', `${ok}: b\r\n\r\n`],
    ['a header without a colon', `${ok}nonsense\r\n\r\n`],
    ['a chunk size that is none', `${ok}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`],
    ['a chunk that is longer than it says', `${ok}Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n`],
    ['bytes after the end', `${ok}Content-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n`],
    ['something that is not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['a status that is none', 'HTTP/1.1 20x OK\r\n\r\n'],
    ['a status that is only a number to JavaScript', 'HTTP/1.1 2e2 OK\r\n\r\n'],
    ['an upgrade nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['a head without end', `${ok}X-A: ${'a'.repeat(70_000)}`],
  ])('%s', (_name, text) => {
    expect(() => parse(text)).toThrow()
  })
})
