import { describe, expect, test } from 'vitest'
import { skipPython } from './code-checker.test-setup.ts'
import { about } from './preflight.test-setup.ts'

/** A project of Django whose views only its routes name. */
const project = {
  'manage.py': '',
  'site1/__init__.py': '',
  'site1/wsgi.py':
    'import os\nfrom django.core.wsgi import get_wsgi_application\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings")\napplication = get_wsgi_application()\n',
  'site1/settings.py': 'ALLOWED_HOSTS = ["*"]\nROOT_URLCONF = "site1.urls"\n',
  'site1/urls.py':
    'from django.urls import include, path\nurlpatterns = [path("api/", include("predictor.urls"))]\n',
  'predictor/__init__.py': '',
  'predictor/urls.py':
    'from django.urls import path\nfrom . import views\nurlpatterns = [path("", views.predict)]\n',
  'requirements.txt': 'Django==5.1\n',
}

describe.skipIf(skipPython !== null)('the views of a Django project, which only strings lead to,', () => {
  test('are read for libraries that no requirement lists', async () => {
    const views = 'import pandas as pd\n\ndef predict(request):\n    pass\n'
    expect(await about({ ...project, 'predictor/views.py': views }, 'import_unlisted')).toMatchObject([
      { path: 'predictor/views.py', line: 1, adds: { path: 'requirements.txt', lines: ['pandas'] } },
    ])
  })

  test('are read for models that the package does not have', async () => {
    const views = 'import pickle\n\ndef predict(request):\n    return pickle.load(open("model.pkl", "rb"))\n'
    expect(await about({ ...project, 'predictor/views.py': views }, 'model_file_missing')).toMatchObject([
      { path: 'predictor/views.py', line: 4 },
    ])
  })
})
