import type { Words } from '../lib/words.ts'

/** Where the text stops being JSON, as far as the engine says it. Its message itself quotes the body, which may hold a password. */
const place = /\bat position \d+ \(line (\d+) column (\d+)\)/

/** Why a body that could not be read as JSON is none, for its sender. Pure. */
export function jsonFault(text: string): Words {
  if (text.trim() === '')
    return { zh: '请求体是空的，而这里需要 JSON', en: 'the body is empty, but JSON is needed here' }
  try {
    JSON.parse(text)
  } catch (error) {
    const message = error instanceof Error ? error.message : ''
    if (message === 'Unexpected end of JSON input')
      return {
        zh: '请求体不是完整的 JSON，它在结束之前就断了',
        en: 'the body is not complete JSON: it ends too early',
      }
    const [, line, column] = place.exec(message) ?? []
    return {
      zh: `请求体不是有效的 JSON${line ? `（第 ${line} 行第 ${column} 列）` : ''}`,
      en: `the body is not valid JSON${line ? ` (line ${line}, column ${column})` : ''}`,
    }
  }
  return {
    zh: '请求体里有不允许的键 __proto__ 或 constructor.prototype',
    en: 'the body has a key that is not allowed: __proto__ or constructor.prototype',
  }
}
