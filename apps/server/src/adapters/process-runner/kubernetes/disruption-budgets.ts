import { z } from 'zod'
import { nameOutside } from '../../../lib/name-outside.ts'
import type { KubernetesClient } from '../../kubernetes/kubernetes-client.ts'
import { kubernetesLabels } from '../../kubernetes/kubernetes-labels.ts'
import { objectNameTaken, refusedStatus } from '../../kubernetes/kubernetes.errors.ts'
import { pause } from '../frame/keep-trying.ts'
import type { ProcessRecord } from '../process-records.ts'
import { budgetOf, nameOf, type BudgetVersion, type ClusterSetting } from './kubernetes-objects.ts'
import { removeObject } from './remove-object.ts'

/** How often budgets are compared with the cluster although nothing has changed here, in milliseconds. */
const compareEveryMs = 60_000
/** How long changes of processes are gathered, in milliseconds. */
const settleMs = 100
/** The generation of a budget that nobody has changed since it was made. */
const firstGeneration = 1
const conflict = 409

const apiGroup = z.object({ versions: z.array(z.object({ version: z.string() })) })
const budgetList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        uid: z.string(),
        generation: z.number().default(firstGeneration),
        labels: z.record(z.string(), z.string()).default({}),
      }),
    }),
  ),
})
type Budget = z.infer<typeof budgetList>['items'][number]['metadata']

/** The groups of which two or more processes are wanted: for one alone, a budget would say nothing. Pure. */
export function groupsOfSeveral(
  records: readonly (Pick<ProcessRecord, 'desired' | 'fatal'> & { spec: { group?: string | undefined } })[],
): Set<string> {
  const seen = new Set<string>()
  const several = new Set<string>()
  for (const { desired, fatal, spec } of records) {
    if (desired !== 'running' || fatal !== null || spec.group === undefined) continue
    if (seen.has(spec.group)) several.add(spec.group)
    seen.add(spec.group)
  }
  return several
}

const keyOf = (groups: ReadonlySet<string>): string => [...groups].toSorted().join(' ')
/** The group of a budget, as its label names it. */
const groupOf = ({ labels }: Budget): string => labels[kubernetesLabels.service] ?? ''

type Deps = {
  client: KubernetesClient
  setting: ClusterSetting
  /** The groups that need a budget now. */
  groups: () => ReadonlySet<string>
  onError: (error: unknown) => void
}

/**
 * The budgets of a platform: of each group with several pods, whoever empties a node takes at most one at a time. Services
 * run without them: what the cluster refuses, such as a right that is missing, is said once and tried again later.
 */
export class DisruptionBudgets {
  readonly #deps: Deps
  /** The version of the API that the cluster has. Null if it is not known. */
  #version: BudgetVersion | null = null
  /** The groups of the last comparison. Null before the first. */
  #compared: string | null = null
  #isDue = false
  #mayDiffer = false
  #wake: () => void = () => undefined
  #said = ''

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Compares the budgets with the cluster soon. */
  again(): void {
    this.#isDue = true
    this.#wake()
  }

  /** Compares them soon if other groups need one than at the last comparison. */
  look(): void {
    this.#mayDiffer = true
    this.#wake()
  }

  /** Compares them whenever that is due, until the signal aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    let regularAt = Date.now() + compareEveryMs
    while (!signal.aborted) {
      const wake = new AbortController()
      this.#wake = () => wake.abort()
      if (!this.#isDue && !this.#mayDiffer)
        await pause(regularAt - Date.now(), AbortSignal.any([signal, wake.signal]))
      // Thousands of processes may change at once: all of them are gone through once, and not for each.
      if (this.#mayDiffer && !this.#isDue) await pause(settleMs, signal)
      this.#mayDiffer = false
      if (signal.aborted || !(this.#isDue || Date.now() >= regularAt || this.#differs())) continue
      await this.#compare(this.#deps.groups(), signal)
      regularAt = Date.now() + compareEveryMs
    }
  }

  /** Whether other groups need a budget than at the last comparison. Not known before the first one. */
  #differs(): boolean {
    return this.#compared !== null && this.#compared !== keyOf(this.#deps.groups())
  }

  /** Removes all budgets of the platform. */
  removeAll(): Promise<void> {
    return this.#compare(new Set())
  }

  async #compare(groups: ReadonlySet<string>, signal?: AbortSignal): Promise<void> {
    this.#isDue = false
    this.#compared = keyOf(groups)
    let failed: unknown[]
    try {
      failed = await this.#apply(groups, signal)
    } catch (error) {
      failed = [error]
    }
    if (signal?.aborted) return
    // The cluster may have got another version meanwhile.
    if (failed.length > 0) this.#version = null
    const said = failed.map(String).join('\n')
    if (said !== this.#said) for (const error of failed) this.#deps.onError(error)
    this.#said = said
  }

  /** Makes and removes what differs. Resolves with what has failed. */
  async #apply(groups: ReadonlySet<string>, signal: AbortSignal | undefined): Promise<unknown[]> {
    const { client, setting } = this.#deps
    const version = await this.#findVersion(signal)
    const path = `/apis/policy/${version}/namespaces/${setting.namespace}/poddisruptionbudgets`
    const query = { labelSelector: `${kubernetesLabels.platform}=${setting.platform}` }
    const answer = await client.call({ method: 'GET', path, query, signal })
    const found = budgetList.parse(answer).items.map(({ metadata }) => metadata)
    const ours = found.filter((budget) => budget.name === nameOf(setting, groupOf(budget)))
    const wanted = new Map([...groups].map((group) => [nameOutside(group), group]))
    const isRight = (budget: Budget) => wanted.has(groupOf(budget)) && budget.generation === firstGeneration
    const kept = new Set(ours.filter(isRight).map(groupOf))
    const removals = ours
      .filter((budget) => !isRight(budget))
      .map(({ name, uid }) => removeObject(client, `${path}/${name}`, { uid }))
    const removed = await Promise.allSettled(removals)
    const missing = [...wanted].filter(([name]) => !kept.has(name))
    const made = await Promise.allSettled(missing.map(([, group]) => this.#make(path, group, version)))
    return [...removed, ...made].flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  }

  async #make(path: string, group: string, version: BudgetVersion): Promise<void> {
    const { client, setting } = this.#deps
    try {
      await client.call({ method: 'POST', path, body: budgetOf(group, setting, version) })
    } catch (error) {
      if (refusedStatus(error) !== conflict) throw error
      const name = nameOf(setting, group)
      throw objectNameTaken({ kind: 'PodDisruptionBudget', name, namespace: setting.namespace })
    }
  }

  async #findVersion(signal: AbortSignal | undefined): Promise<BudgetVersion> {
    if (this.#version !== null) return this.#version
    const { versions } = apiGroup.parse(
      await this.#deps.client.call({ method: 'GET', path: '/apis/policy', signal }),
    )
    this.#version = versions.some(({ version }) => version === 'v1') ? 'v1' : 'v1beta1'
    return this.#version
  }
}
