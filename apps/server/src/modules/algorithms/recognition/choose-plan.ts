import type { ManifestSource } from '@vitrine/contract'
import type { Sentence } from '../../sources/finding.ts'
import { detectBentoMl } from './bentoml/detect.ts'
import { detectChainlit } from './chainlit/detect.ts'
import { detectCherryPy } from './cherrypy/detect.ts'
import { detectCogPackage } from './cog-package/detect.ts'
import { detectGradio } from './gradio/detect.ts'
import { detectLitServe } from './litserve/detect.ts'
import { detectMlflow } from './mlflow/detect.ts'
import { detectOnnxModel } from './onnx-model/detect.ts'
import { detectNodePackage } from './node-package/detect.ts'
import { detectNodeServer } from './node-server/detect.ts'
import { dockerfilePlan } from './in-container.ts'
import type { Looking } from './looking.ts'
import type { PackageReading } from './package-reading.ts'
import { detectPageCommand } from './page-command/detect.ts'
import { say, type Detector, type Plan } from './plan.ts'
import { detectProcfile } from './procfile/detect.ts'
import { detectPythonClass, detectStandardAlgorithm } from './python-class/detect.ts'
import { detectPythonFunction } from './python-function/detect.ts'
import { statedPlan } from './stated-entry.ts'
import { detectRayServe } from './ray-serve/detect.ts'
import { detectPythonServer } from './python-server/detect.ts'
import { detectStreamlit } from './streamlit/detect.ts'
import { detectWebApps } from './web-app/detect.ts'

/** A form of packages that is looked for, with what finds it. */
export type Shape = { words: Sentence; detectors: readonly Detector[] }

/**
 * The detectors, in the order in which they decide. The clearest evidence comes first: a file that is made for serving comes
 * early, and a class that only has a method `predict` comes late.
 */
export const usualShapes: readonly Shape[] = [
  {
    words: say('cog.yaml 和它指的预测类', 'cog.yaml and the predictor that it names'),
    detectors: [detectCogPackage],
  },
  {
    words: say(
      'ai_algorithm.py 里有 predict 方法的类 Algorithm',
      'the class Algorithm with a predict method in ai_algorithm.py',
    ),
    detectors: [detectStandardAlgorithm],
  },
  { words: say('BentoML 服务', 'a BentoML service'), detectors: [detectBentoMl] },
  { words: say('LitServe 程序', 'a LitServe program'), detectors: [detectLitServe] },
  { words: say('Ray Serve 应用', 'an application of Ray Serve'), detectors: [detectRayServe] },
  {
    words: say(
      'Web 应用：FastAPI、Starlette、Flask、Django 等，在任何文件里',
      'a web application in any file: FastAPI, Starlette, Flask, Django and others',
    ),
    detectors: [detectWebApps],
  },
  {
    words: say(
      'Gradio、Streamlit、Chainlit、marimo、Shiny 或 Solara 程序',
      'a Gradio, Streamlit, Chainlit, marimo, Shiny or Solara program',
    ),
    detectors: [detectGradio, detectStreamlit, detectChainlit, detectPageCommand],
  },
  { words: say('MLflow 模型（MLmodel）', 'an MLflow model (MLmodel)'), detectors: [detectMlflow] },
  {
    words: say('自己启动服务的 Python 程序', 'a Python program that starts a server'),
    detectors: [detectPythonServer, detectCherryPy],
  },
  {
    words: say(
      '根目录其他 .py 文件里有 predict 方法的类',
      'a class with a predict method in another .py file at the top level',
    ),
    detectors: [detectPythonClass],
  },
  {
    words: say('任何 .py 文件里的函数 predict', 'a function predict in any .py file'),
    detectors: [detectPythonFunction],
  },
  {
    words: say('package.json，其 main 导出 predict', 'package.json whose main exports predict'),
    detectors: [detectNodePackage],
  },
  {
    words: say(
      'package.json，依赖 Express、Fastify、Koa、Nest 或 Hono，并写明 start；或用 node:http 提供服务的代码',
      'package.json that depends on Express, Fastify, Koa, Nest or Hono and says how it starts; or code that serves by node:http',
    ),
    detectors: [detectNodeServer],
  },
  { words: say('Procfile 里的 web', 'web in a Procfile'), detectors: [detectProcfile] },
  { words: say('ONNX 模型（.onnx）', 'a model of ONNX (.onnx)'), detectors: [detectOnnxModel] },
]

/** Everything that is looked for, for a package in which nothing was found. */
export const recognisedForms: readonly Sentence[] = [
  say('algorithm.yaml（写明 runtime 或 entry）', 'algorithm.yaml (with runtime or entry)'),
  ...usualShapes.map(({ words }) => words),
]

/** An application at the place that the platform's standard layout uses. */
const isMain = ({ entry }: Plan) => /^main\.py(:|$)/.test(entry)

/**
 * All plans for a package, the best first. An application in the standard place comes before everything that is not made for serving.
 */
async function plansFor(
  reading: PackageReading,
  stated: ManifestSource,
  looking: Looking,
  shapes: readonly Shape[],
): Promise<Plan[]> {
  const found = new Map<Detector, Plan[]>()
  for (const { words, detectors } of shapes)
    for (const detect of detectors)
      found.set(detect, await looking.for(words, () => detect(reading, stated), []))
  const main = found.get(detectWebApps)?.filter(isMain).slice(0, 1) ?? []
  const plans = [...(found.get(detectCogPackage) ?? []), ...main, ...[...found.values()].flat()]
  return plans.filter(({ entry }, at) => plans.findIndex((other) => other.entry === entry) === at)
}

/**
 * The plan for a package, and the others that fit it. An entry in `algorithm.yaml` overrides all detectors; otherwise the first
 * plan is taken, with the runtime that `algorithm.yaml` may state. A detector that fails becomes a fault of `looking`.
 */
export async function choosePlan(
  reading: PackageReading,
  stated: ManifestSource,
  looking: Looking,
  { shapes = usualShapes, containers = false }: { shapes?: readonly Shape[]; containers?: boolean } = {},
): Promise<{ plan: Plan | null; others: Plan[] }> {
  const plans = await plansFor(reading, stated, looking, shapes)
  const image = containers ? dockerfilePlan(reading) : null
  const named = await statedPlan(reading, stated, plans, image)
  if (named) return { plan: named, others: [] }
  const { runtime } = stated
  const [plan = null, ...others] = plans.filter((one) => runtime === undefined || one.runtime === runtime)
  // Evidence in the code comes before the Dockerfile, which is still used if the package runs in a container.
  return { plan: plan ?? (runtime === undefined ? image : null), others }
}
