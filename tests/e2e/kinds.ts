import type { PackageFiles } from '../support/api-client.ts'

/** A string that would run code if a page inserted it as HTML. */
export const attack = '<img src=x onerror="window.attacked = true"><script>window.attacked = true</script>'

/** An algorithm that returns a result of the kind that its input names, valid or invalid as the input says. */
export const kinds: PackageFiles = {
  'ai_algorithm.py': `
ATTACK = ${JSON.stringify(attack)}

RESULTS = {
    "text": {"kind": "text", "data": ATTACK},
    "json": {"kind": "json", "data": {"城市": "上海", "脚本": ATTACK, "温度": [21.5, 19]}},
    "number": {"kind": "number", "data": {"value": 36.6, "unit": "℃", "min": 35, "max": 42}},
    "table": {"kind": "table", "data": {"columns": [{"name": "车次"}, {"name": ATTACK}], "rows": [["G1", ATTACK]]}},
    "classification": {"kind": "classification", "data": [{"label": ATTACK, "score": 0.8}, {"label": "猫", "score": 0.2}]},
    "tokens": {"kind": "tokens", "data": [{"text": "tok", "start": 0, "end": 3, "label": ATTACK, "score": 0.9}]},
    "broken classification": {"kind": "classification", "data": [{"label": 7}]},
    "broken detection": {"kind": "detection", "data": [{"label": "猫", "score": "很高", "box": None}]},
    "broken keypoints": {"kind": "keypoints", "data": ATTACK},
    "script address": {"kind": "image", "data": {"url": "javascript:window.attacked=true", "mime": "image/png"}},
    "unknown": {"kind": "hologram", "data": {"深度": 3, "名称": ATTACK}},
}


class Algorithm:
    def predict(self, input_data, **parameters):
        return [RESULTS[name] for name in input_data]
`,
  'algorithm.yaml': 'name: 各种结果\ndescription: 按输入的名字给出一种结果。\ninput: { type: string }\n',
}
