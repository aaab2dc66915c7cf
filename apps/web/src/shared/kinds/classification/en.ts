export default {
  name: 'Classification',
  task: {
    'text-classification': 'Text classification',
    'image-classification': 'Image classification',
    'audio-classification': 'Audio classification',
    'video-classification': 'Video classification',
  },
  no_labels: 'The algorithm returned no label.',
  show_all: 'Show all {count}',
  show_less: 'Show less',
  new: 'new',
  gone: 'gone',
  risen: 'up {count}',
  fallen: 'down {count}',
}
