import { request } from 'node:http'

/** A value of XML-RPC, as far as this client supports it. */
export type XmlRpcValue = string | number | boolean | null | XmlRpcValue[] | { [name: string]: XmlRpcValue }

/** A fault: `code` is the server's own number. */
export class XmlRpcFault extends Error {
  readonly code: number
  constructor(code: number, text: string) {
    super(text)
    this.name = 'XmlRpcFault'
    this.code = code
  }
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

const escapeText = (text: string) => text.replace(/[&<>]/g, (character) => escapes[character] ?? character)

function unescapeText(text: string): string {
  return text.replace(/&(#x?[0-9a-fA-F]+|[a-z]+);/g, (whole, name: string) => {
    if (name.startsWith('#x')) return String.fromCodePoint(parseInt(name.slice(2), 16))
    if (name.startsWith('#')) return String.fromCodePoint(Number(name.slice(1)))
    return entities[name] ?? whole
  })
}

/** A parameter of a method. */
export type XmlRpcParameter =
  string | number | boolean | readonly XmlRpcParameter[] | { readonly [name: string]: XmlRpcParameter }

const isList = (value: XmlRpcParameter): value is readonly XmlRpcParameter[] => Array.isArray(value)

function encode(value: XmlRpcParameter): string {
  if (typeof value === 'string') return `<string>${escapeText(value)}</string>`
  if (typeof value === 'boolean') return `<boolean>${value ? 1 : 0}</boolean>`
  if (typeof value === 'number')
    return Number.isInteger(value) ? `<int>${value}</int>` : `<double>${value}</double>`
  const wrapped = (one: XmlRpcParameter) => `<value>${encode(one)}</value>`
  if (isList(value)) return `<array><data>${value.map(wrapped).join('')}</data></array>`
  const members = Object.entries(value).map(
    ([name, one]) => `<member><name>${escapeText(name)}</name>${wrapped(one)}</member>`,
  )
  return `<struct>${members.join('')}</struct>`
}

/** Returns the XML text of a call. */
export function renderCall(method: string, parameters: readonly XmlRpcParameter[]): string {
  const values = parameters.map((value) => `<param><value>${encode(value)}</value></param>`).join('')
  return `<?xml version="1.0"?><methodCall><methodName>${escapeText(method)}</methodName><params>${values}</params></methodCall>`
}

type Element = { name: string; text: string; children: Element[] }

function parseElements(xml: string): Element {
  const root: Element = { name: '', text: '', children: [] }
  const open: Element[] = [root]
  for (const [, slash, name, selfClosing, text] of xml.matchAll(
    /<(?:[?!][^<>]*|(\/?)([\w.]+)(?![\w.])[^<>]*?(\/?))>|([^<]+)/g,
  )) {
    const current = open.at(-1)
    if (!current) break
    if (text !== undefined) current.text += text
    else if (slash === '/') {
      if (open.pop()?.name !== name) throw new Error(`XML-RPC answer closes <${name}> that is not open`)
    } else if (name) {
      const element: Element = { name, text: '', children: [] }
      current.children.push(element)
      if (selfClosing !== '/') open.push(element)
    }
  }
  if (open.length !== 1) throw new Error('XML-RPC answer is cut off')
  return root
}

function child(element: Element | undefined, ...path: string[]): Element | undefined {
  return path.reduce<Element | undefined>(
    (at, name) => at?.children.find((one) => one.name === name),
    element,
  )
}

function decode(value: Element): XmlRpcValue {
  const typed = value.children[0]
  if (!typed) return unescapeText(value.text)
  switch (typed.name) {
    case 'int':
    case 'i4':
    case 'i8':
    case 'double':
      return Number(typed.text)
    case 'boolean':
      return typed.text.trim() === '1'
    case 'nil':
      return null
    case 'array':
      return (child(typed, 'data')?.children ?? []).map(decode)
    case 'struct':
      return Object.fromEntries(
        typed.children.map((member) => {
          const content = child(member, 'value')
          return [unescapeText(child(member, 'name')?.text ?? ''), content ? decode(content) : null]
        }),
      )
    default:
      return unescapeText(typed.text)
  }
}

/** Parses the value of an answer. Throws {@link XmlRpcFault} if the answer is a fault. */
export function parseAnswer(xml: string): XmlRpcValue {
  const answer = child(parseElements(xml), 'methodResponse')
  const fault = child(answer, 'fault', 'value')
  if (fault) {
    const what = decode(fault)
    const read = (name: string) =>
      what !== null && typeof what === 'object' && !Array.isArray(what) ? what[name] : null
    throw new XmlRpcFault(Number(read('faultCode')), String(read('faultString')))
  }
  const value = child(answer, 'params', 'param', 'value')
  if (!value) throw new Error('not an XML-RPC answer')
  return decode(value)
}

/**
 * Calls a method over a unix socket (http://xmlrpc.com/spec.md). Rejects with {@link XmlRpcFault}, with the
 * socket's error (`ENOENT`, `ECONNREFUSED`), or after `timeoutMs` without an answer.
 */
export function callXmlRpc(
  socketPath: string,
  method: string,
  parameters: readonly XmlRpcParameter[] = [],
  timeoutMs = 15_000,
): Promise<XmlRpcValue> {
  const body = Buffer.from(renderCall(method, parameters))
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'text/xml', 'content-length': body.length }
    const call = request(
      {
        socketPath,
        path: '/RPC2',
        method: 'POST',
        headers,
        agent: false,
        signal: AbortSignal.timeout(timeoutMs),
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          try {
            if (response.statusCode !== 200) throw new Error(`XML-RPC answered HTTP ${response.statusCode}`)
            resolve(parseAnswer(Buffer.concat(chunks).toString('utf8')))
          } catch (error) {
            reject(error)
          }
        })
      },
    )
    call.on('error', reject)
    call.end(body)
  })
}
