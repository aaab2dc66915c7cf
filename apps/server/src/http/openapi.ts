import swagger from '@fastify/swagger'
import Fastify, { type FastifyInstance } from 'fastify'
import { secureSessionCookie, sessionCookie } from '@vitrine/contract'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { apiPrefix } from './route.ts'

/** The address of the API documentation page. */
export const docsPath = '/api/docs'

/** The reference page needs inline code and styles. It shows only our own document. */
const docsPolicy =
  "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"

const description = `上传、部署、运行、观察：页面上的操作都可以通过 API 完成。用 \`Authorization: Bearer <密钥>\` 调用，密钥在“设置 → API 密钥”里创建。
算法自己的接口在 \`/ai/<标识>/\` 之下，每个算法的说明页是 \`/ai/<标识>/docs\`。

This API can do everything that the pages do. Call it with \`Authorization: Bearer <key>\`; create keys under Settings → API keys.
Each algorithm has its own API below \`/ai/<id>/\`, with documentation at \`/ai/<id>/docs\`.`

/** The headers of the reference page that it is answered with. */
const passedOn = [
  'content-type',
  'content-disposition',
  'location',
  'access-control-allow-origin',
  'access-control-allow-methods',
] as const

/** Titles of the parts of the API, in the order in which the page shows them. */
const parts: Record<string, string> = {
  algorithms: '算法 · Algorithms',
  services: '服务 · Services',
  'service-groups': '服务分组 · Service groups',
  tasks: '任务 · Tasks',
  runs: '运行 · Runs',
  comparisons: '对比 · Comparisons',
  shares: '分享链接 · Share links',
  showcase: '展示 · Showcase',
  assets: '演示数据 · Demo data',
  uploads: '上传 · Uploads',
  calls: '调用记录 · Calls',
  'service-metrics': '图表数据 · Metrics',
  events: '实时事件 · Events',
  ports: '端口 · Ports',
  host: '主机 · Host',
  nodes: '节点 · Nodes',
  gateway: '网关 · Gateway',
  models: '模型文件 · Model files',
  gitea: 'Gitea 代码 · Code in Gitea',
  pipelines: '流水线 · Pipelines',
  hooks: 'Webhook · Webhooks',
  config: '配置 · Configuration',
  'media-tools': '媒体工具 · Media tools',
  'api-keys': 'API 密钥 · API keys',
  users: '用户 · Users',
  roles: '角色 · Roles',
  audit: '操作记录 · Audit log',
  auth: '登录 · Sign-in',
  sessions: '会话 · Sessions',
  invites: '邀请 · Invitations',
  setup: '初始化 · Set-up',
  public: '访客 · Visitors',
}

/**
 * Registers the OpenAPI document and its page. The document is made from the schemas that validate requests.
 * Must be awaited before any route is added.
 */
export async function addOpenApi(
  app: FastifyInstance,
  options: { version: string; publicUrl: string | null },
): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Vitrine 智能算法展示平台', version: options.version, description },
      ...(options.publicUrl !== null && { servers: [{ url: options.publicUrl }] }),
      tags: Object.entries(parts).map(([name, title]) => ({ name, 'x-displayName': title })),
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'login token or API key' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: options.publicUrl?.startsWith('https:') ? secureSessionCookie : sessionCookie,
          },
        },
      },
      security: [{ bearer: [] }, { session: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  })
  app.get(`${apiPrefix}/openapi.json`, { config: { access: 'public' }, schema: { hide: true } }, () =>
    app.swagger(),
  )
  const page = onceAsked(() => referencePage(app))
  for (const url of [docsPath, `${docsPath}/*`])
    app.get(url, { config: { access: 'public' }, schema: { hide: true } }, async (request, reply) => {
      const { statusCode, headers, rawPayload } = await (await page()).inject(request.url)
      for (const name of passedOn) if (headers[name] !== undefined) reply.header(name, headers[name])
      return reply.code(statusCode).header('content-security-policy', docsPolicy).send(rawPayload)
    })
}

/** Makes something when it is first asked for, and again after a failure. */
function onceAsked<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null
  return () => {
    made ??= make().catch((error: unknown) => {
      made = null
      throw error
    })
    return made
  }
}

/**
 * The API reference page, as an application of its own. It is loaded when somebody looks at it: that takes a tenth of the
 * processor time in which the platform starts, and few platforms are asked for it.
 */
async function referencePage(app: FastifyInstance): Promise<FastifyInstance> {
  const { default: scalar } = await import('@scalar/fastify-api-reference')
  const page = Fastify()
  await page.register(scalar, {
    routePrefix: docsPath,
    configuration: {
      content: () => app.swagger(),
      pageTitle: '接口文档 · Vitrine API',
      favicon: '/favicon.svg',
      withDefaultFonts: false,
      // Turn off everything that contacts another server or links to one.
      telemetry: false,
      agent: { disabled: true },
      hideClientButton: true,
      showDeveloperTools: 'never',
    },
  })
  return page
}
