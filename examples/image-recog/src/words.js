/** All words that a person reads, Chinese and English. */
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
      'facing left': '脸转向画面左侧',
      'facing right': '脸转向画面右侧',
      'blink left eye': '左眼闭着',
      'blink right eye': '右眼闭着',
      'head up': '抬头',
      'head down': '低头',
      'leaning left': '身体左倾',
      'leaning right': '身体右倾',
      'raise left hand': '举起左手',
      'raise right hand': '举起右手',
      'i give up': '举起双手',
    },
    mouthOpen: '张着嘴',
  },
  en: {
    person: 'person',
    face: 'face',
    body: 'body',
    hand: 'hand',
    counted: (people, faces, hands) =>
      [
        [people, 'person', 'people'],
        [faces, 'face', 'faces'],
        ...(hands > 0 ? [[hands, 'hand', 'hands']] : []),
      ]
        .map(([count, one, many]) => `${count} ${count === 1 ? one : many}`)
        .join(', '),
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
    gestures: { 'facing center': 'facing the camera', 'i give up': 'both hands raised' },
    mouthOpen: 'mouth open',
  },
}

/**
 * A gesture of Human in words; what has no translation is said in Human's own English.
 * @param {string} gesture for example "facing center" or "mouth 29% open"
 * @param {typeof words.zh} say
 */
export function sayGesture(gesture, say) {
  if (gesture.startsWith('mouth ')) return say.mouthOpen
  return say.gestures[gesture] ?? gesture
}
