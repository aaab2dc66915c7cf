import type { PackageFiles } from '../support/api-client.ts'

/**
 * Writes down who calls it, waits for a file, and answers with everybody who has called so far. An element is
 * `{who, gate}`.
 */
export const waiting: PackageFiles = {
  'ai_algorithm.py': [
    'import os, pathlib, time',
    '',
    'class Algorithm:',
    '    def predict(self, input_data, **parameters):',
    '        who, gate = input_data[0]["who"], input_data[0]["gate"]',
    '        calls = pathlib.Path(os.environ["HOME"]) / os.path.basename(gate)',
    '        with calls.open("a") as file:',
    '            file.write(who + " ")',
    '        while not os.path.exists(gate):',
    '            time.sleep(0.01)',
    '        return [calls.read_text()]',
    '',
  ].join('\n'),
}

/** Becomes ready when a file exists, which can be never. Its deploy waits for it longer than any test. */
export const readyAt = (gate: string): PackageFiles => ({
  'ai_algorithm.py': [
    'import os, time',
    '',
    'class Algorithm:',
    '    def setup(self):',
    `        while not os.path.exists(${JSON.stringify(gate)}):`,
    '            time.sleep(0.01)',
    '    def predict(self, input_data, **parameters):',
    '        return input_data',
    '',
  ].join('\n'),
  'algorithm.yaml': 'health: { startup_timeout_s: 3600 }\n',
})
