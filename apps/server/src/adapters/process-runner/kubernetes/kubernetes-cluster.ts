import { AppError } from '../../../lib/errors.ts'
import type { KubernetesClient } from '../../kubernetes/kubernetes-client.ts'
import { kubernetesLabels } from '../../kubernetes/kubernetes-labels.ts'
import { objectNameTaken, refusedStatus } from '../../kubernetes/kubernetes.errors.ts'
import type { ProcessSpec } from '../process-runner.ts'
import { nameOf, replicaSetOf, secretOf, type ClusterSetting } from './kubernetes-objects.ts'
import { replicaSetFacts, type PodFacts, type ReplicaSetFacts } from './pod-facts.ts'
import { removeObject } from './remove-object.ts'

const notFound = 404
const conflict = 409

/** The calls to a cluster about the objects of one platform. */
export class KubernetesCluster {
  readonly #client: KubernetesClient
  readonly #setting: ClusterSetting

  constructor(client: KubernetesClient, setting: ClusterSetting) {
    this.#client = client
    this.#setting = setting
  }

  /** Where objects of a kind are. */
  get paths() {
    const { namespace } = this.#setting
    return {
      pods: `/api/v1/namespaces/${namespace}/pods`,
      secrets: `/api/v1/namespaces/${namespace}/secrets`,
      replicaSets: `/apis/apps/v1/namespaces/${namespace}/replicasets`,
    }
  }

  nameOf(instance: string): string {
    return nameOf(this.#setting, instance)
  }

  /** Whether a pod belongs to an object that we made. Somebody else may have made a pod with our labels. */
  owns({ instance, owner }: Pick<PodFacts, 'instance' | 'owner'>): boolean {
    return owner === this.nameOf(instance)
  }

  /** Returns the ReplicaSet of an instance. Null if there is none. Rejects if a foreign one has its name. */
  async replicaSet(instance: string): Promise<ReplicaSetFacts | null> {
    const name = this.nameOf(instance)
    try {
      const found = replicaSetFacts(
        await this.#client.call({ method: 'GET', path: `${this.paths.replicaSets}/${name}` }),
      )
      this.#checkOwn(found, instance, 'ReplicaSet')
      return found
    } catch (error) {
      if (refusedStatus(error) === notFound) return null
      throw error
    }
  }

  #checkOwn(
    { platform, instance: of }: Pick<ReplicaSetFacts, 'platform' | 'instance'>,
    instance: string,
    kind: string,
  ): void {
    if (platform === this.#setting.platform && of === instance) return
    throw objectNameTaken({ kind, name: this.nameOf(instance), namespace: this.#setting.namespace })
  }

  /** Makes the objects of an instance, in place of earlier ones of ours. Rejects if foreign ones have their name. */
  async make(spec: ProcessSpec): Promise<ReplicaSetFacts> {
    await this.#makeOne(this.paths.secrets, spec.id, secretOf(spec, this.#setting))
    return replicaSetFacts(
      await this.#makeOne(this.paths.replicaSets, spec.id, replicaSetOf(spec, this.#setting)),
    )
  }

  async #makeOne(path: string, instance: string, body: { kind: string }): Promise<unknown> {
    const make = () => this.#client.call({ method: 'POST', path, body })
    try {
      return await make()
    } catch (error) {
      if (refusedStatus(error) !== conflict) throw error
    }
    const at = `${path}/${this.nameOf(instance)}`
    const found = replicaSetFacts(await this.#client.call({ method: 'GET', path: at }))
    this.#checkOwn(found, instance, body.kind)
    await this.#remove(at, { uid: found.uid })
    return make()
  }

  /** Restores what somebody else has changed. The cluster refuses if another object has the name by now. */
  async putBack(spec: ProcessSpec, { uid }: Pick<ReplicaSetFacts, 'uid'>): Promise<ReplicaSetFacts> {
    const path = `${this.paths.replicaSets}/${this.nameOf(spec.id)}`
    const { metadata, ...wanted } = replicaSetOf(spec, this.#setting)
    const body = { ...wanted, metadata: { ...metadata, uid } }
    return replicaSetFacts(await this.#client.call({ method: 'PUT', path, body }))
  }

  /** Removes the ReplicaSet of an instance and its environment, but not its pods. Foreign objects are left alone. */
  async removeKeeper(instance: string): Promise<void> {
    const found = await this.replicaSet(instance).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'process.kubernetes_name_taken') return null
      throw error
    })
    if (found !== null) await this.#remove(`${this.paths.replicaSets}/${found.name}`, { uid: found.uid })
    await this.#removeSecret(instance)
  }

  async #removeSecret(instance: string): Promise<void> {
    const path = `${this.paths.secrets}/${this.nameOf(instance)}`
    try {
      const {
        platform,
        instance: of,
        uid,
      } = replicaSetFacts(await this.#client.call({ method: 'GET', path }))
      if (platform === this.#setting.platform && of === instance) await this.#remove(path, { uid })
    } catch (error) {
      if (refusedStatus(error) !== notFound) throw error
    }
  }

  /** Tells a pod to end within a time, in milliseconds. A later call can only shorten the time. */
  endPod({ name, uid }: Pick<PodFacts, 'name' | 'uid'>, graceMs: number): Promise<void> {
    const gracePeriodSeconds = Math.ceil(graceMs / 1000)
    return this.#remove(`${this.paths.pods}/${name}`, { uid, gracePeriodSeconds })
  }

  #remove(path: string, only: Parameters<typeof removeObject>[2]): Promise<void> {
    return removeObject(this.#client, path, only)
  }

  /** The watched kinds of objects, by the names that their events have. */
  get kinds() {
    const selector = `${kubernetesLabels.platform}=${this.#setting.platform}`
    return {
      pods: { path: this.paths.pods, selector },
      replicaSets: { path: this.paths.replicaSets, selector },
    }
  }
}
