/**
 * Quotes a text as one word for a POSIX shell (POSIX.1-2024, XCU 2.2.2: nothing is special in single quotes).
 */
export const quotedWord = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** A text as one word of a shell's command line that people read: quoted only if it must be. */
export const shellWord = (text: string): string => (/^[\w./:@%+=,-]+$/.test(text) ? text : quotedWord(text))
