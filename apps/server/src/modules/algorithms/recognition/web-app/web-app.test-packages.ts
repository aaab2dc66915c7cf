/** Small web applications as people write them. */

export const fastApi = [
  'from fastapi import FastAPI',
  '',
  'app = FastAPI(title="Demo")',
  '',
  '@app.post("/predict")',
  'def predict(body: dict):',
  '    return {"outputs": body["inputs"]}',
  '',
].join('\n')

export const flask = [
  'from flask import Flask, jsonify, request',
  '',
  'app = Flask(__name__)',
  '',
  '@app.route("/predict", methods=["POST"])',
  'def predict():',
  '    return jsonify(request.get_json())',
  '',
  'if __name__ == "__main__":',
  '    app.run(debug=True, port=5001)',
  '',
].join('\n')

/** A package `pkg` with a factory, as larger Flask projects have it. */
export const flaskFactory = {
  'pkg/__init__.py': [
    'from flask import Flask',
    '',
    'def create_app(config=None):',
    '    app = Flask(__name__)',
    '    from . import views',
    '    app.register_blueprint(views.blueprint)',
    '    return app',
    '',
  ].join('\n'),
  'pkg/views.py': 'from flask import Blueprint\nblueprint = Blueprint("views", __name__)\n',
  'requirements.txt': 'flask==3.0.0\n',
}

/** A service below `backend/`, beside a front end. */
export const backend = {
  'backend/app/__init__.py': '',
  'backend/app/main.py': [
    'from fastapi import FastAPI',
    'from app.routers import predict',
    '',
    'app = FastAPI()',
    'app.include_router(predict.router)',
    '',
  ].join('\n'),
  'backend/app/routers/__init__.py': '',
  'backend/app/routers/predict.py':
    'from fastapi import APIRouter\nrouter = APIRouter()\n@router.post("/predict")\ndef predict(): ...\n',
  'backend/requirements.txt': 'fastapi\nuvicorn[standard]\n',
  'frontend/index.html': '',
}

export const django = {
  'manage.py': 'import os, sys\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings")\n',
  'site1/__init__.py': '',
  'site1/settings.py': 'ALLOWED_HOSTS = []\n',
  'site1/wsgi.py':
    'from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n',
  'requirements.txt': 'Django>=4\n',
}
