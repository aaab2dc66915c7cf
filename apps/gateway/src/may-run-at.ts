/**
 * Whether a login may run the services of a group (undefined: of none), by its role or by a grant. `groupsOf` is only asked for callers
 * whose role may run no service, so a grant costs nobody else anything. All gateways have this rule from here. Pure.
 */
export const mayRunAt = (
  { caller, mayRun }: { caller: string; mayRun: boolean },
  group: string | undefined,
  groupsOf: (caller: string) => readonly string[],
): boolean => mayRun || (group !== undefined && groupsOf(caller).includes(group))
