import { describe, expect, test } from 'vitest'
import { serviceFixture } from './service.fixture.ts'
import { changeOf, settingsOf, type SettingsForm } from './settings-form.ts'
import { followed } from './use-followed-form.ts'

const service = serviceFixture({
  limits: { memory_mb: 512, cpu: 2 },
  rate_limit: { requests: 10, window_s: 1 },
  idle_minutes: null,
})
const changed = (change: Partial<SettingsForm>) => changeOf({ ...settingsOf(service), ...change }, service)

describe('the settings of a service', () => {
  test('send nothing if nothing has changed', () => {
    expect(changed({})).toEqual({})
    expect(changed({ name: ' a ' })).toEqual({})
  })

  test('send only what has changed', () => {
    expect(changed({ name: '车牌', replicas: 3 })).toEqual({ name: '车牌', replicas: 3 })
    expect(changed({ open: true, timeoutS: 5, bodyMb: 1 })).toEqual({
      auth: 'public',
      timeout: 5,
      body_mb: 1,
    })
    expect(changed({ port: 8123, mode: 'supervisor' })).toEqual({ port: 8123, mode: 'supervisor' })
    expect(changed({ network: 'none' })).toEqual({ network: 'none' })
    expect(changed({ keepsBodies: true })).toEqual({ keep_bodies: true })
    expect(changed({ groupId: 'g' })).toEqual({ group_id: 'g' })
  })

  test('send null for a switch that is off', () => {
    expect(changed({ isLimited: false })).toEqual({ rate_limit: null })
    expect(changed({ restartsUnhealthy: false })).toEqual({ unhealthy_probes: null })
    expect(changed({ sleeps: true, idleMinutes: 15 })).toEqual({ idle_minutes: 15 })
  })

  test('send the whole rule for the number of instances, and never the number beside it', () => {
    const rule = { min: 1, max: 4, concurrency: 2, cool_down_seconds: 300 }
    expect(changed({ scales: true, replicas: 3 })).toEqual({ scaling: rule })
    const ruled = serviceFixture({ scaling: rule, replicas: 2 })
    const change = (part: Partial<SettingsForm>) => changeOf({ ...settingsOf(ruled), ...part }, ruled)
    expect([change({ replicas: 4 }), change({ scaleMax: 5 })]).toEqual([{}, { scaling: { ...rule, max: 5 } }])
    expect(change({ scales: false, replicas: 4 })).toEqual({ scaling: null, replicas: 4 })
  })

  test('follow the service while the form is open, except in what the person has changed', () => {
    const scaling = { min: 1, max: 4, concurrency: 2, cool_down_seconds: 300 }
    const opened = serviceFixture({ scaling, replicas: 1, timeout_s: 60 })
    const now = serviceFixture({ scaling, replicas: 4, timeout_s: 60, body_mb: 7 })
    const [before, after] = [settingsOf(opened), settingsOf(now)]
    const form = followed({ ...before, scales: false, timeoutS: 9 }, before, after)
    expect(changeOf(form, now)).toEqual({ scaling: null, timeout: 9 })
    expect(changeOf(followed({ ...form, replicas: 2 }, after, before), opened)).toEqual({
      scaling: null,
      timeout: 9,
      replicas: 2,
    })
  })

  test('send all limits if one changes, without unlimited ones, and null to use those of the manifest', () => {
    expect(changed({ memoryMb: null })).toEqual({ limits: { cpu: 2 } })
    expect(changed({ openFiles: 1024 })).toEqual({ limits: { memory_mb: 512, cpu: 2, open_files: 1024 } })
    expect(changed({ gpus: 1 })).toEqual({ limits: { memory_mb: 512, cpu: 2, gpus: 1 } })
    expect(changed({ limitsOfManifest: true })).toEqual({ limits: null })
  })

  test('do not send a cleared port: the service keeps its port', () => {
    expect(changed({ port: null })).toEqual({})
  })
})
