import type { PackageFiles } from '../support/api-client.ts'

/**
 * A service in the standard layout of a package: an application with the three routes, its own settings in addition
 * to the shared ones, and a start script with the folder and port of another machine.
 */
export const planSample: PackageFiles = {
  'ai_algorithm.py': [
    '"""Chinese text classification by key words."""',
    '',
    '',
    'class TextClassifier:',
    '    """Puts a text under a topic."""',
    '',
    '    words = {"比赛": "体育", "股票": "财经"}',
    '',
    '    def predict(self, texts):',
    '        return [self.topic(text) for text in texts]',
    '',
    '    def topic(self, text):',
    '        return next((topic for word, topic in self.words.items() if word in text), "其他")',
    '',
  ].join('\n'),
  'config.py': [
    '"""Settings of service 1."""',
    'from config.common import LOG_LEVEL',
    'from config.ports import SERVICE_PORTS',
    '',
    'SERVICE_NAME = "service-1"',
    'SERVICE_HOST = "0.0.0.0"',
    'SERVICE_PORT = 8001',
    'KNOWN_PORTS = dict(SERVICE_PORTS)',
    '',
  ].join('\n'),
  'main.py': [
    'import logging',
    'from typing import List, Optional',
    '',
    'import uvicorn',
    'from fastapi import FastAPI',
    'from pydantic import BaseModel',
    '',
    'import config',
    'from ai_algorithm import TextClassifier',
    '',
    'logging.basicConfig(level=config.LOG_LEVEL)',
    'app = FastAPI(title="文本分类")',
    'classifier = TextClassifier()',
    '',
    '',
    'class PredictRequest(BaseModel):',
    '    input_data: List[str]',
    '    batch_id: Optional[str] = None',
    '',
    '',
    '@app.post("/predict")',
    'def predict(request: PredictRequest):',
    '    return {"batch_id": request.batch_id, "predictions": classifier.predict(request.input_data)}',
    '',
    '',
    '@app.get("/health")',
    'def health():',
    '    return {"status": "healthy", "service": config.SERVICE_NAME}',
    '',
    '',
    '@app.get("/info")',
    'def info():',
    '    return {"name": config.SERVICE_NAME, "log_level": config.LOG_LEVEL, "ports": config.KNOWN_PORTS}',
    '',
    '',
    'if __name__ == "__main__":',
    '    uvicorn.run(app, host=config.SERVICE_HOST, port=config.SERVICE_PORT)',
    '',
  ].join('\n'),
  'start.sh': [
    '#!/bin/bash',
    'cd /opt/ai-services/service-1',
    'source venv/bin/activate',
    'python main.py',
    '',
  ].join('\n'),
  'requirements.txt': 'fastapi\nuvicorn\n',
}

/** The same service with its address in the call that runs the application, and its folder in every line. */
export const planSampleAsWritten: PackageFiles = {
  ...planSample,
  'config.py': 'from config.common import LOG_LEVEL\n\nSERVICE_NAME = "service-2"\nKNOWN_PORTS = {}\n',
  'main.py': String(planSample['main.py']).replace(
    'host=config.SERVICE_HOST, port=config.SERVICE_PORT',
    "host='0.0.0.0', port=8002",
  ),
  'start.sh': [
    '#!/bin/bash',
    'set -e',
    'cd /opt/ai-services/service-2 || exit 1',
    'source /opt/ai-services/service-2/venv/bin/activate',
    'exec python /opt/ai-services/service-2/main.py',
    '',
  ].join('\n'),
}

/** An application that its script starts with uvicorn on a fixed port. */
export const planSampleByCommand: PackageFiles = {
  ...planSample,
  'config.py': String(planSampleAsWritten['config.py']),
  'start.sh': [
    '#!/bin/sh',
    '. venv/bin/activate',
    'uvicorn main:app --host 0.0.0.0 \\',
    '  --port 8003',
    '',
  ].join('\n'),
}

/** Settings in the author's own folder, without `__init__.py`. One has the same name as a shared one. */
export const ownSettingsFolder: PackageFiles = {
  'ai_algorithm.py': [
    'from config.common import FACTOR',
    'from config.limits import LIMIT',
    'from config.ports import SERVICE_PORTS',
    '',
    '',
    'class Algorithm:',
    '    def predict(self, input_data, **parameters):',
    '        return [min(number * FACTOR, LIMIT) for number in input_data if SERVICE_PORTS is not None]',
    '',
  ].join('\n'),
  'config/common.py': 'FACTOR = 3\n',
  'config/limits.py': 'LIMIT = 100\n',
}
