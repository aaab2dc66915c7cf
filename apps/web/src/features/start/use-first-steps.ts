import { useQuery } from '@tanstack/vue-query'
import { useStorage } from '@vueuse/core'
import { computed } from 'vue'
import { api } from '../../api/client.ts'
import { useServices } from '../services/use-services.ts'
import { useSession } from '../session/session.ts'
import { stepNames, stepsFor, takenSteps, type StepName } from './first-steps.ts'

const looked = { query: { page_size: 100 } }

/**
 * The first steps of this person, and which of them are taken: what the server shows, and what this person has ticked in this
 * browser, which others may use too. Some steps leave nothing behind that could be counted.
 */
export const useFirstSteps = () => {
  const session = useSession()
  const me = computed(() => session.user?.username ?? '')
  const runs = useQuery({
    queryKey: ['runs', 'begun'],
    queryFn: ({ signal }) => api('GET /runs', looked, { signal }),
    enabled: () => session.may('runs.read'),
  })
  const comparisons = useQuery({
    queryKey: ['comparisons', 'begun'],
    queryFn: ({ signal }) => api('GET /comparisons', looked, { signal }),
    enabled: () => session.may('runs.read'),
  })
  const shares = useQuery({
    queryKey: ['shares', 'begun'],
    queryFn: ({ signal }) => api('GET /shares', looked, { signal }),
    enabled: () => session.may('shares.write'),
  })
  const keys = useQuery({
    queryKey: ['api-keys', 'begun'],
    queryFn: ({ signal }) => api('GET /api-keys', looked, { signal }),
    enabled: () => session.may('api_keys.own'),
  })
  const people = useQuery({
    queryKey: ['users', 'begun'],
    queryFn: ({ signal }) => api('GET /users', { query: { page_size: 1 } }, { signal }),
    enabled: () => session.may('users.manage'),
  })
  const services = useServices()
  const ticked = useStorage<StepName[]>(`vitrine.first_steps.${me.value}`, [])

  const steps = computed(() => stepsFor(session.may))
  const shown = computed(() =>
    takenSteps(me.value, {
      runs: runs.data.value?.items,
      comparisons: comparisons.data.value?.items,
      shares: shares.data.value?.items,
      keys: keys.data.value?.items,
      services: services.data.value?.items,
      people: people.data.value?.total,
    }),
  )
  const taken = computed(() => new Set([...shown.value, ...ticked.value]))
  /** Ticks a step, or removes the tick. Steps that the server shows as done stay ticked. */
  const tick = (name: StepName, on: boolean) => {
    ticked.value = stepNames.filter((one) => (one === name ? on : ticked.value.includes(one)))
  }
  return { steps, taken, shown, tick, services }
}
