// The schemas and the pages both read these. This file imports nothing, so that a page does not load zod for it.

/** The least and the greatest number, or length, that is allowed. */
export type Bounds = { readonly min: number; readonly max: number }

/** Numbers that people give, and texts that must also have a least length. */
export const bounds = {
  /** A TCP port. */
  port: { min: 1, max: 65_535 },
  /** Instances of a service. */
  replicas: { min: 1, max: 32 },
  /** Requests in progress that an instance should have, by the rule of its service. */
  scalingConcurrency: { min: 1, max: 1_000 },
  /** For how long fewer instances must have been enough before a rule removes some, seconds: up to an hour. */
  coolDownS: { min: 10, max: 3_600 },
  /** Branches that have a preview at once. */
  previews: { min: 0, max: 20 },
  /** Minutes without a request after which a service sleeps: up to a week. */
  idleMinutes: { min: 1, max: 10_080 },
  /** Bad probes in a row after which an instance is restarted. */
  unhealthyProbes: { min: 1, max: 1_000 },
  /** Requests of one caller in a window of a rate limit. */
  rateRequests: { min: 1, max: 1_000_000 },
  /** The window of a rate limit, seconds: up to a day. */
  rateWindowS: { min: 1, max: 86_400 },
  /** Requests a minute with an API key. */
  keyRequestsPerMinute: { min: 1, max: 1_000_000 },
  /** How long the gateway waits for an answer, seconds: up to a day. */
  timeoutS: { min: 1, max: 86_400 },
  /** Rotated files that are kept of a log. */
  logBackups: { min: 1, max: 100 },
  /** The interval at which a branch is checked for pushes, seconds: up to an hour. */
  pushPollS: { min: 10, max: 3_600 },
  /** Connections that one client address may have open. */
  connectionsPerClient: { min: 10, max: 100_000 },
  /** How long the tests of a package may take, seconds: up to two hours. */
  testTimeoutS: { min: 1, max: 7_200 },
  /** How long a call took at least, milliseconds: up to a day. */
  callMs: { min: 0, max: 86_400_000 },
  /** The largest body of a request, MB. */
  bodyMb: { min: 1, max: 20_480 },
  /** Memory of an instance, MB. */
  memoryMb: { min: 16, max: 16_777_216 },
  /** Processor of an instance, cores. */
  cpuCores: { min: 0.01, max: 1_024 },
  /** Files that an instance may hold open. */
  openFiles: { min: 64, max: 1_048_576 },
  /** Processes and threads of an instance. */
  processes: { min: 1, max: 1_000_000 },
  /** Graphics processors of an instance. */
  gpus: { min: 0, max: 64 },
  /** Targets of a comparison. */
  comparisonTargets: { min: 2, max: 4 },
  /** Runs that a link allows. */
  shareRuns: { min: 1, max: 100_000 },
  /** A model file, bytes: up to 20 GiB. */
  modelBytes: { min: 1, max: 21_474_836_480 },
  /** Characters of a person's new password. */
  newPassword: { min: 10, max: 200 },
  /** Characters of a link's password. */
  sharePassword: { min: 4, max: 200 },
} as const satisfies Record<string, Bounds>

/** The default cool-down of a rule, seconds. */
export const usualCoolDownS = 300

/** The most characters of a text. */
export const longest = {
  /** The id of an algorithm or a service. */
  slug: 63,
  /** The title of a service. */
  serviceName: 200,
  /** The name of a group of services. */
  groupName: 60,
  /** The name of a media file. */
  assetName: 200,
  /** The name of a model file. */
  modelName: 200,
  /** The path of a model file in its package. */
  modelPath: 500,
  /** The URL of a model file. */
  modelSource: 2_000,
  /** A tag of a media file. */
  tag: 50,
  /** The title of a comparison. */
  comparisonTitle: 200,
  /** The title of a link. */
  shareTitle: 200,
  /** The origin of a site that may show a link in a frame. */
  embedOrigin: 300,
  /** The text that a link shows below its title. */
  shareText: 5_000,
  /** The search text for a list or a log. */
  search: 200,
  /** The name that a person signs in with. */
  username: 64,
  oneTimeCode: 64,
  /** A word of a command that tests a package. */
  testWord: 500,
  /** A command that tests a package, as a person types it. */
  testCommand: 2_000,
  /** The name of a branch. */
  branch: 200,
  /** The name of an API key. */
  keyName: 100,
  /** The title of a service where it is shown. */
  presentationTitle: 80,
  /** The one sentence on the card of a service. */
  presentationLine: 160,
  /** The story of a service, Markdown. */
  presentationStory: 20_000,
  /** A tag of a service. */
  presentationTag: 30,
  /** The name of an input or a parameter that can be presented. */
  presentedName: 200,
  /** A file of an algorithm’s code, from its root. */
  codePath: 1_000,
  /** The message of a commit that is made in a page. */
  commitMessage: 2_000,
  /** The title of an input, a parameter or an example of a stage. */
  fieldTitle: 80,
  /** A key of the configuration. */
  configKey: 200,
  /** The name of a saved view of a list. */
  viewName: 40,
  /** What a saved view shows, as the query of the address of its page. */
  viewQuery: 1_000,
  /** A value of the configuration that is text: 64 Ki. */
  configText: 65_536,
  /** A value of a key of one’s own, as JSON: 1 Mi. */
  configJson: 1_048_576,
  /** A variable of a service, in bytes of UTF-8. */
  variableBytes: 130_000,
  /** The description of a value of the configuration, or the reason for a change. */
  configReason: 500,
  /** Configuration that is imported, YAML: 1 Mi. */
  configImport: 1_048_576,
} as const

/** How many rows of a long list a page can have. */
export const listPageSizes = [20, 50, 100, 200] as const

/** The largest media files, bytes. */
export const largest = {
  /** For a person who is signed in: 20 GiB. */
  media: 21_474_836_480,
} as const

/**
 * How long an upload in parts is kept after its last byte has arrived, or after its creation if none has, in hours. It does
 * not matter whether all of it has arrived.
 */
export const idleUploadHours = 48

/** The largest allowed numbers of things. */
export const most = {
  /** Tags of a media file. */
  tags: 20,
  /** Words of a command that tests a package. */
  testWords: 50,
  /** Model files of a package. */
  models: 100,
  /** Items in a page of a list. */
  pageSize: 500,
  /** Services that one request can ask for by id. Every proxy accepts a request line of this length. */
  serviceIds: 100,
  /** Sites that may show a link in a frame. */
  embedOrigins: 20,
  /** Repositories in a page: Gitea gives no more at once. */
  /** Algorithms whose code one task moves to another host. */
  movedAlgorithms: 1000,
  giteaRepositories: 50,
  /** Sessions of a person. A further sign-in ends the one that was not used for longest. */
  sessions: 100,
  /** Views of one list that a person saves. */
  listViews: 20,
  /** Columns of a list. */
  listColumns: 30,
  /** Values of the configuration that change at once. */
  configChanges: 1_000,
  /** Services to which values of another one are copied at once. */
  copyTargets: 50,
  /** Pages of a history. For more, people use a file or a clone. */
  historyPages: 10_000,
  /** Files that are changed at once in a page. */
  editedFiles: 100,
  /** Characters of a file that is changed in a page. */
  editedCharacters: 1_048_576,
  /** Tags of a service. */
  presentationTags: 10,
  /** Runs that a stage offers as examples. */
  presentationExamples: 20,
  /** Inputs and parameters whose presentation is written. */
  presentedFields: 200,
  /** Earlier presentations of a service that are kept. */
  presentationRevisions: 50,
} as const

/** The form of a slug: lower-case letters, digits and hyphens, the first no hyphen, at most `longest.slug`. */
export const slugPattern = /^[a-z0-9][a-z0-9-]{0,62}$/
