const word = /"([^"]*)"|'([^']*)'|(\S+)/g

/** The words of a command as a person types it. Words in quotes may hold spaces. Pure. */
export const commandWords = (text: string): string[] =>
  [...text.matchAll(word)].map(([, double, single, plain]) => double ?? single ?? plain ?? '')

/** A command as a person types it. {@link commandWords} makes the same words of it. Pure. */
export const commandText = (words: readonly string[]): string =>
  words
    .map((each) => {
      if (!/[\s"']/.test(each) && each !== '') return each
      return each.includes('"') ? `'${each}'` : `"${each}"`
    })
    .join(' ')
