import type { Finding } from '../../../sources/finding.ts'
import { say } from '../plan.ts'
import type { PythonModule } from '../python-code/module.ts'
import type { Requirements } from '../python/requirements.ts'

/** The arguments of one call are no longer than this. */
const argumentsAtMost = 5_000
const callsAtMost = 20

/** The text between the brackets of a call. Strings and comments are spaces in it. */
function argumentsAt({ code }: Pick<PythonModule, 'code'>, open: number): string {
  let depth = 0
  const end = Math.min(code.length, open + argumentsAtMost)
  for (let at = open; at < end; at++) {
    if ('([{'.includes(code[at] ?? '')) depth++
    else if (')]}'.includes(code[at] ?? '') && --depth === 0) return code.slice(open + 1, at)
  }
  return code.slice(open + 1, end)
}

const signsIn = /(?:^|[(,\s])auth\s*=\s*(?!None\b|False\b)(?=\S)/

/**
 * A warning for an app that asks for a name and a password of its own: its page keeps them in a cookie, which a page below
 * `/ai/` cannot have, and its API is closed to the platform.
 */
export function signInFindings(module: PythonModule): Finding[] {
  const { code } = module
  // Also for `demo.queue().launch(…)`, which is not called on a name.
  const call = [...code.matchAll(/\.\s{0,20}launch\s{0,20}\(/g)]
    .slice(0, callsAtMost)
    .find(({ index, 0: text }) => signsIn.test(argumentsAt(module, index + text.length - 1)))
  if (!call) return []
  const line = code.slice(0, call.index).split('\n').length
  return [
    {
      code: 'gradio.signs_in',
      path: module.path,
      line,
      text: say(
        `${module.path} 第 ${line} 行的 launch(auth=…) 要求访客用 Gradio 自己的名称和密码登录`,
        `launch(auth=…) in ${module.path} line ${line} has visitors sign in with a name and a password of Gradio’s own`,
      ),
      follows: say(
        '登录靠 Cookie，只在服务的独立端口或独立域名有效，在 /ai/ 下面无效；“选择接口”读不到它的接口',
        'That needs a cookie, which works at the front port of the service or its own host, and not below /ai/; “Choose an operation” cannot read its API',
      ),
      mend: say(
        '去掉 auth=，由平台决定谁能使用这个服务（登录、API 密钥或公开）',
        'Remove auth=, and let the platform decide who may use the service (sign-in, API key or public)',
      ),
    },
  ]
}

const beforeFour =
  /^gradio(?:\[[^\]]*\])?\s*(?:==|~=|<=)\s*[0-3]\.|^gradio(?:\[[^\]]*\])?[^;#]*<\s*(?:=\s*)?4(?:\.0)*(?:\s|,|;|$)/i

/** A warning for Gradio before version 4, whose calls take files as base64 and not as files that were given before. */
export function oldGradioFindings({ list }: Pick<Requirements, 'list'>): Finding[] {
  const old = list?.packages.find(({ name, text }) => name === 'gradio' && beforeFour.test(text.trim()))
  if (!old) return []
  return [
    {
      code: 'gradio.old',
      path: old.path,
      line: old.line,
      text: say(
        `${old.path} 第 ${old.line} 行要求 Gradio 3（${old.text.trim()}）`,
        `${old.path} line ${old.line} asks for Gradio 3 (${old.text.trim()})`,
      ),
      follows: say(
        '它的页面可以打开；“选择接口”只能用于文本、数和选项，图片、音频、视频和文件要传 base64，不支持',
        'Its page opens; “Choose an operation” works for texts, numbers and choices alone: pictures, sounds, videos and files would have to be base64, which is not supported',
      ),
      mend: say('需要用表单传文件时，改用 gradio>=4', 'If a form is to send files, use gradio>=4'),
    },
  ]
}
