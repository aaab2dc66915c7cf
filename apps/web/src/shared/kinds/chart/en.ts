export default {
  name: 'Chart',
  no_points: 'The chart has no data.',
  drawing_of: 'Chart: {names}',
  as_table: 'Show as a table',
  shown_of: 'The first {shown} of {count}',
}
