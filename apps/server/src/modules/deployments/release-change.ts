import { modeOf } from '../releases/mode-of.ts'
import { verificationFailed } from '../releases/releases.errors.ts'
import type { Change } from '../rollouts/roll-out.ts'
import type { StoredService } from '../services/services.repository.ts'
import type { Deploy, DeployDeps } from './deploy.types.ts'
import { askedWith, optionsWith } from './service-options.ts'

/** What starting the release changes of the instances of its service, as it is now. */
export function changeOf(
  { memory }: Pick<DeployDeps, 'memory'>,
  { release, folder, context }: Omit<Deploy, 'service'>,
  service: StoredService,
): Change {
  const asked = askedWith(release)
  const { network, timeoutS } = optionsWith(service.options, asked)
  const configRevision = Math.max(asked.configRevision ?? 0, service.configRevision)
  return {
    // The new instances already have the runner, the network and the variables that were requested with them.
    service: {
      ...service,
      configRevision,
      mode: modeOf(release, asked.mode ?? service.mode),
      options: { ...service.options, network },
    },
    release,
    context,
    golden: { folder, timeoutMs: timeoutS * 1000, memory },
    failed: ({ reason, lines }) => verificationFailed({ reason, lines }),
  }
}
