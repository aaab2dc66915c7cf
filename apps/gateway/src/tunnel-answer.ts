import { STATUS_CODES } from 'node:http'

/** The head of an answer as it is sent. */
export function head(status: number, list: readonly string[]): string {
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`
  for (let i = 0; i < list.length; i += 2) text += `${list[i]}: ${list[i + 1]}\r\n`
  return `${text}\r\n`
}

/**
 * Headers of an answer other than 101. It ends with the connection, so the headers for length and coding are
 * left out.
 */
export function plainAnswer(raw: readonly string[]): string[] {
  const list: string[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? ''
    if (!/^(connection|keep-alive|transfer-encoding|upgrade)$/i.test(name)) list.push(name, raw[i + 1] ?? '')
  }
  return [...list, 'Connection', 'close']
}
