import type { Json } from '@vitrine/contract'

/** The call that the code makes. */
export type CallExample = {
  /** The full address of `/predict`. */
  url: string
  inputData: Json[]
  parameters: Record<string, Json>
  /** The caller's key, if callers need one. */
  key: string | null
  /** A local file to read instead of the stored media file of the input. */
  localFile: { name: string; mime: string } | null
}

/** Placeholder for the caller's own API key. */
export const keyPlaceholder = 'YOUR_API_KEY'
/** The languages of the code. */
export const codeLanguages = ['curl', 'python', 'javascript'] as const
/** A language of the code. */
export type CodeLanguage = (typeof codeLanguages)[number]

/** Code that makes exactly this call. */
export const codeSnippet = (language: CodeLanguage, call: CallExample): string =>
  ({ curl: curlCode, python: pythonCode, javascript: javascriptCode })[language](call)

const bodyOf = ({ inputData, parameters }: CallExample): Record<string, Json> => ({
  input_data: inputData,
  ...(Object.keys(parameters).length > 0 && { parameters }),
})

/** Quotes any text as one word of a POSIX shell. */
export const shellQuote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

const curlCode = (call: CallExample): string => {
  const head = [
    `curl -X POST ${shellQuote(call.url)}`,
    ...(call.key === null ? [] : [`-H ${shellQuote(`Authorization: Bearer ${call.key}`)}`]),
    `-H 'Content-Type: application/json'`,
  ]
  if (call.localFile === null)
    return [...head, `-d ${shellQuote(JSON.stringify(bodyOf(call), null, 2))}`].join(' \\\n  ')
  const rest =
    Object.keys(call.parameters).length > 0 ? `,"parameters":${JSON.stringify(call.parameters)}` : ''
  const start = `{"input_data":[{"data":"`
  const end = `","mime":${JSON.stringify(call.localFile.mime)}}]${rest}}`
  const bytes = `base64 < ${shellQuote(call.localFile.name)} | tr -d '\\n'`
  const body = `{ printf %s ${shellQuote(start)}; ${bytes}; printf %s ${shellQuote(end)}; }`
  return `${body} |\n${[...head, '-d @-'].join(' \\\n  ')}`
}

const pythonCode = (call: CallExample): string => {
  const { localFile } = call
  const body =
    localFile === null
      ? pythonLiteral(bodyOf(call), 1)
      : pythonLiteral(bodyOf({ ...call, inputData: [fileMark] }), 1).replace(
          JSON.stringify(fileMark),
          () => `{"data": data, "mime": ${JSON.stringify(localFile.mime)}}`,
        )
  return [
    ...(localFile === null ? [] : ['import base64', '']),
    'import requests',
    '',
    ...(localFile === null
      ? []
      : [
          `with open(${JSON.stringify(localFile.name)}, "rb") as file:`,
          '    data = base64.b64encode(file.read()).decode()',
          '',
        ]),
    'response = requests.post(',
    `    ${JSON.stringify(call.url)},`,
    ...(call.key === null ? [] : [`    headers={"Authorization": "Bearer ${call.key}"},`]),
    `    json=${body},`,
    '    timeout=60,',
    ')',
    'response.raise_for_status()',
    'print(response.json())',
  ].join('\n')
}

// Replaced by an expression after the rest has been written as a literal.
const fileMark = '\u0000file'

/** A value as a Python literal. JSON's strings and numbers are also Python's. */
export const pythonLiteral = (value: Json, level: number): string => {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value !== 'object') return JSON.stringify(value)
  const parts = Array.isArray(value)
    ? value.map((item) => pythonLiteral(item, level + 1))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${pythonLiteral(item, level + 1)}`)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  const line = `${open}${parts.join(', ')}${close}`
  if (line.length <= 60 && !line.includes('\n')) return line
  const indent = '    '.repeat(level)
  return `${open}\n${parts.map((part) => `${indent}    ${part},\n`).join('')}${indent}${close}`
}

const javascriptCode = (call: CallExample): string => {
  const { localFile } = call
  const json = JSON.stringify(
    bodyOf({ ...call, inputData: localFile === null ? call.inputData : [fileMark] }),
    null,
    2,
  )
  const body = indentBy(json, 2).replace(
    JSON.stringify(fileMark),
    () => `{ data, mime: ${JSON.stringify(localFile?.mime ?? '')} }`,
  )
  return [
    ...(localFile === null
      ? []
      : [
          `import { readFile } from 'node:fs/promises'`,
          '',
          `const data = await readFile(${JSON.stringify(localFile.name)}, 'base64')`,
        ]),
    `const response = await fetch(${JSON.stringify(call.url)}, {`,
    `  method: 'POST',`,
    '  headers: {',
    ...(call.key === null ? [] : [`    Authorization: 'Bearer ${call.key}',`]),
    `    'Content-Type': 'application/json',`,
    '  },',
    `  body: JSON.stringify(${body}),`,
    '})',
    'if (!response.ok) throw new Error(await response.text())',
    'console.log(await response.json())',
  ].join('\n')
}

/** Moves all lines but the first to the right. */
export const indentBy = (text: string, spaces: number): string =>
  text.replaceAll('\n', `\n${' '.repeat(spaces)}`)
