import { z } from 'zod'
import { formed, formOf, wantedForm } from '../../lib/setting-forms.ts'
import { readNodeSelector, readTolerations } from './node-choice.ts'

/** A text whose parts, separated by commas, all have a form. */
const listed = (form: 'nodeLabel' | 'toleration') =>
  z.string().refine((text) => text.split(',').every((part) => formOf(form).test(part)), wantedForm(form))

/** The settings of the cluster that services can run in. The namespace turns it on. */
export const kubernetesSettings = {
  VITRINE_KUBERNETES_NAMESPACE: formed('clusterName').optional(),
  VITRINE_KUBERNETES_CONFIG: formed('absolutePath').optional(),
  VITRINE_KUBERNETES_CONTEXT: z.string().min(1).optional(),
  VITRINE_KUBERNETES_PULL_SECRET: formed('clusterName').optional(),
  VITRINE_KUBERNETES_RUNTIME_CLASS: formed('clusterName').optional(),
  VITRINE_KUBERNETES_GPU_RUNTIME_CLASS: formed('clusterName').optional(),
  VITRINE_KUBERNETES_PLATFORM_URL: formed('address').optional(),
  VITRINE_KUBERNETES_BUILDER: formed('builder').optional(),
  VITRINE_KUBERNETES_BUILDER_CERTS: formed('absolutePath').optional(),
  VITRINE_KUBERNETES_NODE_SELECTOR: listed('nodeLabel').transform(readNodeSelector).optional(),
  VITRINE_KUBERNETES_TOLERATIONS: listed('toleration').transform(readTolerations).optional(),
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
