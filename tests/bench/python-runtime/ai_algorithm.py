"""Work with a fixed cost a call (COST additions), however many inputs the call has."""

import os

COST = int(os.environ.get("COST", "0"))


class Algorithm:
    def predict(self, input_data, **parameters):
        sum(range(COST))
        return [{"label": text[:1], "score": 0.5} for text in input_data]
