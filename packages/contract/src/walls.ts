// The schemas and the pages both read these. This file imports nothing, so that a page does not load zod for it.

/** The walls around the code of others, in the order in which they are shown. */
export const wallNames = [
  'service_accounts',
  'sandbox',
  'limits',
  'instance_addresses',
  'network',
  'build_network',
  'url_inputs',
  'control_plane',
  'database',
  'gateway',
  'transport',
  'quotas',
] as const
/** A wall around the code of others. */
export type WallName = (typeof wallNames)[number]

/** The states of a wall, the most urgent first. */
export const wallStates = ['missing', 'in_part', 'unknown', 'stands'] as const
/** The state of a wall. */
export type WallState = (typeof wallStates)[number]

/** What can be found about a wall. The values are in parentheses. */
export const wallFacts = [
  /** Services and jobs get accounts from these numbers (`first`, `last`). */
  'account_block',
  /** (`version`) */
  'bubblewrap',
  /** Sandboxes refuse system calls that attacks on the kernel use. */
  'system_calls_filtered',
  /** Running instances in a sandbox (`count`). */
  'instances_inside',
  'instances_elsewhere',
  /** A group of the kernel holds these limits (`version`, `controllers`, `folder`). */
  'cgroup',
  'open_files_rlimit',
  /** The most processor of an instance, in cores (`cores`). */
  'cpu_ceiling',
  /** Running instances that listen on a unix socket (`count`). */
  'instances_on_sockets',
  /** Running instances that are cut off from the network (`count`). */
  'instances_cut_off',
  /** The widest network access that a service can have, if that is less than all (`setting`). */
  'network_ceiling',
  /** Builds cannot reach the network. */
  'builds_cut_off',
  /** The only hosts that builds can reach (`hosts`). */
  'build_hosts',
  'urls_refused',
  /** A process of the platform, and its account (`process`, `account`). */
  'runs_as',
  /** The database is on another machine or belongs to somebody else (`host`). */
  'database_external',
  /** (`kind`) */
  'gateway_kind',
  /** The group that may connect to the control plane (`group`). */
  'socket_for_group',
  /** (`url`) */
  'https',
  /** (`proxies`) */
  'trusted_proxies',
  'quotas_default',
  /** Quotas that the administrator has set (`settings`). */
  'quotas_set',
] as const

/** Why a wall can be missing or have a gap. The values are in parentheses. */
export const wallGaps = [
  /** An ordinary user started the platform (`account`). */
  'not_root',
  /** A program of util-linux is missing (`path`). */
  'no_setpriv',
  'no_account_numbers',
  /** Other accounts cannot enter a folder above the data folder (`path`). */
  'folder_closed',
  /** Other accounts cannot run Node (`path`). */
  'node_closed',
  'sandbox_off',
  'bubblewrap_missing',
  /** bubblewrap does not work here; its message is the value (`said`). */
  'bubblewrap_refused',
  /**
   * Sandboxes work only without the filter of system calls. The value is the message of the self-test, which may be
   * empty (`said`).
   */
  'system_calls_open',
  'namespaces_apparmor',
  'namespaces_root_only',
  'namespaces_none',
  /** Running instances in a sandbox that has no filter of system calls (`count`). */
  'instances_unfiltered',
  /** Running instances without a sandbox (`count`). */
  'instances_outside',
  'cgroups_closed',
  'memory_watched',
  'processes_watched',
  'cpu_not_enforced',
  /** Instances whose owners set no limit have no limit of memory. */
  'memory_unlimited',
  'cpu_unlimited',
  'nothing_runs',
  /** Running instances that listen on a port that every local account can call (`count`, `host`). */
  'instances_on_ports',
  /**
   * Every local account can call instances at their sockets. The values are the group that should be able to, and our
   * account (`group`, `account`).
   */
  'sockets_open',
  /** Running instances that can reach everything that this machine can reach (`count`). */
  'instances_on_network',
  /** Sandboxes cannot be cut off from the network here. */
  'network_shared',
  /** Builds can reach everything that this machine can reach. */
  'builds_on_network',
  /** Builds must be cut off from the network, but that is not possible here, so no build begins. */
  'builds_refused',
  'urls_allowed',
  'control_plane_root',
  /** The reason why the platform still runs as root, in each language (`zh`, `en`). */
  'root_kept',
  'supervisord_root',
  /** The account of the platform and of all algorithms (`account`). */
  'same_account',
  /** An account that other programs of the machine use as well (`account`). */
  'database_account_shared',
  /** The platform's own role in a foreign database may do everything there (`role`). */
  'database_superuser',
  'gateway_root',
  /**
   * Every local account can pretend to be the gateway. The values are the group that may connect, and our account
   * (`group`, `account`).
   */
  'socket_open',
  /** People's requests are not encrypted, and the network can reach the platform (`host`). */
  'open_without_https',
  /** The platform listens only for this machine and has no HTTPS (`host`). */
  'local_without_https',
  'no_trusted_proxies',
  /** A quota has its highest possible value (`setting`, `value`). */
  'quota_at_most',
] as const
/** Why a wall can be missing or have a gap. */
export type WallGapCode = (typeof wallGaps)[number]
