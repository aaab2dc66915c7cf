/** A short label for a type of file: `text/csv` → `CSV`, `application/vnd.ms-excel` → `EXCEL`. */
export const fileEnding = (mime: string): string => {
  const [, type = ''] = /^[\w.+-]+\/([\w.+-]+)/.exec(mime) ?? []
  const last = type.split(/[.+-]/).at(-1) ?? ''
  return last === 'stream' || last === '' ? '' : last.toUpperCase().slice(0, 8)
}
