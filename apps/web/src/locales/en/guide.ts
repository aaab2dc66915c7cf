export default {
  title: 'User guide',
  text: 'From showing an algorithm to looking after hundreds of services',
  chapters: 'Chapters',
  chapter: {
    using: 'Using Vitrine',
    presentation: 'Editing a presentation',
    'algorithm-contract': 'Writing an algorithm',
    'bring-what-you-have': 'Bringing your own program',
    'coming-from': 'Coming from another tool',
    'model-files': 'Model files',
    code: 'Code in the pages',
    'many-services': 'Many services',
    'running-services': 'Changing what runs',
    'health-and-sleep': 'Health and sleep',
    'logs-and-releases': 'Logs and release comparison',
    'calls-and-charts': 'Calls and charts',
  },
}
