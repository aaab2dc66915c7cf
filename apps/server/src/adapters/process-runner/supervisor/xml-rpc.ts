import { request } from 'node:http'
import { parseAnswer, type XmlRpcValue } from './xml-rpc-answer.ts'

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

const escapeText = (text: string) => text.replace(/[&<>]/g, (character) => escapes[character] ?? character)

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
