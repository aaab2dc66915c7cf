import { z } from 'zod'

/** The needs of a package that only a container image can meet, as its files state them. */
export const imageNeeds = z.object({
  system_packages: z.array(z.string()).describe('packages of Debian'),
  run: z.array(z.string()).describe('command lines that are run when the image is built'),
})
/** The needs of a package that only a container image can meet. */
export type ImageNeeds = z.infer<typeof imageNeeds>

/** Everything that an image of a package needs. Paths are relative to the package; "" is its top. */
export const imagePlan = z.object({
  base: z.string().describe('the image that it is built from, such as python:3.13-slim'),
  system_packages: z.array(z.string()),
  run: z.array(z.string()),
  python: z
    .object({ requirements: z.string().nullable(), install: z.array(z.string()) })
    .nullable()
    .describe('the requirements file, and lines beside it; null if pip installs nothing'),
  node: z.boolean().describe('whether the package manager of its package.json installs what it lists'),
  build: z.array(z.object({ folder: z.string(), command: z.string() })),
  folder: z.string().describe('where its command runs'),
  paths: z.array(z.string()).describe('folders from which Python imports'),
  env: z.record(z.string(), z.string()).describe('variables of its process, as words of a shell'),
  settings: z.array(z.string()).describe('names of the settings and secrets that it is given'),
  command: z.string().describe('the command line of a shell that listens on $HOST:$PORT'),
  port_variable: z.literal('PORT'),
  health: z.string().nullable().describe('null: it is looked for at the first start'),
  startup_timeout_s: z.number(),
  writes: z.array(z.string()).describe('folders that its program writes beside its code'),
  models: z.array(z.object({ path: z.string(), sha256: z.string() })).describe('weights, mounted read-only'),
})
/** Everything that an image of a package needs. */
export type ImagePlan = z.infer<typeof imagePlan>
