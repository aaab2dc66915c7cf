/**
 * Removes comments from JavaScript source. Strings stay, because export names may be quoted. A `//` inside a
 * string is not a comment.
 */
function withoutComments(source: string): string {
  return source.replaceAll(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (_match, text: string | undefined) => text ?? ' ',
  )
}

/**
 * The ways in which a CommonJS or ES module exports a name. They include `default`, for an object or class
 * with that name as a member.
 */
const exportPatterns = (name: string): RegExp[] => [
  new RegExp(String.raw`(?:^|[^.\w$])(?:module\.)?exports\s*(?:\.\s*${name}|\[\s*['"]${name}['"]\s*\])\s*=`),
  new RegExp(String.raw`module\.exports\s*=\s*\{[^}]*?(?:^|[{,\s])(?:async\s*)?\*?\s*${name}\s*[,:(}]`),
  new RegExp(String.raw`export\s+(?:async\s+)?function\s*\*?\s*${name}\s*\(`),
  new RegExp(String.raw`export\s+(?:const|let|var)\s+${name}\b`),
  new RegExp(String.raw`export\s*\{[^}]*\b(?:\w+\s+as\s+)?${name}\s*[,}]`),
  new RegExp(String.raw`export\s+default\s*\{[^}]*?[{,\s](?:async\s*)?\*?\s*${name}\s*[,:(}]`),
]

/** Whether a module exports this name. The source is read, not run, so unusual code may be missed. */
export function exportsName(source: string, name: string): boolean {
  const code = withoutComments(source)
  return exportPatterns(name).some((pattern) => pattern.test(code))
}
