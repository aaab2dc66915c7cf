import { access } from 'node:fs/promises'
import { jobAccounts } from '../../../lib/job-accounts.ts'
import type { Sandbox } from '../../../lib/sandbox/sandbox.ts'
import { noSandbox } from '../../../lib/sandbox/sandbox.ts'
import { createCodeChecker } from './code-checker.ts'

const python = '/usr/bin/python3'
/** Why tests that need Python are skipped; null if it is here. */
export const skipPython = await access(python).then(
  () => null,
  () => `there is no ${python}`,
)

/** Checks code with the interpreters of this machine, or with another program in place of Node. */
export const codeCheckerHere = (sandbox: Sandbox = noSandbox, node: string = process.execPath) =>
  createCodeChecker({
    python: async () => (skipPython === null ? { file: python, folders: [] } : null),
    node: { file: node, folders: [node] },
    sandbox,
    accounts: jobAccounts(null),
    commandEnv: { PATH: process.env.PATH ?? '' },
  })
