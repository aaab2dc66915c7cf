export default {
  name: 'Classification',
  task: {
    'text-classification': 'Text classification',
    'image-classification': 'Image classification',
    'audio-classification': 'Sound classification',
    'video-classification': 'Video classification',
  },
  no_labels: 'No label was given.',
  new: 'new',
  gone: 'gone',
  risen: 'up {count}',
  fallen: 'down {count}',
}
