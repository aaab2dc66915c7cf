import type { ProcessIdentity } from '../../../lib/procfs/process-identity.ts'
import { startDetached, type Command } from '../../../lib/run-command.ts'
import type { Sandbox } from '../../../lib/sandbox/sandbox.ts'
import { launchedSpec } from '../process-in-sandbox.ts'
import type { ProcessSpec } from '../process-runner.ts'
import { dropRoot, type Limiter } from '../resource-limits/resource-limits.ts'
import { setEnvironment } from '../supervisor/supervisor-conf.ts'
import { withListeningSocket } from './listening-socket.ts'

type OnExit = NonNullable<Parameters<typeof startDetached>[2]>
type Hold = NonNullable<Parameters<typeof startDetached>[3]>

/**
 * A shell that waits for a line, becomes the account of a spec, and then reads from its input what it does next. Its
 * own environment is empty until then, because it begins as the platform: a variable of the spec could make the loader
 * run foreign code. Nothing secret is among its arguments, which everybody can see.
 */
function waitingShell({ user, file, args }: ProcessSpec, lines: readonly string[]): readonly string[] {
  const reader = ['/bin/sh', '-s', '--', file, ...args]
  const script = ['read -r go || exit 126', ...lines, 'exec "$@"'].join('\n')
  return ['-c', script, 'sh', ...(user ? dropRoot(user, reader) : reader)]
}

/**
 * Starts the process of a spec. If `socket` is a path, it gets a new socket there, which listens already. A
 * process with limits begins as a shell that waits until it has been put into its groups. Then it sets the limit
 * of open files, becomes the account of the spec and executes the program, so no instruction of the program runs
 * without limits. So does a process that is in further groups of users, because Node cannot give it these. In this order, because groups of version 1 take only processes of the account that moves them.
 */
export async function launch(
  asked: ProcessSpec,
  { limiter, sandbox, socket }: { limiter: Limiter; sandbox: Sandbox; socket: string | null },
  onExit: OnExit,
): Promise<ProcessIdentity> {
  const spec = await launchedSpec(asked, { sandbox, limitFolders: limiter.folders(asked.id) })
  const { cwd, env, file, args } = spec
  const start = (command: Command, hold?: Hold) => {
    const output = { stdout: spec.stdoutLog, stderr: spec.stderrLog }
    const startWith = (open: readonly number[]) => startDetached(command, { ...output, open }, onExit, hold)
    return socket === null
      ? startWith([])
      : withListeningSocket(socket, (descriptor) => startWith([descriptor]))
  }
  if (Object.keys(spec.limits).length === 0 && !spec.user?.groups?.length) {
    const runAs = spec.user && { uid: spec.user.uid, gid: spec.user.gid }
    return start({ cwd, env, file, args, ...(runAs && { runAs }) })
  }
  const program = [...setEnvironment(spec), 'exec "$@" < /dev/null', ''].join('\n')
  const shell = waitingShell(spec, limiter.ownCommands(spec.limits))
  return start({ cwd, env: {}, file: '/bin/sh', args: shell }, async ({ pid }) => {
    await limiter.enter(pid, spec)
    return `\n${program}`
  })
}
