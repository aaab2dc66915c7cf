/** The names of the labels of our objects in a cluster. */
export const kubernetesLabels = {
  /** Tells the objects of platforms in the same namespace apart. */
  platform: 'io.vitrine/platform',
  instance: 'io.vitrine/instance',
  /** Of the pods that stand in for each other. */
  service: 'io.vitrine/service',
  /** For people and their tools. */
  managedBy: 'app.kubernetes.io/managed-by',
} as const
