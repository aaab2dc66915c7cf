import type { Words } from '../../lib/words.ts'

/** An error that the code of a package raised and did not handle: its class, and the last place in the package's own code. */
export type CodeError = { file: string; line: string; error: string }

/** Where Python says it is: a file of the release, whose path in the package follows the number of the release. */
const ownPlace = /^\s*File "[^"]*\/releases\/\d+\/([^"]{1,200})", line (\d{1,7})\b/
/** What was installed for a package is not its code, although a link in the release leads there. */
const isInstalled = (file: string): boolean => /(?:^|\/)(?:venv|\.venv|site-packages)\//.test(file)
/** The first line of an error, with or without the module of its class. */
const errorLine = /^(?:[A-Za-z_][\w.]{0,200}\.)?([A-Z]\w{0,60}(?:Error|Exception))(?::|\s*$)/

/**
 * The error of Python with which the lines end. Null if they end with something else: a process may print many errors that it
 * handles. Pure.
 */
export function codeErrorIn(lines: readonly string[]): CodeError | null {
  const error = errorLine.exec(lines.findLast((line) => line.trim() !== '') ?? '')?.[1]
  if (error === undefined) return null
  // Those of the error itself, not of the one before it that it came from.
  const begin = lines.findLastIndex((line) => line.startsWith('Traceback (most recent call last)'))
  const places = lines.slice(begin + 1).flatMap((line) => {
    const [, file, number] = ownPlace.exec(line) ?? []
    return file === undefined || number === undefined || isInstalled(file) ? [] : [{ file, line: number }]
  })
  const last = places.at(-1)
  return last ? { ...last, error } : null
}

/** The error as part of a sentence. What it says itself is in the log only. */
export const codeErrorWords = ({ file, line, error }: CodeError): Words => ({
  zh: `${file} 第 ${line} 行出错（${error}），全文在日志里`,
  en: `line ${line} of ${file} raised ${error}; the log has all of it`,
})
