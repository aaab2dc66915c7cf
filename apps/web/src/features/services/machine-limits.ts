import type { Host, ServiceMode } from '@vitrine/contract'
import { containerModes, processModes } from '@vitrine/contract/choices'

/** What of the machine matters to one service. */
export type Machine = Pick<Host, 'limits' | 'modes'>

/**
 * The runners to choose between: those that the machine has, and the one that the service has now. While the machine is not known,
 * all: the server refuses a wrong one.
 */
export const modesToChoose = (machine: Machine | undefined, current: ServiceMode): ServiceMode[] =>
  processModes.filter((mode) => mode === current || (machine?.modes.includes(mode) ?? true))

/** Whether it is known that no service can run in a container here. Pure. */
export const lacksDocker = (machine: Machine | undefined): boolean =>
  machine !== undefined && !machine.modes.includes('docker')

/** The most that an instance may have of something when its service states no limit. Null: any. Undefined: not known. */
export const ceilingOf = (
  machine: Machine | undefined,
  resource: Host['limits'][number]['resource'],
): number | null | undefined => machine?.limits.find((limit) => limit.resource === resource)?.ceiling

/** Whether instances get graphics processors of their own: nothing divides those of a machine between its processes. Pure. */
export const dividesGpus = (mode: ServiceMode): boolean => containerModes.some((one) => one === mode)

/** Whether the nodes of a cluster decide a limit, whatever a service states: its API knows none for a pod. Pure. */
export const isOfNode = (mode: ServiceMode, resource: Host['limits'][number]['resource']): boolean =>
  mode === 'kubernetes' && (resource === 'open_files' || resource === 'processes')
