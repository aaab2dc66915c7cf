/**
 * All texts for people, in Chinese and English. Human's gestures are from the person's own point of view: a
 * person who is "facing left" looks to the right of the picture. Gestures without a text here (a lowered
 * head, gestures of fingers) are wrong too often to be reported.
 */
export const words = {
  zh: {
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
  },
  en: {
    person: 'person',
    face: 'face',
    body: 'body',
    hand: 'hand',
    counted: (people, faces, hands) =>
      [
        people === 1 ? '1 person' : `${people} people`,
        faces === 1 ? '1 face' : `${faces} faces`,
        ...(hands > 0 ? [hands === 1 ? '1 hand' : `${hands} hands`] : []),
      ].join(', '),
    line: (name, number, seen) => `${name} ${number}: ${seen.join(', ')}`,
    emotions: {
      angry: 'looks angry',
      disgust: 'looks disgusted',
      fear: 'looks afraid',
      happy: 'looks happy',
      sad: 'looks sad',
      surprise: 'looks surprised',
      neutral: 'looks calm',
    },
    gestures: {
      'facing center': 'facing the camera',
      'facing left': 'facing the right of the picture',
      'facing right': 'facing the left of the picture',
      'blink left eye': 'left eye closed',
      'blink right eye': 'right eye closed',
      'mouth open': 'mouth open',
      'leaning left': 'leaning to their left',
      'leaning right': 'leaning to their right',
      'raise left hand': 'left hand raised',
      'raise right hand': 'right hand raised',
      'i give up': 'both hands raised',
    },
  },
}

/**
 * Describes gestures in words, and leaves out those without a text.
 * @param {string[]} gestures as Human gives them: "facing center", "mouth 29% open"
 * @param {typeof words.zh} say
 * @returns {string[]}
 */
export function sayGestures(gestures, say) {
  return gestures
    .map((gesture) => say.gestures[gesture.replace(/^mouth \d+% open$/, 'mouth open')])
    .filter(Boolean)
}
