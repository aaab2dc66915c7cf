import type { Wall, WallGap } from '@vitrine/contract'
import { wallStates, type WallGapCode, type WallState } from '@vitrine/contract/walls'

/** The walls with what needs attention first. Walls of one state keep their order. Pure. */
export const byUrgency = (walls: readonly Wall[]): Wall[] =>
  wallStates.flatMap((state) => walls.filter((wall) => wall.state === state))

/** How many walls there are of each state, without those of which there is none. Pure. */
export const countStates = (walls: readonly Wall[]): { state: WallState; count: number }[] =>
  wallStates
    .map((state) => ({ state, count: walls.filter((wall) => wall.state === state).length }))
    .filter(({ count }) => count > 0)

/** The colour of a state. */
export const toneOf = { stands: 'good', in_part: 'warning', missing: 'bad', unknown: 'quiet' } as const

const behindProxy = 'VITRINE_PUBLIC_URL=https://vitrine.example\nVITRINE_TRUSTED_PROXIES=127.0.0.1, ::1'

/** A ceiling that leaves half of the machine to the others. */
const halfOf = (cores: string | number | undefined): number => Math.max(0.5, Math.floor(Number(cores) / 2))

/**
 * The command or setting for each gap, the same in every language. A gap without an entry needs no command, or there is
 * none.
 */
const commands: Partial<Record<WallGapCode, (values: WallGap['values']) => string>> = {
  not_root: () => 'sudo npm start',
  no_setpriv: () => 'apt-get install util-linux',
  no_account_numbers: () => 'VITRINE_ACCOUNTS=1900000000-1900009999',
  folder_closed: ({ path }) => `chmod o+x ${path}`,
  sandbox_off: () => 'VITRINE_SANDBOX=auto',
  bubblewrap_missing: () => 'apt-get install bubblewrap',
  namespaces_apparmor: () => 'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
  namespaces_root_only: () => 'sysctl -w kernel.unprivileged_userns_clone=1',
  namespaces_none: () => 'sysctl -w user.max_user_namespaces=15000',
  cgroups_closed: () => 'Delegate=yes\nDelegateSubgroup=platform',
  memory_unlimited: () => 'VITRINE_CEILING_MEMORY_MB=4096',
  cpu_unlimited: ({ cores }) => `VITRINE_CEILING_CPU=${halfOf(cores)}`,
  instances_on_network: () => 'VITRINE_NETWORK=none\nVITRINE_CEILING_NETWORK=none',
  builds_on_network: () => 'VITRINE_BUILD_NETWORK=registries',
  builds_refused: () => 'VITRINE_BUILD_NETWORK=all',
  control_plane_root: () => 'VITRINE_ROOT=drop',
  supervisord_root: () => 'VITRINE_ROOT=drop',
  same_account: () => 'sudo npm start',
  database_account_shared: () => 'useradd --system --user-group vitrine-db',
  database_superuser: ({ role }) => `ALTER ROLE "${role}" NOSUPERUSER;`,
  gateway_root: () => 'apt-get install nginx libnginx-mod-http-js',
  sockets_open: ({ group, account }) => `usermod -aG ${group} ${account}`,
  socket_open: ({ group, account }) => `usermod -aG ${group} ${account}`,
  open_without_https: () => `VITRINE_HOST=127.0.0.1\n${behindProxy}`,
  local_without_https: () => behindProxy,
  no_trusted_proxies: () => 'VITRINE_TRUSTED_PROXIES=127.0.0.1, ::1',
}

/** The command or setting that closes a gap; null if there is none. Pure. */
export const commandFor = ({ code, values }: WallGap): string | null => commands[code]?.(values) ?? null
