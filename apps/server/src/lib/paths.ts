import { keptBodiesFolder } from '@vitrine/contract'
import { join } from 'node:path'

/** All paths in the data folder, each defined once. */
export type DataPaths = ReturnType<typeof dataPaths>

/**
 * Returns the layout of the data folder. `services` has one folder for each service, beside
 * `config` and `logs`.
 */
export function dataPaths(root: string) {
  const at = (...parts: string[]) => join(root, ...parts)
  return {
    root,
    configFile: at('config.yaml'),
    postgres: at('postgres'),
    secrets: at('secrets'),
    run: at('run'),
    /** The record of the gateway's process, whichever driver runs it. */
    gatewayRecord: at('run', 'gateway.json'),
    supervisorRecord: at('run', 'supervisord.json'),
    compiled: at('compiled'),
    control: at('control'),
    sockets: at('sockets'),
    instanceMedia: at('instance-media'),
    gateway: at('gateway'),
    gatewayTable: at('gateway', 'routes.json'),
    gatewayKeys: at('gateway', 'keys.json'),
    accessLog: at('gateway', 'access.log'),
    keptBodies: at('gateway', keptBodiesFolder),
    repositories: at('repositories'),
    uploads: at('uploads'),
    arriving: at('uploads', 'arriving'),
    objects: at('objects'),
    models: at('models'),
    media: at('media'),
    runtimes: at('runtimes'),
    environments: at('environments'),
    buildNetwork: at('build-network'),
    gitNetwork: at('git-network'),
    services: at('services'),
    serviceConfig: at('services', 'config'),
    serviceLogs: at('services', 'logs'),
    supervisor: at('supervisor'),
    sandboxFilter: at('sandbox-filter.bpf'),
    platformLogs: at('logs'),
  }
}
