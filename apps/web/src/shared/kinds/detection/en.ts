export default {
  name: 'Detection',
  task: {
    'object-detection': 'Object detection',
  },
  difference: 'The image, with differences from {letter} marked',
}
