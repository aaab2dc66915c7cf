import type { ManifestSource } from '@vitrine/contract'
import type { Sentence } from '../../sources/package-note.ts'
import { detectBentoMl } from './bentoml/detect.ts'
import { detectCogPackage } from './cog-package/detect.ts'
import { detectGradio } from './gradio/detect.ts'
import { detectLitServe } from './litserve/detect.ts'
import { detectMlflow } from './mlflow/detect.ts'
import { detectNodePackage } from './node-package/detect.ts'
import { detectNodeServer } from './node-server/detect.ts'
import type { PackageReading } from './package-reading.ts'
import { say, type Detector, type Plan } from './plan.ts'
import { detectProcfile } from './procfile/detect.ts'
import { detectPythonClass, detectStandardAlgorithm } from './python-class/detect.ts'
import { statedPlan } from './stated-entry.ts'
import { detectPythonServer } from './python-server/detect.ts'
import { detectStreamlit } from './streamlit/detect.ts'
import { detectWebApps } from './web-app/detect.ts'

/** What is looked for, in the order in which it decides. */
export const recognisedForms: readonly Sentence[] = [
  say('algorithm.yaml（写明 runtime 或 entry）', 'algorithm.yaml (with runtime or entry)'),
  say('cog.yaml 和它指的预测类', 'cog.yaml and the predictor that it names'),
  say(
    'Web 应用：FastAPI、Starlette、Flask、Django 等，在任何文件里',
    'a web application in any file: FastAPI, Starlette, Flask, Django and others',
  ),
  say(
    'ai_algorithm.py 里有 predict 方法的类 Algorithm，或根目录其他 .py 文件里有 predict 方法的类',
    'the class Algorithm with a predict method in ai_algorithm.py, or a class with predict in another .py file at the top level',
  ),
  say(
    'BentoML 服务、LitServe 程序、Gradio 或 Streamlit 程序、MLflow 模型（MLmodel）、自己启动服务的 Python 程序',
    'a BentoML service, a LitServe, Gradio or Streamlit program, an MLflow model (MLmodel), a Python program that starts a server',
  ),
  say('package.json，其 main 导出 predict', 'package.json whose main exports predict'),
  say(
    'package.json，依赖 Express、Fastify、Koa、Nest 或 Hono，并写明 start',
    'package.json that depends on Express, Fastify, Koa, Nest or Hono and says how it starts',
  ),
  say('Procfile 里的 web', 'web in a Procfile'),
]

/** An application that stands where the platform's standard layout has it. */
const isMain = ({ entry }: Plan) => /^main\.py(:|$)/.test(entry)

/**
 * Everything that a package can be run as, what fits best first. What says most clearly what is to be started comes
 * first: a file made for serving, then an application in the standard place, and a class that merely has `predict` late.
 */
async function plansFor(reading: PackageReading, stated: ManifestSource): Promise<Plan[]> {
  const from = (detect: Detector) => detect(reading, stated)
  const apps = await from(detectWebApps)
  const plans = [
    ...(await from(detectCogPackage)),
    ...apps.filter(isMain).slice(0, 1),
    ...(await from(detectStandardAlgorithm)),
    ...(await from(detectBentoMl)),
    ...(await from(detectLitServe)),
    ...apps,
    ...(await from(detectGradio)),
    ...(await from(detectStreamlit)),
    ...(await from(detectMlflow)),
    ...(await from(detectPythonServer)),
    ...(await from(detectPythonClass)),
    ...(await from(detectNodePackage)),
    ...(await from(detectNodeServer)),
    ...(await from(detectProcfile)),
  ]
  return plans.filter(({ entry }, at) => plans.findIndex((other) => other.entry === entry) === at)
}

/**
 * The plan for a package, and the others that fit it. `algorithm.yaml` decides alone; else the first that fits, with the
 * runtime that `algorithm.yaml` may state.
 */
export async function choosePlan(
  reading: PackageReading,
  stated: ManifestSource,
): Promise<{ plan: Plan | null; others: Plan[] }> {
  const plans = await plansFor(reading, stated)
  const named = await statedPlan(reading, stated, plans)
  if (named) return { plan: named, others: [] }
  const { runtime } = stated
  const [plan = null, ...others] = plans.filter((one) => runtime === undefined || one.runtime === runtime)
  return { plan, others }
}
