import { connect } from 'node:net'
import { hasCode } from '../../apps/server/src/lib/code-of-error.ts'

/**
 * Sends exactly these bytes over a new connection and closes it. Resolves with everything that came back,
 * which may be nothing.
 */
export const sendAndHangUp = (port: number, bytes: Buffer): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => (answer += text))
    // A server may reset such a connection.
    socket.on('error', (error) => {
      if (!hasCode(error, 'ECONNRESET', 'EPIPE')) reject(error)
    })
    socket.on('close', () => resolve(answer))
    socket.end(bytes)
  })

/** The head of a request, ready to send. */
export const requestHead = (method: string, path: string, headers: Record<string, string | number>): string =>
  `${method} ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`

/** A form with one file, and the positions where a sender might be cut off. */
export function formToCut(field: string, content: string) {
  const head = `--cut\r\nContent-Disposition: form-data; name="${field}"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n`
  const whole = `${head}${content}\r\n--cut--\r\n`
  const cuts = {
    'before its first byte': 0,
    'in the first boundary': 3,
    'in a part’s header': 30,
    'behind a part’s header': head.length,
    'in the file’s bytes': head.length + Math.floor(content.length / 2),
    'before the closing boundary': head.length + content.length,
    'in the closing boundary': whole.length - 5,
  }
  return { whole, cuts, contentType: 'multipart/form-data; boundary=cut' }
}
