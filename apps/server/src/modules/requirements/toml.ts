import { parse, TomlError } from 'smol-toml'

/** The longest project file that is read, in characters. */
const longest = 200_000

/** A TOML file: its content, or the line at which it cannot be read, and why. */
export type Toml = { content: unknown } | { line: number; message: string }

/** Reads a TOML file. */
export function readToml(source: string): Toml {
  try {
    return { content: parse(source.slice(0, longest)) }
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const [message = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n')
    return { line: error.line, message }
  }
}
