import type { PythonModule } from '../python-code/module.ts'

/** Names that only say how to listen. */
const aboutListening =
  /^(_|args?|ap|parser|p|opts?|options|port|host|ip|addr(ess)?|url|debug|reload|workers|log\w*)$/i
/** Calls that make something ready. */
const prepares = /load|init|setup|set_up|prepare|create|start|warm|build/i
const called = /^[ \t]+((?:\w+\.)*(\w+)) ?\(/gm
const assigns = /^ ([\w ,]+?)(?::[^=\n\r\u2028\u2029]+)?=(?!=)/gm
const serves = /\.\s*run\s*\(|\bserve\w*\s*\(|\blisten\s*\(/

/**
 * What the lines below `if __name__ == "__main__":` make ready before they serve, such as a model. A server that imports
 * the file does not run them. None if they only serve.
 */
export function preparedByMain({ code }: Pick<PythonModule, 'code'>): string[] {
  const start = /^if[ \t(]+__name__[ \t]*==.*/m.exec(code)
  if (!start) return []
  const below = code.slice(start.index + start[0].length)
  const end = below.search(/^\S/m)
  // Strings and comments are spaces, and may be very long.
  const block = (end < 0 ? below : below.slice(0, end)).replaceAll(/[ \t]+/g, ' ')
  const serving = block.search(serves)
  if (serving < 0) return []
  const before = block.slice(0, serving)
  const names = [...before.matchAll(assigns)].flatMap(([, list = '']) =>
    list.split(',').map((name) => name.trim()),
  )
  const calls = [...before.matchAll(called)].flatMap(([, callee = '', last = '']) =>
    prepares.test(last) ? [`${callee}()`] : [],
  )
  return [...new Set([...names.filter((name) => name !== '' && !aboutListening.test(name)), ...calls])]
}
