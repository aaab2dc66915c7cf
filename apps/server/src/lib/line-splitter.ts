import { StringDecoder } from 'node:string_decoder'

/** A line is cut here, characters; what follows up to the line's end is dropped, so that memory stays bounded. */
export const longestLine = 1024 * 1024

/**
 * Makes lines out of bytes that arrive in pieces, cut anywhere, also inside a character. A line ends with LF, CRLF, or the CR
 * of a progress display. `end` gives the last line where it had no end.
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
  const take = (text: string) => {
    const lines = (pending + text).split(/\r\n|\n|\r(?!$)/)
    pending = lines.pop() ?? ''
    lines.forEach(finish)
    if (pending.length <= longestLine) return
    finish(pending)
    dropping = true
    pending = pending.endsWith('\r') ? '\r' : ''
  }
  return {
    write: (bytes) => take(decoder.write(bytes)),
    end() {
      take(decoder.end())
      if (pending !== '') finish(pending.replace(/\r$/, ''))
      pending = ''
    },
  }
}
