import type { PackageFiles } from '../support/api-client.ts'

/**
 * Says what its variable MODE is. Its golden example is wrong in the mode `broken`, and in the mode `hold` it is answered once there is a
 * file. It prints its token.
 */
export const moody: PackageFiles = {
  'ai_algorithm.py': [
    'import os, time',
    'home, mode = os.environ["HOME"], os.environ.get("MODE", "none")',
    'print("the token is", os.environ.get("MODEL_TOKEN", "none"), flush=True)',
    'class Algorithm:',
    '    def predict(self, input_data, **parameters):',
    '        if input_data != ["golden"]: return [mode for _ in input_data]',
    '        if mode == "hold":',
    '            open(os.path.join(home, "held"), "w").close()',
    '            while not os.path.exists(os.path.join(home, "go-on")): time.sleep(0.01)',
    '        return ["wrong " + os.environ.get("MODEL_TOKEN", "") if mode == "broken" else "right"]',
    '',
  ].join('\n'),
  'algorithm.yaml':
    'examples:\n  - { name: 金标准, input_data: [golden], expect: [{ kind: text, data: right }] }\n',
}
