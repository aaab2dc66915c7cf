/**
 * A single-file algorithm that measures by its exclamation marks how excited a text is, and prints a line to
 * the log.
 */
export const singleFileAlgorithm = {
  id: 'exclamation',
  name: '感叹号计数',
  code: `class Algorithm:
    def predict(self, input_data, **parameters):
        print(f"看到了：{input_data[0]}", flush=True)
        marks = [min(1.0, text.count("！") / 4) for text in input_data]
        return [[{"label": "激动", "score": m}, {"label": "平静", "score": 1 - m}] for m in marks]
`,
  /** The score of this text is three quarters. */
  text: '太好了！我们赢了！真的！',
} as const
