import type { Host, NetworkPolicy, ResourceLimits } from '@vitrine/contract'
import type { Words } from '../../lib/words.ts'
import type { BuildNetworkPolicy } from '../build-network/policy.ts'

/** An account of the machine. The name is null if it has none. */
export type NamedAccount = { uid: number; name: string | null }

/** Why services have no accounts of their own. */
export type AccountProblem = {
  code: 'not_root' | 'no_setpriv' | 'no_account_numbers' | 'folder_closed' | 'node_closed'
  /** The program or folder that is missing or closed. */
  path?: string
}

/** What the kernel's settings say about user namespaces. Null where this kernel does not have the setting. */
export type NamespaceSettings = {
  /** `user.max_user_namespaces` */
  most: number | null
  /** `kernel.unprivileged_userns_clone`: whether accounts other than root may create them. */
  forAll: boolean | null
  /** `kernel.apparmor_restrict_unprivileged_userns` */
  appArmorRestricts: boolean | null
}

/** A quota and how it is set. */
export type QuotaReading = { setting: string; value: number; isDefault: boolean; isAtMost: boolean }

/** Everything that was measured or set on this machine and decides about the walls. */
export type WallReadings = {
  /** The account of the control plane. */
  own: NamedAccount
  /** Why the start has kept root. Null if it has not, or if the control plane does not know. */
  rootKept: Words | null
  accounts: { block: { first: number; size: number } | null; problem: AccountProblem | null }
  sandbox: Host['sandbox'] & {
    /** The version of bubblewrap, as it states it. Null if it is not used here. */
    version: string | null
    namespaces: NamespaceSettings
  }
  instances: {
    inside: number
    /** How many of those inside have no filter of system calls. */
    unfiltered: number
    outside: number
    unknown: number
    /** On other machines, such as pods. They are unknown, too. */
    elsewhere: number
    /** How many listen on a unix socket, and how many on a port. */
    onSockets: number
    onPorts: number
    /** How many are cut off from the network, and how many have that of the machine. */
    cutOff: number
    onNetwork: number
    /** The addresses on which those with a port listen. */
    hosts: readonly string[]
  }
  limits: {
    enforcement: readonly Omit<Host['limits'][number], 'ceiling'>[]
    groups: readonly { version: number; folder: string; controllers: readonly string[] }[]
    /** The program with which a limited process gives up root, if it is missing. */
    missingProgram: string | null
    /** The processors that this machine has. */
    cores: number
    /** The ceilings, and what an instance has whose owner states nothing. */
    most: ResourceLimits
    usual: ResourceLimits
  }
  /** The most of the network that any service has. */
  networkCeiling: NetworkPolicy
  /** What builds reach of the network, and the hosts if they are the registries alone, as `host:port`. */
  builds: { policy: BuildNetworkPolicy; hosts: readonly string[] }
  /** Whether algorithms may fetch inputs from addresses that callers state. */
  allowUrls: boolean
  /** The account of supervisord. Null if it is not running. */
  supervisord: NamedAccount | null
  database:
    | { kind: 'embedded'; account: NamedAccount | null }
    | { kind: 'external'; host: string; role: string; isSuperuser: boolean }
  gateway: {
    kind: Host['gateway']
    /** The account of the processes that answer requests. Null if it is not known. */
    account: NamedAccount | null
    /** The group that may also connect to the control plane. */
    group: string | null
    /** Whether every account of this machine may. */
    isOpenToAll: boolean
  }
  transport: { publicUrl: string | null; proxies: readonly string[]; host: string }
  quotas: readonly QuotaReading[]
}
