export default {
  name: 'Chart',
  no_points: 'There is nothing in the chart.',
  drawing_of: 'Chart: {names}',
  as_table: 'As a table',
  shown_of: 'The first {shown} of {count}',
}
