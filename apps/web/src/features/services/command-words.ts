/** A part of a word: in double quotes, in single quotes, after a backslash, or plain. */
const part = /"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'|\\([\s\S])|[^\s"'\\]+|["'\\]/g
/** A word: parts with nothing between them. */
const word = new RegExp(`(?:${part.source})+`, 'g')

/**
 * The words of a command as a person types it, by the rules of a shell: parts in quotes may hold spaces and are joined with what stands
 * beside them, and a backslash takes the next character as it is; in single quotes it is a character as any other. A quote that does
 * not end is a character too. Nothing else is read: no variables, no patterns. Pure.
 */
export const commandWords = (text: string): string[] =>
  [...text.matchAll(word)].map(([each]) =>
    each.replaceAll(
      part,
      (plain: string, double: string | undefined, single: string | undefined, after: string | undefined) =>
        double?.replaceAll(/\\(["\\])/g, '$1') ?? single ?? after ?? plain,
    ),
  )

const written = (one: string): string => {
  if (one !== '' && !/[\s"'\\]/.test(one)) return one
  return one.includes("'") ? `"${one.replaceAll(/["\\]/g, String.raw`\$&`)}"` : `'${one}'`
}

/** A command as a person types it. {@link commandWords} makes the same words of it. Pure. */
export const commandText = (words: readonly string[]): string => words.map(written).join(' ')
