"""What a person would write without Vitrine: a FastAPI route around the algorithm. Compared with the runtime."""

import os
import time
import uuid
from typing import Any, Dict, List, Optional

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from ai_algorithm import Algorithm

app = FastAPI()
algorithm = Algorithm()


class PredictRequest(BaseModel):
    input_data: List[str]
    batch_id: Optional[str] = None
    parameters: Dict[str, Any] = {}


def answer(request: PredictRequest) -> Dict[str, Any]:
    started = time.perf_counter()
    results = algorithm.predict(request.input_data, **request.parameters)
    return {
        "batch_id": request.batch_id,
        "id": uuid.uuid4().hex,
        "status": "succeeded",
        "model_name": "bench",
        "model_version": "1",
        "predictions": [
            {"index": index, "status": "succeeded", "outputs": [{"kind": "classification", "data": [result]}]}
            for index, result in enumerate(results)
        ],
        "metrics": {"predict_time": time.perf_counter() - started},
        "logs": "",
        "error": None,
    }


@app.post("/predict")
def predict(request: PredictRequest) -> Dict[str, Any]:
    """Off the event loop, as the runtime does it."""
    return answer(request)


@app.post("/predict-on-loop")
async def predict_on_loop(request: PredictRequest) -> Dict[str, Any]:
    """On the event loop: faster for what is short, and nothing else is answered meanwhile."""
    return answer(request)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning", access_log=False)
