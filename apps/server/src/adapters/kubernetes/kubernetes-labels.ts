/** The names of the labels of our objects in a cluster. */
export const kubernetesLabels = {
  /** Tells the objects of platforms in the same namespace apart. */
  platform: 'io.vitrine/platform',
  /** As far as a label can be: the annotation has the whole id. */
  instance: 'io.vitrine/instance',
  /** Of the pods that stand in for each other. */
  service: 'io.vitrine/service',
  /** For people and their tools. */
  managedBy: 'app.kubernetes.io/managed-by',
} as const

/** The names of their annotations. Unlike a label, an annotation may be long. */
export const kubernetesAnnotations = { instance: 'io.vitrine/instance' } as const

/** The name under which nodes offer graphics processors, by the device plugin of NVIDIA. */
export const gpuResource = 'nvidia.com/gpu'
