import { z } from 'zod'

/** A name as a cluster takes it for its objects. */
const nameInCluster = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'expected a name such as vitrine-services')

/** The settings of the cluster that services can run in. The namespace turns it on. */
export const kubernetesSettings = {
  VITRINE_KUBERNETES_NAMESPACE: nameInCluster.optional(),
  VITRINE_KUBERNETES_CONFIG: z.string().regex(/^\//, 'expected an absolute path').optional(),
  VITRINE_KUBERNETES_CONTEXT: z.string().min(1).optional(),
  VITRINE_KUBERNETES_PULL_SECRET: nameInCluster.optional(),
  VITRINE_KUBERNETES_PLATFORM_URL: z
    .string()
    .regex(/^https?:\/\/[^\s@?#]+$/, 'expected https://…')
    .optional(),
}

/** The problems of settings that have no effect without a namespace. Pure. */
export const clusterProblems = (given: Readonly<Record<string, unknown>>): string[] =>
  'VITRINE_KUBERNETES_NAMESPACE' in given
    ? []
    : Object.keys(kubernetesSettings)
        .filter((name) => name in given)
        .map(
          (name) =>
            `${name}: 需要与 VITRINE_KUBERNETES_NAMESPACE 一起设置 · needed together with VITRINE_KUBERNETES_NAMESPACE`,
        )
