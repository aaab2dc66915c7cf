import type { Json } from '@vitrine/contract'
import { indentBy, pythonLiteral, shellQuote, type CodeLanguage } from './code-snippets.ts'
import { fileMarks, type FormField, type MappedCall } from './mapped-call.ts'

/** Code that makes this call of a service's own API. */
export const mappedSnippet = (language: CodeLanguage, call: MappedCall): string =>
  ({ curl: curlCode, python: pythonCode, javascript: javascriptCode })[language](call)

const fileName = (call: MappedCall): string => call.file?.name ?? ''
const mimeOf = (call: MappedCall): string => call.file?.mime ?? 'application/octet-stream'
/** Puts an expression in place of the quoted marks of a file. */
const withFile = (text: string, base64: string, dataUrl: string): string =>
  text
    .replaceAll(JSON.stringify(fileMarks.base64), () => base64)
    .replaceAll(JSON.stringify(fileMarks.data_url), () => dataUrl)

/** The content type that a body without a form needs; null if the body says it itself, or a header of the call does. */
const contentTypeOf = (call: MappedCall): string | null => {
  const { body, headers } = call
  if (headers.some(([name]) => name.toLowerCase() === 'content-type')) return null
  if (body.kind === 'json') return 'application/json'
  if (body.kind !== 'raw') return null
  return body.text === null ? mimeOf(call) : 'text/plain; charset=utf-8'
}

/** A file name as `curl -F` reads it: `;` and `,` would end a name without quotes. */
const curlFileName = (name: string): string =>
  /[;,"\\]/.test(name) ? `"${name.replaceAll(/["\\]/g, (mark) => `\\${mark}`)}"` : name

/** A field of a form as words of curl. A text is sent as it is, also if it begins like a file name. */
const curlField = (kind: 'form' | 'multipart', { name, text }: FormField, file: string): string => {
  if (kind === 'form')
    return `--data-urlencode ${shellQuote(text === null ? `${name}@${file}` : `${name}=${text}`)}`
  if (text === null) return `-F ${shellQuote(`${name}=@${curlFileName(file)}`)}`
  return `--form-string ${shellQuote(`${name}=${text}`)}`
}

const curlBody = (call: MappedCall): { before: string; words: string[] } => {
  const { body } = call
  if (body.kind === 'none') return { before: '', words: [] }
  if (body.kind === 'multipart' || body.kind === 'form') {
    const { kind, fields } = body
    return { before: '', words: fields.map((field) => curlField(kind, field, fileName(call))) }
  }
  const contentType = contentTypeOf(call)
  const type = contentType === null ? [] : [`-H ${shellQuote(`Content-Type: ${contentType}`)}`]
  if (body.kind === 'raw') {
    const data =
      body.text === null
        ? `--data-binary ${shellQuote(`@${fileName(call)}`)}`
        : `--data-raw ${shellQuote(body.text)}`
    return { before: '', words: [...type, data] }
  }
  const json = JSON.stringify(body.value, null, 2)
  if (call.file === null) return { before: '', words: [...type, `-d ${shellQuote(json)}`] }
  const prefix = `"data:${call.file.mime};base64,`
  const bytes = `base64 < ${shellQuote(call.file.name)} | tr -d '\\n'`
  // Several fields may have the same file.
  const parts = withFile(json, `"${fileMarks.base64}"`, `${prefix}${fileMarks.base64}"`)
    .split(fileMarks.base64)
    .map((part) => `printf %s ${shellQuote(part)}`)
  return { before: `{ ${parts.join(`; ${bytes}; `)}; } |\n`, words: [...type, '-d @-'] }
}

const curlCode = (call: MappedCall): string => {
  const { before, words } = curlBody(call)
  const headers = call.headers.map(([name, value]) => `-H ${shellQuote(`${name}: ${value}`)}`)
  const first =
    before +
    [
      `curl ${call.inQueue ? '-sS ' : ''}-X ${call.method} ${shellQuote(call.url)}`,
      ...headers,
      ...words,
    ].join(' \\\n  ')
  if (!call.inQueue) return first
  const id = `sed -n 's/.*"event_id": *"\\([^"]*\\)".*/\\1/p'`
  const then = [`curl -N ${shellQuote(`${call.url}/`)}"$event"`, ...headers].join(' \\\n  ')
  return `event=$(${first} |\n  ${id})\n${then}`
}

const pythonBody = (call: MappedCall): string[] => {
  const { body } = call
  const open = `open(${JSON.stringify(fileName(call))}, "rb")`
  if (body.kind === 'none') return []
  if (body.kind === 'raw')
    return [body.text === null ? `data=${open},` : `data=${JSON.stringify(body.text)}.encode(),`]
  if (body.kind === 'json') {
    const prefix = JSON.stringify(`data:${mimeOf(call)};base64,`)
    return [`json=${withFile(pythonLiteral(body.value, 1), 'data', `${prefix} + data`)},`]
  }
  if (body.fields.length === 0) return []
  if (body.kind === 'form') {
    const texts = body.fields.flatMap(({ name, text }): Json[][] => (text === null ? [] : [[name, text]]))
    return [`data=${pythonLiteral(texts, 1)},`]
  }
  // A text is a part without a file name: without a file among `files`, no multipart form would be sent.
  const file = `(${JSON.stringify(fileName(call))}, ${open}, ${JSON.stringify(mimeOf(call))})`
  const parts = body.fields.map(
    ({ name, text }) =>
      `    (${JSON.stringify(name)}, ${text === null ? file : `(None, ${JSON.stringify(text)})`}),`,
  )
  return ['files=[', ...parts, '],']
}

const pythonCode = (call: MappedCall): string => {
  const isEncoded = call.file !== null && call.body.kind === 'json'
  const type = call.body.kind === 'raw' ? contentTypeOf(call) : null
  const headers = { ...Object.fromEntries(call.headers), ...(type !== null && { 'Content-Type': type }) }
  return [
    ...(isEncoded ? ['import base64', ''] : []),
    'import requests',
    '',
    ...(isEncoded
      ? [
          `with open(${JSON.stringify(fileName(call))}, "rb") as file:`,
          '    data = base64.b64encode(file.read()).decode()',
          '',
        ]
      : []),
    'response = requests.request(',
    `    ${JSON.stringify(call.method)},`,
    `    ${JSON.stringify(call.url)},`,
    ...(Object.keys(headers).length > 0 ? [`    headers=${pythonLiteral(headers, 1)},`] : []),
    ...pythonBody(call).map((line) => `    ${line}`),
    '    timeout=60,',
    ')',
    'response.raise_for_status()',
    ...(call.inQueue
      ? [
          `url = ${JSON.stringify(`${call.url}/`)} + response.json()["event_id"]`,
          `response = requests.get(url, headers=${pythonLiteral(Object.fromEntries(call.headers), 0)}, timeout=300)`,
          'response.raise_for_status()',
          // Without an encoding in the answer, `requests` guesses a wrong one.
          'print(response.content.decode())',
        ]
      : ['print(response.text)']),
  ].join('\n')
}

/** The lines before the call, and the body. */
const javascriptBody = (call: MappedCall): { before: string[]; body: string | null } => {
  const { body } = call
  const blob = `await openAsBlob(${JSON.stringify(fileName(call))}, { type: ${JSON.stringify(mimeOf(call))} })`
  if (body.kind === 'none') return { before: [], body: null }
  if (body.kind === 'raw') return { before: [], body: body.text === null ? blob : JSON.stringify(body.text) }
  if (body.kind === 'json') {
    const json = withFile(
      indentBy(JSON.stringify(body.value, null, 2), 2),
      'data',
      `${JSON.stringify(`data:${mimeOf(call)};base64,`)} + data`,
    )
    return { before: [], body: `JSON.stringify(${json})` }
  }
  const made = body.kind === 'multipart' ? 'new FormData()' : 'new URLSearchParams()'
  const valueOf = ({ text }: FormField) =>
    text === null ? `${blob}, ${JSON.stringify(fileName(call))}` : JSON.stringify(text)
  const lines = body.fields.map((field) => `form.append(${JSON.stringify(field.name)}, ${valueOf(field)})`)
  return { before: [`const form = ${made}`, ...lines, ''], body: 'form' }
}

const javascriptCode = (call: MappedCall): string => {
  const { before, body } = javascriptBody(call)
  const type = contentTypeOf(call)
  const isEncoded = call.file !== null && call.body.kind === 'json'
  const headers = [...call.headers, ...(type === null ? [] : [['Content-Type', type]])]
  return [
    ...(isEncoded
      ? [
          `import { readFile } from 'node:fs/promises'`,
          '',
          `const data = await readFile(${JSON.stringify(fileName(call))}, 'base64')`,
        ]
      : call.file === null
        ? []
        : [`import { openAsBlob } from 'node:fs'`, '']),
    ...before,
    `const response = await fetch(${JSON.stringify(call.url)}, {`,
    `  method: ${JSON.stringify(call.method)},`,
    ...(headers.length > 0
      ? [
          '  headers: {',
          ...headers.map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},`),
          '  },',
        ]
      : []),
    ...(body === null ? [] : [`  body: ${body},`]),
    '})',
    'if (!response.ok) throw new Error(await response.text())',
    ...(call.inQueue
      ? [
          'const { event_id: event } = await response.json()',
          `const result = await fetch(${JSON.stringify(`${call.url}/`)} + event, {`,
          `  headers: ${indentBy(JSON.stringify(Object.fromEntries(call.headers), null, 2), 2)},`,
          '})',
          'console.log(await result.text())',
        ]
      : ['console.log(await response.text())']),
  ].join('\n')
}
