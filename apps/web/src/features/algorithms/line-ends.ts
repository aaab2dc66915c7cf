/** Whether every line of a text ends with CRLF. Pure. */
export const isCrlf = (text: string): boolean => text.includes('\r\n') && !/\r(?!\n)|(?<!\r)\n/.test(text)

/** A text with LF at the ends of its lines, as a field of a page has it. Pure. */
export const withLf = (text: string): string => text.replaceAll('\r\n', '\n')

/** A text with CRLF at the ends of its lines. Pure. */
export const withCrlf = (text: string): string => withLf(text).replaceAll('\n', '\r\n')
