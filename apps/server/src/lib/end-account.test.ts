import { expect, test } from 'vitest'
import { describeAsRoot } from '../../../../tests/support/as-root.ts'
import { endAccount, livingAccounts } from './end-account.ts'
import { runCommand, type RunAs } from './run-command.ts'

/** Accounts that nothing else on the machine has. */
const first = 2_115_000_000
const accountAt = (at: number): RunAs => ({ uid: first + at, gid: first + at })

/**
 * Starts what a script leaves behind, in a session of its own. The command ends only when the script has begun: what is
 * not in its own session by then ends with the command.
 */
async function leave(account: RunAs, script: string): Promise<void> {
  const begun = `echo begun; exec >/dev/null 2>&1; ${script}`
  const args = ['-c', `(setsid /bin/sh -c '${begun}' &) | head -n 1`]
  await runCommand({ file: '/bin/sh', args, cwd: '/', env: { PATH: '/usr/bin:/bin' }, runAs: account })
  await expect.poll(() => livingAccounts().has(account.uid)).toBe(true)
}

describeAsRoot('all processes of accounts', () => {
  test('end, for many callers at once, and those of other accounts live on', async () => {
    const ended = [0, 1, 2].map(accountAt)
    const other = accountAt(3)
    await Promise.all([...ended, other].map((account) => leave(account, 'sleep 600')))
    await Promise.all(ended.map(endAccount))
    const living = livingAccounts()
    expect([...ended, other].map(({ uid }) => living.has(uid))).toEqual([false, false, false, true])
    await endAccount(other)
    expect(livingAccounts().has(other.uid)).toBe(false)
  })

  test('end although each is followed by the next', async () => {
    const account = accountAt(4)
    await leave(account, 'hop() { (sleep 0.001; hop) & }; hop')
    await endAccount(account)
    expect(livingAccounts().has(account.uid)).toBe(false)
  })

  test('end although the main thread of one has ended already', async () => {
    const account = accountAt(6)
    const program =
      'import ctypes, threading, time; threading.Thread(target=time.sleep, args=(600,)).start(); ctypes.CDLL(None).pthread_exit(None)'
    await leave(account, `exec python3 -c "${program}"`)
    await endAccount(account)
    expect(livingAccounts().has(account.uid)).toBe(false)
  })

  test('end beside an account that stops whoever comes to end it', async () => {
    const [hostile, other] = [accountAt(7), accountAt(8)]
    const stopAll =
      'import os, signal, threading; one = lambda: [os.kill(-1, signal.SIGSTOP) for _ in iter(int, 1)]'
    await leave(hostile, `exec python3 -c "${stopAll}; threading.Thread(target=one).start(); one()"`)
    await leave(other, 'sleep 600')
    await Promise.all([hostile, other].map(endAccount))
    const living = livingAccounts()
    expect([living.has(hostile.uid), living.has(other.uid)]).toEqual([false, false])
  })

  test('are none for an account that nothing runs as', async () => {
    await expect(endAccount(accountAt(5))).resolves.toBeUndefined()
  })
})
