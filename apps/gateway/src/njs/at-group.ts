import type { Login } from './token.ts'

/**
 * A login as it counts for the services of a group (undefined: of none). `groupsOf` is only asked for callers whose role may run no
 * service, so a grant costs nobody else anything.
 */
export const atGroup = <L extends Pick<Login, 'caller' | 'mayRun'>>(
  login: L,
  group: string | undefined,
  groupsOf: (caller: string) => readonly string[],
): L =>
  login.mayRun || group === undefined || !groupsOf(login.caller).includes(group)
    ? login
    : { ...login, mayRun: true }
