import type { Json, ServiceChange } from '@vitrine/contract'
import type { StoredService } from '../../services/services.repository.ts'

/** The options of a service that are keys of the configuration too: one value, whichever way it is read or set. */
export const serviceOptionKeys = {
  'service.port': {
    valueOf: ({ frontPort }: StoredService): Json => frontPort,
    changeTo: (port: number): ServiceChange => ({ port }),
  },
  'service.host': { valueOf: ({ options }: StoredService): Json => options.frontHost, changeTo: null },
  'service.timeout': {
    valueOf: ({ options }: StoredService): Json => options.timeoutS,
    changeTo: (timeout: number): ServiceChange => ({ timeout }),
  },
} as const

/** An option that a change of the configuration can set. */
export type SettableOption = {
  valueOf: (service: StoredService) => Json
  changeTo: (value: number) => ServiceChange
}

/** A key that is an option of a service. */
export type ServiceOptionKey = keyof typeof serviceOptionKeys

/** Whether a key is an option of a service. */
export const isServiceOptionKey = (key: string): key is ServiceOptionKey =>
  Object.hasOwn(serviceOptionKeys, key)
