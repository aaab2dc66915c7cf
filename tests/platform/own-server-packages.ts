import type { PackageFiles } from '../support/api-client.ts'

/** A Flask application as its documentation shows it, with a port of another machine and no health path. */
export const flaskApp: PackageFiles = {
  'server.py': [
    'from flask import Flask, jsonify, request',
    '',
    'app = Flask(__name__)',
    '',
    '@app.route("/predict", methods=["POST"])',
    'def predict():',
    '    return jsonify({"own": request.get_json()["input_data"]})',
    '',
    'if __name__ == "__main__":',
    '    app.run(host="0.0.0.0", port=5001, debug=True)',
    '',
  ].join('\n'),
  'requirements.txt': 'flask\n',
}

/** A FastAPI project below `backend/`, with imports from there, beside a front end. */
export const fastApiBelow: PackageFiles = {
  'backend/app/__init__.py': '',
  'backend/app/main.py': [
    'from fastapi import FastAPI',
    '',
    'from app.core.words import words',
    '',
    'app = FastAPI()',
    '',
    '@app.get("/healthz")',
    'def healthz():',
    '    return "ok"',
    '',
    '@app.get("/words")',
    'def all_words():',
    '    return {"words": words}',
    '',
  ].join('\n'),
  'backend/app/core/words.py': 'words = open("words.txt").read().split()\n',
  'backend/words.txt': 'one two\n',
  'backend/requirements.txt': 'fastapi\nuvicorn\n',
  'frontend/index.html': '<h1>front</h1>\n',
}

/** An Express server with a fixed port. */
export const expressServer: PackageFiles = {
  'package.json': JSON.stringify({
    name: 'own-express',
    version: '1.0.0',
    scripts: { start: 'node src/server.js' },
    dependencies: { express: '4.21.2' },
  }),
  'src/server.js': [
    "const express = require('express')",
    'const app = express()',
    'const port = 3000',
    'app.use(express.json())',
    "app.post('/predict', (req, res) => res.json({ own: req.body.input_data }))",
    'app.listen(port, () => console.log(`listening on ${port}`))',
    '',
  ].join('\n'),
}

/** A factory of Flask that counts its requests in a file of its instance folder, as the tutorial of Flask keeps its database. */
export const flaskFactory: PackageFiles = {
  'shop/__init__.py': [
    'import os',
    'from flask import Flask',
    '',
    'def create_app(test_config=None):',
    '    app = Flask(__name__, instance_relative_config=True)',
    '    os.makedirs(app.instance_path, exist_ok=True)',
    '    path = os.path.join(app.instance_path, "visits")',
    '',
    '    @app.get("/visits")',
    '    def visits():',
    '        with open(path, "a") as file:',
    '            file.write(".")',
    '        return {"visits": os.path.getsize(path)}',
    '',
    '    return app',
    '',
  ].join('\n'),
  'requirements.txt': 'flask\n',
}

/** A Flask application whose own start script calls a program of its dependencies by its name, as in an image. */
export const ownStartScript: PackageFiles = {
  'server.py':
    'from flask import Flask\napp = Flask(__name__)\n@app.get("/who")\ndef who():\n    return "own"\n',
  'requirements.txt': 'flask\nwaitress\n',
  'start.sh': '#!/usr/bin/env sh\nset -eu\nexec waitress-serve --listen="$HOST:$PORT" server:app\n',
}
