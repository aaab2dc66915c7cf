import type { ProcessSpec } from './process-runner.ts'

/** By this variable, the container toolkit of NVIDIA is told which graphics processors a container sees. */
const visible = 'NVIDIA_VISIBLE_DEVICES'
/** The value that hides all of them, as on a machine without the toolkit. */
const nothing = 'void'

/**
 * The environment of a container. Where the toolkit is the usual runtime, as on most nodes with graphics processors, an image
 * or a service would see all of them by naming them in a variable. So a container that asks for none is given none, and in one that asks for
 * some, whoever gives them sets the variable. Pure.
 */
export function withGpusOf({
  env,
  limits: { gpus = 0 },
}: Pick<ProcessSpec, 'env' | 'limits'>): ProcessSpec['env'] {
  const { [visible]: _stated, ...others } = env
  return gpus > 0 ? others : { ...others, [visible]: nothing }
}
