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

const curlBody = (call: MappedCall): { before: string; words: string[] } => {
  const { body } = call
  if (body.kind === 'none') return { before: '', words: [] }
  if (body.kind === 'multipart' || body.kind === 'form') {
    const flag = body.kind === 'multipart' ? '-F' : '--data-urlencode'
    const value = ({ name, text }: FormField) => `${name}=${text ?? `@${fileName(call)}`}`
    return { before: '', words: body.fields.map((field) => `${flag} ${shellQuote(value(field))}`) }
  }
  if (body.kind === 'raw') {
    const type = `-H ${shellQuote(`Content-Type: ${body.text === null ? mimeOf(call) : 'text/plain; charset=utf-8'}`)}`
    const data = body.text === null ? `@${fileName(call)}` : body.text
    return { before: '', words: [type, `--data-binary ${shellQuote(data)}`] }
  }
  const type = `-H 'Content-Type: application/json'`
  const json = JSON.stringify(body.value, null, 2)
  if (call.file === null) return { before: '', words: [type, `-d ${shellQuote(json)}`] }
  const prefix = `"data:${call.file.mime};base64,`
  const [start = '', end = ''] = withFile(
    json,
    `"${fileMarks.base64}"`,
    `${prefix}${fileMarks.base64}"`,
  ).split(fileMarks.base64)
  const bytes = `base64 < ${shellQuote(call.file.name)} | tr -d '\\n'`
  const before = `{ printf %s ${shellQuote(start)}; ${bytes}; printf %s ${shellQuote(end)}; } |\n`
  return { before, words: [type, '-d @-'] }
}

const curlCode = (call: MappedCall): string => {
  const { before, words } = curlBody(call)
  const headers = call.headers.map(([name, value]) => `-H ${shellQuote(`${name}: ${value}`)}`)
  return before + [`curl -X ${call.method} ${shellQuote(call.url)}`, ...headers, ...words].join(' \\\n  ')
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
  const texts = body.fields.flatMap(({ name, text }): Json[][] => (text === null ? [] : [[name, text]]))
  const files = body.fields.filter(({ text }) => text === null)
  return [
    ...(texts.length > 0 ? [`data=${pythonLiteral(texts, 1)},`] : []),
    ...(files.length > 0
      ? [`files={${files.map(({ name }) => `${JSON.stringify(name)}: ${open}`).join(', ')}},`]
      : []),
  ]
}

const pythonCode = (call: MappedCall): string => {
  const isEncoded = call.file !== null && call.body.kind === 'json'
  const headers = Object.fromEntries(call.headers)
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
    ...(call.headers.length > 0 ? [`    headers=${pythonLiteral(headers, 1)},`] : []),
    ...pythonBody(call).map((line) => `    ${line}`),
    '    timeout=60,',
    ')',
    'response.raise_for_status()',
    'print(response.text)',
  ].join('\n')
}

/** The lines before the call, the headers that the body needs, and the body. */
const javascriptBody = (call: MappedCall): { before: string[]; type: string | null; body: string | null } => {
  const { body } = call
  const blob = `await openAsBlob(${JSON.stringify(fileName(call))}, { type: ${JSON.stringify(mimeOf(call))} })`
  if (body.kind === 'none') return { before: [], type: null, body: null }
  if (body.kind === 'raw')
    return body.text === null
      ? { before: [], type: null, body: blob }
      : { before: [], type: 'text/plain; charset=utf-8', body: JSON.stringify(body.text) }
  if (body.kind === 'json') {
    const json = withFile(
      indentBy(JSON.stringify(body.value, null, 2), 2),
      'data',
      `${JSON.stringify(`data:${mimeOf(call)};base64,`)} + data`,
    )
    return { before: [], type: 'application/json', body: `JSON.stringify(${json})` }
  }
  const made = body.kind === 'multipart' ? 'new FormData()' : 'new URLSearchParams()'
  const valueOf = ({ text }: FormField) =>
    text === null ? `${blob}, ${JSON.stringify(fileName(call))}` : JSON.stringify(text)
  const lines = body.fields.map((field) => `form.append(${JSON.stringify(field.name)}, ${valueOf(field)})`)
  return { before: [`const form = ${made}`, ...lines, ''], type: null, body: 'form' }
}

const javascriptCode = (call: MappedCall): string => {
  const { before, type, body } = javascriptBody(call)
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
    'console.log(await response.text())',
  ].join('\n')
}
