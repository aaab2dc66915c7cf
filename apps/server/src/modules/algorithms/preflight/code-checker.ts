import { z } from 'zod'
import { createFairQueue } from '../../../lib/fair-queue.ts'
import type { JobAccounts } from '../../../lib/job-accounts.ts'
import { lineSplitter } from '../../../lib/line-splitter.ts'
import { streamCommand, type Command } from '../../../lib/run-command.ts'
import { withoutNetwork, type Sandbox } from '../../../lib/sandbox/sandbox.ts'
import { javaScriptCheckOptions, javaScriptCheckScript } from './javascript-check.script.ts'
import { pythonCheckScript } from './python-check.script.ts'

/** A file of code. `kind` is how Node would load a JavaScript file, or that it is TypeScript. */
export type CodeFile = { path: string; text: string; kind?: 'module' | 'script' | 'typescript' }

/** What is said about one file. */
export const checkedFile = z.object({
  path: z.string(),
  error: z
    .object({ line: z.number().int().min(1), message: z.string(), text: z.string() })
    .nullable()
    .describe('where the parser of the language stopped, and what it said'),
  imports: z
    .array(z.object({ name: z.string(), line: z.number(), optional: z.boolean() }))
    .describe('the first parts of the names of modules'),
  known: z.array(z.string()).describe('those of them that the interpreter itself has'),
})
/** What the parser of the language says about a file. */
export type CheckedFile = z.infer<typeof checkedFile>

/** Checks files with the parsers of their languages. Nothing of them is run. */
export type CodeChecker = {
  /**
   * What each file is, in their order. People take turns, and one person has one check at a time. It has fewer files than were given if the time was over or a parser ended: the
   * first that is missing is the one that it could not read. Null if the machine has no interpreter for the language. `python`
   * is the version that the code is for. When `signal` aborts, the check ends and rejects with its reason.
   */
  check(
    person: string,
    language: 'python' | 'javascript',
    files: readonly CodeFile[],
    python?: string,
    signal?: AbortSignal,
  ): Promise<CheckedFile[] | null>
}

/** What checking code needs. */
export type CodeCheckerDeps = {
  /** The Python that runs algorithms that ask for this version, and its folders. Null if the machine has none. */
  python: (requirement?: string) => Promise<{ file: string; folders: readonly string[] } | null>
  /** The Node that runs algorithms, and its folders. */
  node: { file: string; folders: readonly string[] }
  sandbox: Sandbox
  accounts: JobAccounts
  commandEnv: Readonly<Record<string, string>>
}

/** A parser may take as much memory as it needs, so few run at a time. */
const turnsAtOnce = { atOnce: 3, perPerson: 1 }
/** How long the parsers may take. They need far less for all files that are read. */
const timeoutMs = 20_000
/** The longest answer of a parser about one file, in characters. */
const answerAtMost = 200_000

/**
 * What a parser printed about a file. Null for anything else: one that is ended in the middle of a line leaves half of it.
 */
function answerIn(line: string): CheckedFile | null {
  if (line.length > answerAtMost) return null
  try {
    return checkedFile.safeParse(JSON.parse(line)).data ?? null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

async function answersOf(
  command: Command,
  files: readonly CodeFile[],
  signal?: AbortSignal,
): Promise<CheckedFile[]> {
  signal?.throwIfAborted()
  const child = streamCommand(command)
  const end = () => child.kill()
  const timer = setTimeout(end, timeoutMs)
  signal?.addEventListener('abort', end, { once: true })
  // A parser that has ended reads no more. It shows in the files without an answer.
  child.stdin.on('error', () => undefined)
  child.stderr.resume()
  child.stdin.end(files.map((file) => `${JSON.stringify(file)}\n`).join(''))
  const found: CheckedFile[] = []
  let isOver = false
  // The interface of Node for lines also ends one at U+2028, which JSON leaves in texts as it is.
  const lines = lineSplitter((line) => {
    const answer = isOver ? null : answerIn(line)
    if (answer !== null && answer.path === files[found.length]?.path) found.push(answer)
    else isOver = true
  })
  try {
    for await (const bytes of child.stdout) {
      lines.write(bytes)
      if (isOver) break
    }
    lines.end()
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
    child.kill()
  }
  const { startError } = await child.closed
  signal?.throwIfAborted()
  if (startError !== null) throw new Error(`the parser could not be started: ${startError}`)
  return found
}

/** Creates what checks code in a sandbox that sees no file of anybody. The code is given to it on its input. */
export function createCodeChecker(deps: CodeCheckerDeps): CodeChecker {
  const programs = {
    python: async (requirement?: string) => {
      const found = await deps.python(requirement)
      return found && { ...found, args: ['-I', '-c', pythonCheckScript] }
    },
    javascript: async () => ({
      ...deps.node,
      args: [...javaScriptCheckOptions, '-e', javaScriptCheckScript],
    }),
  }
  const queue = createFairQueue(() => turnsAtOnce)
  return {
    async check(person, language, files, python, signal) {
      const program = await programs[language](python)
      if (program === null) return null
      if (files.length === 0) return []
      const { file, args, folders } = program
      const view = { read: folders, write: [], ...withoutNetwork(deps.sandbox) }
      const command = { file, args, cwd: '/', env: { ...deps.commandEnv, PYTHONUTF8: '1' } }
      const wrapped = await deps.sandbox.wrap(command, view)
      const endTurn = await queue.enter(person, signal)
      return deps.accounts
        .lend(({ account }) => answersOf({ ...wrapped, ...(account && { runAs: account }) }, files, signal))
        .finally(endTurn)
    },
  }
}
