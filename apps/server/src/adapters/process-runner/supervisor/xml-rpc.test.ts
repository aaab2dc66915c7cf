import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { callXmlRpc, renderCall } from './xml-rpc.ts'
import { parseAnswer, XmlRpcFault } from './xml-rpc-answer.ts'

const answer = (value: string) =>
  `<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value>${value}</value>\n</param>\n</params>\n</methodResponse>\n`

describe('a call as text', () => {
  test('strings are escaped, numbers and booleans keep their type', () => {
    expect(renderCall('a.b', ['<x> & "y" 中', 7, 0.5, true, false])).toBe(
      '<?xml version="1.0"?><methodCall><methodName>a.b</methodName><params>' +
        '<param><value><string>&lt;x&gt; &amp; "y" 中</string></value></param>' +
        '<param><value><int>7</int></value></param><param><value><double>0.5</double></value></param>' +
        '<param><value><boolean>1</boolean></value></param><param><value><boolean>0</boolean></value></param>' +
        '</params></methodCall>',
    )
  })
})

test('a call with lists and structures is written with them', () => {
  expect(renderCall('m', [[{ methodName: 'a', params: ['<x>', [1]] }]])).toContain(
    '<value><array><data><value><struct>' +
      '<member><name>methodName</name><value><string>a</string></value></member>' +
      '<member><name>params</name><value><array><data><value><string>&lt;x&gt;</string></value>' +
      '<value><array><data><value><int>1</int></value></data></array></value></data></array></value></member>' +
      '</struct></value></data></array></value>',
  )
})

describe('an answer as a value', () => {
  test.each<[string, unknown]>([
    ['<int>-3</int>', -3],
    ['<i4>4</i4>', 4],
    ['<boolean>1</boolean>', true],
    ['<double>1.5</double>', 1.5],
    ['<nil/>', null],
    ['<string>a &lt;b&gt; &amp;amp; &#65;&#x4e2d; &quot;&apos;</string>', 'a <b> &amp; A中 "\''],
    ['<string></string>', ''],
    ['<string/>', ''],
    ['without a type', 'without a type'],
    ['<array><data></data></array>', []],
    [
      '<array><data>\n<value><int>1</int></value>\n<value><string>二</string></value>\n</data></array>',
      [1, '二'],
    ],
    [
      '<struct><member><name>a</name><value><array><data><value><nil/></value></data></array></value></member></struct>',
      { a: [null] },
    ],
  ])('%s', (xml, value) => {
    expect(parseAnswer(answer(xml))).toEqual(value)
  })

  test('a fault is thrown with its code and its text', () => {
    const fault =
      '<struct><member><name>faultCode</name><value><int>10</int></value></member>' +
      '<member><name>faultString</name><value><string>BAD_NAME: &lt;x&gt;</string></value></member></struct>'
    const xml = `<methodResponse><fault><value>${fault}</value></fault></methodResponse>`
    expect(() => parseAnswer(xml)).toThrow(expect.objectContaining({ code: 10, message: 'BAD_NAME: <x>' }))
    expect(() => parseAnswer(xml)).toThrow(XmlRpcFault)
  })

  test.each([
    '',
    'hello',
    '<methodResponse></methodResponse>',
    answer('<int>1</int>').slice(0, 60),
    '<a></b>',
  ])('what is no whole answer is an error: %s', (xml) => {
    expect(() => parseAnswer(xml)).toThrow()
  })
})

describe('over a unix socket', () => {
  const closers: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closers.splice(0)) await close()
  })

  async function serve(listener: RequestListener): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'vx-'))
    const path = join(folder, 's')
    const server = createServer(listener)
    await new Promise<void>((resolve) => server.listen(path, resolve))
    closers.push(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true })
    })
    return path
  }

  test('Chinese text that is split inside a character is joined again', async () => {
    const bytes = Buffer.from(answer('<string>算法</string>'))
    const path = await serve(async (_request, response) => {
      for (const byte of bytes) {
        response.write(Buffer.from([byte]))
        await new Promise((resolve) => setImmediate(resolve))
      }
      response.end()
    })
    expect(await callXmlRpc(path, 'x')).toBe('算法')
  })

  test('an answer of several megabytes is read whole', async () => {
    const items = Array.from(
      { length: 40_000 },
      (_, index) => `<value><string>item ${index} 中文</string></value>`,
    )
    const path = await serve((_request, response) =>
      response.end(answer(`<array><data>${items.join('')}</data></array>`)),
    )
    const value = await callXmlRpc(path, 'x')
    expect(Array.isArray(value) && [value.length, value.at(-1)]).toEqual([40_000, 'item 39999 中文'])
  })

  test('a missing socket, an HTTP error and a timeout are errors that say so', async () => {
    await expect(callXmlRpc('/tmp/vitrine-no-such-socket', 'x')).rejects.toMatchObject({ code: 'ENOENT' })
    const failing = await serve((_request, response) => response.writeHead(500).end())
    await expect(callXmlRpc(failing, 'x')).rejects.toThrow('HTTP 500')
    const silent = await serve(() => undefined)
    await expect(callXmlRpc(silent, 'x', [], 50)).rejects.toThrow()
  })
})
