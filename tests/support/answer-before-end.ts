import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'

/**
 * Sends the head of a request and the beginning of its body, whose end never comes, and resolves with the head of the
 * answer. Never resolves for a server that reads the body first.
 */
export function answerBeforeEnd(
  address: string | URL,
  options: RequestOptions,
  beginning: Uint8Array,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(address, options, (answer) => {
      resolve(answer)
      request.destroy()
    })
    // The server may close the connection of a body that it does not read.
    request.on('error', reject)
    request.write(beginning)
  })
}
