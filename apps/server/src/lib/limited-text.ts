/** A body had more bytes than were allowed. */
export class TextTooLong extends Error {}

/** The pieces of a body. Throws {@link TextTooLong} once there are more than `limitBytes`, and stops reading then. */
export async function* boundedBody(body: AsyncIterable<Buffer>, limitBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > limitBytes) throw new TextTooLong(`the answer has more than ${limitBytes} bytes`)
    yield chunk
  }
}

/**
 * Reads a body. Throws {@link TextTooLong} if it has more than `limitBytes`, and stops reading then.
 *
 * @param take waits until there is room for so many more bytes
 */
export async function limitedBytes(
  body: AsyncIterable<Buffer>,
  limitBytes: number,
  take: (bytes: number) => Promise<void> = async () => undefined,
): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of boundedBody(body, limitBytes)) {
    await take(chunk.length)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Reads a body as UTF-8 text. Throws {@link TextTooLong} if it has more than `limitBytes`, and stops reading then. */
export const limitedText = async (body: AsyncIterable<Buffer>, limitBytes: number): Promise<string> =>
  (await limitedBytes(body, limitBytes)).toString('utf8')
