/**
 * Replaces comments of JavaScript source by spaces; lines stay where they are. Strings stay, because export names may be quoted. A `//` inside a
 * string is not a comment. What has no end is taken up to the end of the text, so that it is looked for only once.
 */
export function withoutComments(source: string): string {
  return source.replaceAll(
    /"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|`(?:\\[\s\S]|[^`\\])*`?|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g,
    (match) =>
      match.startsWith('//') || /^\/\*[\s\S]*\*\/$/.test(match) ? match.replaceAll(/[^\n]/g, ' ') : match,
  )
}

/** Where a list or an object begins that is exported. */
const lists = /\b(?:module\.exports\s*=|export(?:\s+default)?)\s*\{/g

/** Whether an exported list or object has this name. */
function isListed(code: string, name: string): boolean {
  const member = new RegExp(String.raw`(?:[{,\s]|[{,\sc]\*)${name}\s*[,:(}]`)
  let from = 0
  for (const match of code.matchAll(lists)) {
    // An object inside one that has been looked at has nothing new.
    if (match.index < from) continue
    const open = match.index + match[0].length - 1
    const end = code.indexOf('}', open)
    from = end < 0 ? code.length : end + 1
    if (member.test(code.slice(open, from))) return true
  }
  return false
}

/**
 * The ways in which a CommonJS or ES module exports a name. They include `default`, for an object or class
 * with that name as a member. No two parts of one may match the same text: a file can be a megabyte of spaces.
 */
const exportPatterns = (name: string): RegExp[] => [
  new RegExp(String.raw`(?:^|[^.\w$])(?:module\.)?exports\s*(?:\.\s*${name}|\[\s*['"]${name}['"]\s*\])\s*=`),
  new RegExp(String.raw`export\s+(?:async\s+)?function\s*(?:\*\s*)?${name}\s*\(`),
  new RegExp(String.raw`export\s+(?:const|let|var)\s+${name}\b`),
]

/** Whether a module exports this name. The source is read, not run, so unusual code may be missed. */
export function exportsName(source: string, name: string): boolean {
  const code = withoutComments(source)
  return exportPatterns(name).some((pattern) => pattern.test(code)) || isListed(code, name)
}
