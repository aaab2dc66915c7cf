import { createBuiltinCodeHost } from '../../adapters/code-host/builtin-code-host.ts'
import { jobAccounts } from '../../lib/job-accounts.ts'
import { noSandbox } from '../../lib/sandbox/sandbox.ts'
import { defaultUploadLimits } from '../sources/upload-limits.ts'

/** The built-in code host over the repositories in a folder. Git runs as this process and without a sandbox, unless `part` has one. */
export const codeHostIn = (
  folder: string,
  part: Partial<Parameters<typeof createBuiltinCodeHost>[0]> = {},
): ReturnType<typeof createBuiltinCodeHost> =>
  createBuiltinCodeHost({
    folder,
    account: null,
    jobs: jobAccounts(null),
    sandbox: noSandbox,
    limits: defaultUploadLimits,
    ...part,
  })
