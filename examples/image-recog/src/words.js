/**
 * All texts for people. `result_translations` of algorithm.yaml has them in English. Human's gestures are from the person's own
 * point of view: a person who is "facing left" looks to the right of the picture. Gestures without a text here (a lowered
 * head, gestures of fingers) are wrong too often to be reported.
 */
export const words = {
  person: '人',
  face: '人脸',
  body: '身体',
  hand: '手',
  counted: (people, faces, hands) => `${people} 个人，${faces} 张脸${hands > 0 ? `，${hands} 只手` : ''}`,
  line: (name, number, seen) => `${name} ${number}：${seen.join('、')}`,
  emotions: {
    angry: '像是生气',
    disgust: '像是厌恶',
    fear: '像是害怕',
    happy: '像是开心',
    sad: '像是难过',
    surprise: '像是惊讶',
    neutral: '表情平静',
  },
  gestures: {
    'facing center': '正对镜头',
    'facing left': '脸转向画面右侧',
    'facing right': '脸转向画面左侧',
    'blink left eye': '左眼闭着',
    'blink right eye': '右眼闭着',
    'mouth open': '张着嘴',
    'leaning left': '身体向自己的左边倾斜',
    'leaning right': '身体向自己的右边倾斜',
    'raise left hand': '举起左手',
    'raise right hand': '举起右手',
    'i give up': '举起双手',
  },
}

/**
 * Describes gestures in words, and leaves out those without a text.
 * @param {string[]} gestures as Human gives them: "facing center", "mouth 29% open"
 * @returns {string[]}
 */
export function sayGestures(gestures) {
  return gestures
    .map((gesture) => words.gestures[gesture.replace(/^mouth \d+% open$/, 'mouth open')])
    .filter(Boolean)
}
