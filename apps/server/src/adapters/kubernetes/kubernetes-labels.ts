/** The names of the labels of our objects in a cluster. */
export const kubernetesLabels = {
  /** Tells the objects of platforms in the same namespace apart. */
  platform: 'io.vitrine/platform',
  /** The id of the instance, shortened to what a label may be. The annotation has the whole id. */
  instance: 'io.vitrine/instance',
  /** The same for all pods that stand in for each other. */
  service: 'io.vitrine/service',
  /** The platform does not read this label: people and their tools do. */
  managedBy: 'app.kubernetes.io/managed-by',
} as const

/** The names of their annotations. Unlike a label, an annotation may be long. */
export const kubernetesAnnotations = { instance: 'io.vitrine/instance' } as const

/** The name under which nodes offer graphics processors, by the device plugin of NVIDIA. */
export const gpuResource = 'nvidia.com/gpu'
