import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { patienceMs } from '../../../../tests/support/patience.ts'
import { identify, isAlive, signalProcess } from './procfs/process-identity.ts'
import { runCommand, startDetached, streamCommand, type Command } from './run-command.ts'
import { longestLine } from './line-splitter.ts'
import { waitFor } from './wait-for.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vc-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const command = (file: string, ...args: string[]): Command => ({
  file,
  args,
  cwd: folder,
  env: { PATH: '/usr/bin:/bin' },
})
const shell = (script: string) => command('/bin/sh', '-c', script)
const isRoot = process.getuid?.() === 0

describe('a command run to its end', () => {
  test.each(['a;b', '$(id)', '*', '`id`', '', "it's", '中文 🙂', 'two\nlines', '-n', '&& exit 9'])(
    'gets its argument literally: %j',
    async (argument) => {
      const result = await runCommand(command('/usr/bin/printf', '%s', argument))
      expect(result.stdout.join('\n')).toBe(argument)
      expect(result.exitCode).toBe(0)
    },
  )

  test('sees the environment it was given and nothing of ours', async () => {
    const result = await runCommand({ ...command('/usr/bin/env'), env: { ONLY: 'this one' } })
    expect(result.stdout).toEqual(['ONLY=this one'])
  })

  test('is read to its end, however much it prints', async () => {
    let bytes = 0
    const result = await runCommand(
      shell('head -c 3000000 /dev/zero | tr "\\0" "a" | fold -w 99; echo; echo end'),
      {
        onStdout: (line) => (bytes += line.length),
      },
    )
    expect([bytes, result.stdout.at(-1)]).toEqual([3_000_003, 'end'])
  })

  test('returns its exit code and its last lines, and reports each line as it comes', async () => {
    const seen: string[] = []
    const result = await runCommand(shell('for i in 1 2 3 4; do echo $i; done; echo bad >&2; exit 7'), {
      keepLines: 2,
      onStdout: (line) => seen.push(line),
    })
    expect(result).toEqual({
      exitCode: 7,
      signal: null,
      ended: null,
      startError: null,
      stdout: ['3', '4'],
      stderr: ['bad'],
    })
    expect(seen).toEqual(['1', '2', '3', '4'])
  })

  test('that does not exist gives the reason', async () => {
    const result = await runCommand(command(join(folder, 'nothing')))
    expect(result.startError).toContain('ENOENT')
    expect(result.exitCode).not.toBe(0)
  })

  test('is ended when it prints nothing for too long, and not while it prints', async () => {
    const silent = await runCommand(command('/bin/sleep', '600'), { silenceMs: 200 })
    expect(silent).toMatchObject({ ended: 'silence', signal: 'SIGTERM' })
    // It prints once a second: a busy machine may be many seconds late.
    const lines = await runCommand(command('/bin/sh', '-c', 'for n in 1 2 3; do sleep 1; echo $n; done'), {
      silenceMs: 20_000,
    })
    expect(lines).toMatchObject({ ended: null, exitCode: 0, stdout: ['1', '2', '3'] })
  })

  test('is ended at its timeout', async () => {
    const result = await runCommand(command('/bin/sleep', '600'), { timeoutMs: 200 })
    expect(result).toMatchObject({ ended: 'timeout', signal: 'SIGTERM' })
  })

  test('is ended with its children', async () => {
    const abort = new AbortController()
    const result = await runCommand(shell('sleep 600 & echo $!; wait'), {
      signal: abort.signal,
      onStdout: () => abort.abort(),
    })
    const child = Number(result.stdout[0])
    expect(child).toBeGreaterThan(1)
    expect(await waitFor(async () => (await identify(child)) === null, { timeoutMs: patienceMs })).toBe(true)
  })

  test('that ignores TERM is killed after an abort', async () => {
    const abort = new AbortController()
    const result = await runCommand(shell("trap '' TERM; echo ready; while :; do sleep 0.1; done"), {
      signal: abort.signal,
      onStdout: () => abort.abort(),
    })
    expect(result).toMatchObject({ ended: 'aborted', signal: 'SIGKILL' })
  })

  test('is not waited for if a child outside its group keeps the output open', async () => {
    const abort = new AbortController()
    // The child says so itself once it has left the group.
    const script = `setsid /bin/sh -c 'echo $$; exec sleep 600' & wait`
    const result = await runCommand(shell(script), { signal: abort.signal, onStdout: () => abort.abort() })
    const escaped = await identify(Number(result.stdout[0]))
    if (escaped) signalProcess(escaped, 'SIGKILL')
    expect(result).toMatchObject({ ended: 'aborted', signal: 'SIGTERM' })
    expect(escaped).not.toBeNull()
  })

  test('is not waited for either without a timeout, so that it holds up nobody', async () => {
    const result = await runCommand(shell('setsid sleep 600 & echo $!'))
    const escaped = await identify(Number(result.stdout[0]))
    if (escaped) signalProcess(escaped, 'SIGKILL')
    expect(result).toMatchObject({ ended: null, exitCode: 0 })
    expect(escaped).not.toBeNull()
  })

  test('is not waited for long either if a child prints on and on', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const printing = shell(`/bin/sh -c 'while :; do echo $$; sleep 0.01; done' &`)
    // Each time that is waited, another line comes.
    const result = await runCommand(printing, { onStdout: () => vi.advanceTimersByTime(3_000) })
    const child = await identify(Number(result.stdout[0]))
    if (child) signalProcess(child, 'SIGKILL')
    expect(result).toMatchObject({ ended: null, exitCode: 0 })
  })

  test('that has ended keeps what it printed, also if this process is too busy to read it in time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const printed = join(folder, 'printed')
    // The folder of the command is gone once its end is known here, and then the time is counted.
    const late = `while [ -d /proc/$0 ]; do sleep 0.01; done; echo first; sleep 0.05; echo second; touch ${printed}`
    const result = await runCommand(shell(`/bin/sh -c '${late}' $$ &`), {
      onStdout(line) {
        if (line !== 'first') return
        const moment = new Int32Array(new SharedArrayBuffer(4))
        while (!existsSync(printed)) Atomics.wait(moment, 0, 0, 5)
        vi.advanceTimersByTime(3_000)
      },
    })
    expect(result).toMatchObject({ ended: null, exitCode: 0, stdout: ['first', 'second'] })
  })

  test('does not run on if it was aborted before it began', async () => {
    const result = await runCommand(command('/bin/sleep', '600'), { signal: AbortSignal.abort() })
    expect(result.ended).toBe('aborted')
  })

  test('keeps an endless line only up to the limit', async () => {
    const result = await runCommand(shell('head -c 5000000 /dev/zero | tr "\\0" x; echo; echo after'))
    expect(result.stdout.at(-1)).toBe('after')
    expect(result.stdout.map((line) => line.length)).toEqual([longestLine, 5])
  })

  test.skipIf(!isRoot)(
    isRoot ? 'runs as the user it is given' : 'runs as the user it is given (skipped: needs root)',
    async () => {
      const result = await runCommand({
        ...command('/usr/bin/id', '-u'),
        cwd: '/',
        runAs: { uid: 65534, gid: 65534 },
      })
      expect(result.stdout).toEqual(['65534'])
    },
  )
})

describe('a command read as streams', () => {
  test('gives back the bytes it is given', async () => {
    const child = streamCommand(command('/bin/cat'))
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.stderr.resume()
    const bytes = Buffer.from([0, 255, 10, 13, 128])
    child.stdin.end(bytes)
    expect(await child.closed).toEqual({ exitCode: 0, startError: null })
    expect(Buffer.concat(chunks)).toEqual(bytes)
  })

  test('is ended by kill, with its children', async () => {
    const child = streamCommand(shell('sleep 600 & wait'))
    child.stdout.resume()
    child.stderr.resume()
    child.kill()
    expect((await child.closed).exitCode).toBeNull()
  })

  test('that does not exist closes and gives the reason', async () => {
    const child = streamCommand(command(join(folder, 'nothing')))
    child.stdin.on('error', () => undefined)
    child.stdout.resume()
    child.stderr.resume()
    expect((await child.closed).startError).toContain('ENOENT')
  })
})

describe('a detached process', () => {
  const output = (name: string) => ({
    stdout: join(folder, `${name}.out`),
    stderr: join(folder, `${name}.err`),
  })

  test('leads a session of its own, appends to its files, and its end is reported', async () => {
    const exits: unknown[] = []
    const identity = await startDetached(shell('echo one; exec sleep 600'), output('a'), (exit) =>
      exits.push(exit),
    )
    expect(await isAlive(identity)).toBe(true)
    expect((await readFile(`/proc/${identity.pid}/stat`, 'utf8')).split(' ')[5]).toBe(String(identity.pid))
    await waitFor(async () => (await readFile(output('a').stdout, 'utf8')) === 'one\n', {
      timeoutMs: patienceMs,
    })
    signalProcess(identity, 'SIGKILL')
    await waitFor(() => exits.length > 0, { timeoutMs: patienceMs })
    expect(exits).toEqual([{ exitCode: null, signal: 'SIGKILL' }])
    expect(await isAlive(identity)).toBe(false)
  })

  test('that ends at once still counts as started', async () => {
    const ended = new Promise((resolve) => {
      void startDetached(command('/bin/false'), output('b'), resolve)
    })
    expect(await ended).toEqual({ exitCode: 1, signal: null })
  })

  test('that does not exist is an error', async () => {
    await expect(startDetached(command(join(folder, 'nothing')), output('c'))).rejects.toThrow('ENOENT')
  })
})
