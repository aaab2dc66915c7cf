import { ofStreamlit, post, project, type PublicProject } from './public-projects.project.ts'

/** Projects of a third round, chosen by their kind before they were tried. */
export const latest: PublicProject[] = [
  project(
    'adolinska/Scikit-learn-gradio-apps',
    'b683e7047ca34f8345040fc9f98e12e885398d92',
    'Gradio of 2023, unpinned, scikit-learn',
    { folder: 'SVM-Kernels', ask: { path: '/gradio_api/info', contains: 'named_endpoints' } },
  ),
  ofStreamlit(
    'hpylieva/streamlit-iris-demo',
    '9be2da52cc4ccf72bd689ef74b357f6af780129e',
    'Streamlit, a model in joblib, a notebook',
  ),
  project(
    'devNodejs/Nestjs-Sqlite-Swagger-Crud',
    '1537827d266f33211a52d440b3211ab543276dce',
    'Nest 6 of 2020, SQLite, a fixed port',
    { ask: { path: '/api-docs', contains: 'swagger' } },
  ),
  project(
    'noahgift/flask-ml-azure-serverless',
    '3787f6e3bb3ca4305de1e631dd48c1b75094a468',
    'Flask, a model in joblib, pinned',
    { ask: post('/predict', {}, ''), needs: 'Python 3.8' },
  ),
  project(
    'AshnaXhaikh/flask-ml-diabetes-api',
    '36b50d1af3a78beca02436df30ba68e84e56d1c2',
    'Flask, two pickles, Procfile, unpinned',
    // It answers so only when it has read both.
    { ask: post('/predict', {}, 'is required') },
  ),
  project(
    'thekvs/xgboost-example',
    '7731a94396d83f02b90b99553cb6a86394dc85e5',
    'a script that predicts, a model of XGBoost',
    { needs: 'something that answers: it reads a file and writes one' },
  ),
  project('heroku/go-getting-started', '3e3b414d3d269c6cdb7c46b5c2879c8f71ffa409', 'Go, Gin, Procfile', {
    needs: 'a compiler of Go',
  }),
]
