import type { IncomingMessage, ServerResponse } from 'node:http'

/** How long bytes that arrive after an answer are read and discarded, in milliseconds. */
export const lingerMs = 1_000

/**
 * Ends an answer that was sent before the whole request had arrived. If the connection were closed at once,
 * it would be reset and the client might never read the answer. So the rest of the request is read and
 * discarded for a moment.
 */
export function linger(req: IncomingMessage, res: ServerResponse, text?: string): void {
  if (text !== undefined) res.write(text)
  const end = () => {
    clearTimeout(timer)
    res.end()
  }
  const timer = setTimeout(end, lingerMs)
  req.once('end', end).once('close', end).resume()
}
