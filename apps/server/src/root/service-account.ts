import type { Account } from '../lib/system-user.ts'

const overflow = 65_534
const noShell = /\/(nologin|false)$/

/**
 * An account of the machine that runs a part of the platform, from the text of /etc/passwd. Null if it does not
 * exist, or is more than that: root, the number of everybody unknown, or somebody who can sign in. Pure.
 */
export function serviceAccount(passwd: string, name: string): Account | null {
  const line = passwd.split('\n').find((one) => one.startsWith(`${name}:`))
  const [, , uid, gid, , , shell] = line?.split(':') ?? []
  const account = { uid: Number(uid), gid: Number(gid) }
  const isOrdinary = [account.uid, account.gid].every(
    (number) => Number.isInteger(number) && number > 0 && number !== overflow,
  )
  return isOrdinary && noShell.test(shell ?? '') ? account : null
}
