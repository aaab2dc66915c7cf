/** A body had more bytes than were allowed. */
export class TextTooLong extends Error {}

/** Reads a body as UTF-8 text. Throws {@link TextTooLong} if it has more than `limitBytes`, and stops reading then. */
export async function limitedText(body: AsyncIterable<Buffer>, limitBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > limitBytes) throw new TextTooLong(`the answer has more than ${limitBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
