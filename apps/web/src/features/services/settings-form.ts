import type { Service, ServiceChange } from '@vitrine/contract'
import { usualCoolDownS } from '@vitrine/contract/limits'

/** The form with a service's settings. Optional numbers are null if they are absent. */
export type SettingsForm = {
  name: string
  groupId: string | null
  open: boolean
  isLimited: boolean
  requests: number
  windowS: number
  bodyMb: number
  timeoutS: number
  keepsBodies: boolean
  port: number | null
  replicas: number
  /** A rule decides about the number of instances. */
  scales: boolean
  scaleMin: number
  scaleMax: number
  scaleConcurrency: number
  coolDownS: number
  mode: Service['mode']
  network: Service['network']
  limitsOfManifest: boolean
  memoryMb: number | null
  cpu: number | null
  openFiles: number | null
  processes: number | null
  gpus: number | null
  sleeps: boolean
  idleMinutes: number
  restartsUnhealthy: boolean
  probes: number
}

/**
 * The form for a service's present settings. A switch that is off has a sensible number for when it is
 * switched on.
 */
export const settingsOf = (service: Service): SettingsForm => ({
  name: service.name,
  groupId: service.group_id,
  open: service.auth === 'public',
  isLimited: service.rate_limit !== null,
  requests: service.rate_limit?.requests ?? 60,
  windowS: service.rate_limit?.window_s ?? 60,
  bodyMb: service.body_mb,
  timeoutS: service.timeout_s,
  keepsBodies: service.keep_bodies,
  port: service.front_port,
  replicas: service.replicas,
  scales: service.scaling !== null,
  scaleMin: service.scaling?.min ?? 1,
  scaleMax: service.scaling?.max ?? Math.max(4, service.replicas),
  scaleConcurrency: service.scaling?.concurrency ?? 2,
  coolDownS: service.scaling?.cool_down_seconds ?? usualCoolDownS,
  mode: service.mode,
  network: service.network,
  limitsOfManifest: false,
  memoryMb: service.limits.memory_mb ?? null,
  cpu: service.limits.cpu ?? null,
  openFiles: service.limits.open_files ?? null,
  processes: service.limits.processes ?? null,
  gpus: service.limits.gpus ?? null,
  sleeps: service.idle_minutes !== null,
  idleMinutes: service.idle_minutes ?? 30,
  restartsUnhealthy: service.unhealthy_probes !== null,
  probes: service.unhealthy_probes ?? 6,
})

/** The settings in the form of the API. */
const asChange = (form: SettingsForm) => {
  const { memoryMb, cpu, openFiles, processes, gpus } = form
  return {
    name: form.name.trim(),
    group_id: form.groupId,
    auth: form.open ? ('public' as const) : ('required' as const),
    rate_limit: form.isLimited ? { requests: form.requests, window_s: form.windowS } : null,
    body_mb: form.bodyMb,
    timeout: form.timeoutS,
    keep_bodies: form.keepsBodies,
    port: form.port,
    replicas: form.replicas,
    scaling: form.scales
      ? {
          min: form.scaleMin,
          max: form.scaleMax,
          concurrency: form.scaleConcurrency,
          cool_down_seconds: form.coolDownS,
        }
      : null,
    mode: form.mode,
    network: form.network,
    limits: form.limitsOfManifest
      ? null
      : {
          ...(memoryMb !== null && { memory_mb: memoryMb }),
          ...(cpu !== null && { cpu }),
          ...(openFiles !== null && { open_files: openFiles }),
          ...(processes !== null && { processes }),
          ...(gpus !== null && { gpus }),
        },
    idle_minutes: form.sleeps ? form.idleMinutes : null,
    unhealthy_probes: form.restartsUnhealthy ? form.probes : null,
  }
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** The changes to the service. Nothing else is sent, so that a person does not undo what another has just changed. */
export const changeOf = (form: SettingsForm, service: Service): ServiceChange => {
  const { port, mode, network, ...wanted } = asChange(form)
  const now = asChange(settingsOf(service))
  const rest = Object.fromEntries(
    Object.entries(wanted).filter(
      ([name, value]) =>
        // A rule changes it meanwhile, and nobody else may.
        !(name === 'replicas' && form.scales) &&
        !isSame(value, Object.entries(now).find(([key]) => key === name)?.[1]),
    ),
  )
  return {
    ...rest,
    ...(port !== null && port !== service.front_port && { port }),
    ...(mode !== service.mode && { mode }),
    ...(network !== service.network && { network }),
  }
}
