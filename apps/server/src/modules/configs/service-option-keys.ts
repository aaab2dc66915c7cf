import { rateLimit, type Json, type ServiceChange } from '@vitrine/contract'
import { z } from 'zod'
import type { StoredService } from '../services/services.repository.ts'

const asNumber = (value: Json): number => z.number().parse(value)

/**
 * The options of a service that are also keys of the configuration. Both ways read and set the same value. `mayBeNone`
 * says that the option can be removed.
 */
export const serviceOptionKeys = {
  'service.port': {
    valueOf: ({ frontPort }: StoredService): Json => frontPort,
    changeTo: (port: Json): ServiceChange => ({ port: asNumber(port) }),
    mayBeNone: false,
  },
  'service.host': {
    valueOf: ({ options }: StoredService): Json => options.frontHost,
    changeTo: null,
    mayBeNone: false,
  },
  'service.timeout': {
    valueOf: ({ options }: StoredService): Json => options.timeoutS,
    changeTo: (timeout: Json): ServiceChange => ({ timeout: asNumber(timeout) }),
    mayBeNone: false,
  },
  'service.idle.timeout': {
    valueOf: ({ idleMinutes }: StoredService): Json => idleMinutes,
    changeTo: (minutes: Json): ServiceChange => ({
      idle_minutes: minutes === null ? null : asNumber(minutes),
    }),
    mayBeNone: true,
  },
  'service.rate_limit': {
    valueOf: ({ options }: StoredService): Json => options.rateLimit,
    changeTo: (limit: Json): ServiceChange => ({ rate_limit: rateLimit.nullable().parse(limit) }),
    mayBeNone: true,
  },
} as const

/** An option that a change of the configuration can set. */
export type SettableOption = {
  valueOf: (service: StoredService) => Json
  changeTo: (value: Json) => ServiceChange
  mayBeNone: boolean
}

/** A key that is an option of a service. */
export type ServiceOptionKey = keyof typeof serviceOptionKeys

/** Whether a key is an option of a service. */
export const isServiceOptionKey = (key: string): key is ServiceOptionKey =>
  Object.hasOwn(serviceOptionKeys, key)
