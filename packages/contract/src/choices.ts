// The schemas and the pages both read these. This file imports nothing, so that a page does not load zod for it.

/** The languages of the product. The first is the default. */
export const languages = ['zh', 'en'] as const

/** The lists whose columns, order and saved views belong to a person. Each is a key `ui.list.…` of the configuration. */
export const lists = [
  'services',
  'calls',
  'audit',
  'pipelines',
  'tasks',
  'library',
  'runs',
  'users',
  'keys',
  'shares',
] as const

/** The roles of signed-in people, in ascending order of rights. */
export const roles = ['viewer', 'user', 'admin'] as const

/** What a grant lets somebody do with the services of a group, in ascending order: each includes those before it. */
export const grantLevels = ['run', 'operate', 'own'] as const

/** The scopes of API keys. */
export const apiKeyScopes = ['read', 'run', 'deploy', 'admin', 'metrics'] as const

/** The runners that can be set as that of new services. They need nothing but the code of a release. */
export const standardModes = ['supervisor', 'local'] as const

/** What can be set to run new services. With a cluster, nothing but pods runs them. */
export const newServiceModes = [...standardModes, 'kubernetes'] as const

/** The runners that run images. */
export const containerModes = ['docker', 'kubernetes'] as const

/** The runners that a person can choose between for a service. */
export const processModes = [...standardModes, ...containerModes] as const

/**
 * Whether a machine takes instances: it does, somebody has closed it for new ones, or a taint closes it for those of this platform; it is
 * not well, or the cluster does not tell.
 */
export const nodeStates = ['ready', 'cordoned', 'tainted', 'not_ready', 'unknown'] as const

/**
 * What the instances of a service can reach on the network: nothing, or everything that the machine can reach. The
 * stricter one is first.
 */
export const networkPolicies = ['none', 'all'] as const

/** The actions on many services at once, in the order of the menus. */
export const batchActions = ['start', 'stop', 'restart', 'deploy'] as const

/** The colours of groups, in the order in which they are offered. */
export const groupColours = ['blue', 'teal', 'green', 'amber', 'orange', 'red', 'purple', 'grey'] as const

/** The outcomes of actions in the audit log. */
export const auditOutcomes = ['done', 'refused'] as const

/** The severities of log lines, in ascending order. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const

/** The outputs of a process that make its log. */
export const logStreams = ['stdout', 'stderr'] as const

/** The kinds of ports: for the callers of a service, or for the gateway alone. */
export const portKinds = ['front', 'instance'] as const
/** What a port that is in use is for. `platform`: the port of the platform itself, at which people and programs reach it. */
export const portUses = [...portKinds, 'platform'] as const

/** The states of a port that is in use. `portRow` explains them. */
export const portStates = ['listening', 'reserved', 'taken', 'foreign'] as const

/** The status classes of responses. */
export const statusClasses = ['2xx', '3xx', '4xx', '5xx'] as const

/** The kinds of callers. `anonymous` did not have to sign in, or was refused. */
export const callerKinds = ['user', 'key', 'share', 'anonymous'] as const

/** The kinds of assets, found from their content, in the order in which they are offered. */
export const mediaKinds = ['image', 'video', 'audio', 'text', 'file'] as const

/** The forms of an asset. `assetVariant` explains them. */
export const assetVariants = ['playable', 'original', 'poster', 'thumb', 'waveform'] as const

/** The methods of operations that can be called in place of `predict`. */
export const apiMethods = ['POST', 'GET', 'PUT', 'PATCH'] as const

/** The parts of a request that can contain a field. `whole` is the complete body. */
export const apiPlaces = ['path', 'query', 'header', 'body', 'whole'] as const

/** How the body of a request is written. `raw` is the bytes of a file. */
export const apiBodies = ['none', 'json', 'form', 'multipart', 'raw'] as const

/** The types of a field that a person describes. `file` is the bytes of a file, `base64` is a file as text. */
export const writtenFieldTypes = ['text', 'integer', 'number', 'boolean', 'json', 'file', 'base64'] as const

/** To whom a value of the configuration belongs: to the platform, a service, or a person. */
export const configTypes = ['system', 'service', 'user'] as const

/**
 * When a changed value takes effect: at once, in instances that start after the change, or at the next start of the
 * platform.
 */
export const configEffects = ['at_once', 'new_instances', 'restart'] as const

/** How a value of the configuration is entered. */
export const configKinds = [
  'string',
  'integer',
  'number',
  'boolean',
  'choice',
  'duration',
  'size',
  'list',
  'schema',
  'json',
] as const

/** The pages that a person can choose to see first after signing in. */
export const startPages = ['showcase', 'services', 'library', 'calls'] as const

/** The sources of values of the configuration, in order of precedence. */
export const configSources = ['environment', 'database', 'file', 'default'] as const
