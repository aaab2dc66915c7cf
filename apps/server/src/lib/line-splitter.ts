import { StringDecoder } from 'node:string_decoder'

/**
 * The maximum length of a line, in characters. The rest of a longer line is dropped, so memory stays bounded.
 */
export const longestLine = 1024 * 1024

/**
 * Splits bytes into lines. The bytes may arrive in pieces that are cut anywhere, even inside a character. A
 * line ends with LF, with CRLF, or with CR as progress bars write it. `end` delivers the last line if it has
 * no line end.
 */
export function lineSplitter(onLine: (line: string) => void): {
  write(bytes: Uint8Array): void
  end(): void
} {
  const decoder = new StringDecoder('utf8')
  let pending = ''
  let dropping = false

  const finish = (line: string) => {
    if (!dropping) onLine(line.slice(0, longestLine))
    dropping = false
  }
  const addText = (text: string) => {
    const lines = (pending + text).split(/\r\n|\n|\r(?!$)/)
    pending = lines.pop() ?? ''
    lines.forEach(finish)
    if (pending.length <= longestLine) return
    finish(pending)
    dropping = true
    pending = pending.endsWith('\r') ? '\r' : ''
  }
  return {
    write: (bytes) => addText(decoder.write(bytes)),
    end() {
      addText(decoder.end())
      if (pending !== '') finish(pending.replace(/\r$/, ''))
      pending = ''
    },
  }
}
