import { z } from 'zod'
import type { ConfigKeyDefinition } from './config-key-definition.ts'
import { listOf } from './config-kinds.ts'
import { rule } from './issue-rules.ts'

/** The name of an image as registries and daemons write it, with a tag or a digest. */
const imageName = String.raw`[a-z0-9][a-z0-9._:/-]{0,200}(?:@sha256:[0-9a-f]{64})?`
const pair = new RegExp(`^(${imageName})=(${imageName})$`)

/** A repository of images without a tag, or with `/*` all below a place. */
const repositories = /^[a-z0-9][a-z0-9._-]*(?::[0-9]{1,5}(?=\/))?(?:\/[a-z0-9][a-z0-9._-]*){0,5}(?:\/\*)?$/

/**
 * Which images replace others, from entries such as `python:3.13-slim=registry.example/python:3.13`. Entries with
 * another form are left out.
 */
export const baseImagePairs = (entries: readonly string[]): [from: string, to: string][] =>
  entries.flatMap((entry) => {
    const [, from, to] = pair.exec(entry) ?? []
    return from === undefined || to === undefined ? [] : [[from, to]]
  })

/**
 * The address of a registry with an optional port and path, as at the beginning of an image name. If the first part has
 * no dot and no port and is not `localhost`, Docker treats it as a user of Docker Hub.
 */
const registryPlace =
  /^(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+|[a-z0-9-]+(?=:))(?::[0-9]{1,5})?(?:\/[a-z0-9]+(?:[._-][a-z0-9]+)*){0,4}$/

/** The keys for container images. */
export const containerKeys = {
  'containers.base_images': {
    types: ['system'],
    administratorsOnly: true,
    ...listOf(z.string().regex(pair, rule('field.base_images')), 100),
    example: ['python:3.13-slim=registry.example/python:3.13'],
    fallback: null,
    effect: 'at_once',
    title: { zh: '替换的基础镜像', en: 'Replaced base images' },
    about: {
      zh: '例如 python:3.13-slim=registry.example/python:3.13，每行一项；python=… 表示所有 Python。没有镜像仓库的机器在这里写本机已有的镜像',
      en: 'One entry such as python:3.13-slim=registry.example/python:3.13 on each line. python=… means every version of Python. On a machine without a registry, name the images that it has',
    },
  },
  'containers.dockerfile_images': {
    types: ['system'],
    administratorsOnly: true,
    ...listOf(z.string().regex(repositories, rule('field.image_repositories')), 100),
    example: ['python', 'registry.example/team/*'],
    fallback: null,
    effect: 'at_once',
    title: { zh: 'Dockerfile 可用的镜像', en: 'Images that Dockerfiles may use' },
    about: {
      zh: '算法包自带的 Dockerfile 在 FROM 和 COPY --from 里只能写这些镜像，例如 python 或 registry.example/team/*，每行一项；不设置则不限，本机 Docker 里已有的镜像也可以用。下次构建起生效',
      en: 'The only images that the Dockerfile of a package may name in FROM and COPY --from, such as python or registry.example/team/*, one on each line. Without a value it may name all, also those that the Docker of this machine has already. It counts from the next build on',
    },
  },
  'containers.build_network': {
    types: ['system'],
    administratorsOnly: true,
    kind: 'string',
    schema: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,100}$/, rule('field.docker_network')),
    fallback: null,
    effect: 'at_once',
    title: { zh: '构建镜像时的网络', en: 'Network of image builds' },
    about: {
      zh: 'Docker 网络的名字，如 bridge；none 表示没有网络。不设置时，平台的构建网络是 all 则用 bridge，否则用 none',
      en: 'The name of a Docker network such as bridge, or none for no network. Without a value, it is bridge if builds may reach the whole network, else none',
    },
  },
  'containers.registry': {
    types: ['system'],
    administratorsOnly: true,
    kind: 'string',
    schema: z.string().regex(registryPlace, rule('field.image_registry')),
    fallback: null,
    effect: 'at_once',
    title: { zh: '镜像仓库', en: 'Image registry' },
    about: {
      zh: '例如 registry.example:5000/team。设置后，部署时把做好的镜像推送到这里，本机缺少时再取回；不设置时镜像只在本机的 Docker 里',
      en: 'Such as registry.example:5000/team. A deploy then pushes its image there, and a machine that has lost the image pulls it again. Without a registry, images are only in the Docker of this machine',
    },
  },
  'containers.registry_user': {
    types: ['system'],
    administratorsOnly: true,
    kind: 'string',
    schema: z.string().min(1).max(200),
    fallback: null,
    effect: 'at_once',
    title: { zh: '镜像仓库的用户名', en: 'User name for the image registry' },
    about: {
      zh: '不设置时不登录镜像仓库',
      en: 'Without a user name, the platform does not sign in there',
    },
  },
  'containers.registry_password': {
    types: ['system'],
    administratorsOnly: true,
    inFile: [],
    shownFor: ['system'],
    kind: 'string',
    schema: z.string().min(1).max(4_000),
    secret: true,
    fallback: null,
    effect: 'at_once',
    title: { zh: '镜像仓库的密码或令牌', en: 'Password or token for the image registry' },
    about: {
      zh: '加密保存，不再显示',
      en: 'It is stored encrypted and not shown again',
    },
  },
} as const satisfies Record<string, ConfigKeyDefinition>
