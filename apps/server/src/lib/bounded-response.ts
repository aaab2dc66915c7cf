import { limitedText } from './limited-text.ts'

async function* buffersOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of body) yield Buffer.from(chunk)
}

/** The same response with a body that was read, of at most so many bytes. Throws `TextTooLong`. */
export async function boundedResponse(answer: Response, mostBytes: number): Promise<Response> {
  const text = answer.body ? await limitedText(buffersOf(answer.body), mostBytes) : ''
  const { status, statusText, headers } = answer
  // The constructor refuses a body for these.
  return new Response(status === 204 || status === 304 ? null : text, { status, statusText, headers })
}
