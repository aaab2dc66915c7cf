import { randomUUID } from 'node:crypto'
import { chmod, chown, mkdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { folderBytes } from '../../lib/folder-sizes.ts'
import { giveFolder, removeFolder, takeFile } from '../../lib/foreign-folder.ts'
import type { JobAccounts, LentAccount } from '../../lib/job-accounts.ts'
import type { Command } from '../../lib/run-command.ts'
import { withoutNetwork, type Sandbox } from '../../lib/sandbox/sandbox.ts'
import { withinBytes } from '../../lib/within-bytes.ts'
import type { LimitedJobs } from '../process-runner/resource-limits/limited-jobs.ts'
import type { Programs } from './ffmpeg-command.ts'
import { mediaResultTooLarge } from './media-tools.errors.ts'
import type { MediaTools, WritingJob } from './media-tools.ts'
import { picture, poster } from './pictures.ts'
import { probe } from './probe.ts'
import { transcode } from './transcode.ts'
import { waveform } from './waveform.ts'

type Options = Omit<Programs, 'account' | 'wrap' | 'memory'> & {
  /** Holds the working folders. */
  folder: string
  /** The jobs in one working folder have an account of their own. */
  accounts: JobAccounts
  /** The programs in one working folder together have the limits of a job. */
  jobs: LimitedJobs
  /** A program sees only its file and the folder of its result, and no network. */
  sandbox: Sandbox
  /** What the programs need to run, if they are outside of the system. */
  read: readonly string[]
}

/** What the programs in one working folder run with. */
type Job = LentAccount & Pick<Programs, 'memory'> & { limit: (command: Command) => Promise<Command> }

/** Outside of a working folder, programs run as the platform itself, as in tests. */
const ownJob: Job = {
  account: null,
  end: async () => undefined,
  limit: async (command) => command,
  memory: { limitMb: null, isRefused: false, kills: async () => 0 },
}

/**
 * Media tools that use this machine's ffmpeg (tested with 7.1). A working folder belongs to the platform, and
 * only the account of its jobs may enter it. A program runs in a sandbox, within limits, and writes into a folder of its own below. Its
 * file is taken from there when everything of the account has ended.
 */
export function createFfmpegTools({
  folder,
  accounts,
  jobs,
  sandbox,
  read,
  ...programs
}: Options): MediaTools {
  const begun = new Map<string, Job>()
  const jobOf = (file: string) => begun.get(dirname(file)) ?? ownJob
  /** Programs that see this file, and may write to one folder. */
  const programsFor = (file: string, out: readonly string[] = []): Programs => {
    const { account, memory, limit } = jobOf(file)
    const view = { read: [...read, file], write: out, ...withoutNetwork(sandbox) }
    const wrap = async (command: Command) => limit(await sandbox.wrap(command, view))
    return { ...programs, account, memory, wrap }
  }

  /** Lets a program write a file, and moves it to the target. All that the program writes is measured meanwhile. */
  async function making<Writing extends WritingJob, T>(
    job: Writing,
    make: (programs: Programs, job: Writing) => Promise<T>,
  ): Promise<T> {
    const { file, target, mostBytes: limitBytes, signal = new AbortController().signal } = job
    const tooMuch = () => mediaResultTooLarge({ limit_bytes: limitBytes })
    const { account, end } = jobOf(file)
    const outFolder = `${target}.making`
    await giveFolder(outFolder, account)
    try {
      const out = join(outFolder, basename(target))
      const measure = (stopped: AbortSignal) => folderBytes([outFolder], { signal: stopped })
      const made = await withinBytes({ limitBytes, measure, tooMuch }, signal, (watched) =>
        make(programsFor(file, [outFolder]), { ...job, target: out, signal: watched }),
      ).finally(end)
      await takeFile(out, target, account)
      // It may have ended before it was measured, and a file with holes takes less of the disk than its copy.
      if ((await stat(target)).size > limitBytes) throw tooMuch()
      return made
    } finally {
      await removeFolder(outFolder)
    }
  }

  return {
    async inFolder(work) {
      const id = randomUUID()
      const own = join(folder, id)
      await mkdir(folder, { recursive: true, mode: 0o711 })
      await mkdir(own, { mode: 0o700 })
      try {
        // Everything of the account has ended before the limits of the job are removed.
        return await jobs.within(id, (limit, memory) =>
          accounts.lend(async (one) => {
            begun.set(own, { ...one, limit, memory })
            if (one.account) {
              await chown(own, 0, one.account.gid)
              await chmod(own, 0o710)
            }
            return work(own)
          }),
        )
      } finally {
        begun.delete(own)
        await removeFolder(own)
      }
    },
    probe: (job) => probe(programsFor(job.file), job),
    transcode: (job) => making(job, transcode),
    poster: (job) => making(job, poster),
    picture: (job) => making(job, picture),
    waveform: (job) => waveform(programsFor(job.file), job),
  }
}
