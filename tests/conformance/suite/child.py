"""One step of every model in a process of its own: ``python -m tests.conformance.suite.child FOLDER STEP``.

Step 0 deploys and starts. Everything that a later step knows it has from the store and the time of the step before.
"""

from __future__ import annotations

import json
import shutil
import sys
from datetime import datetime
from pathlib import Path

from engine.clock import MovableClock
from engine.runtime.sandbox import Sandbox
from engine.store import Store
from tests.conformance.play import trace
from tests.conformance.suite.models import MODELS, Model
from tests.conftest import NOW


def take(folder: Path, model: Model, step: int) -> None:
    """Take step ``step`` of ``model``, and note how it stands if that was the last."""
    file, times = folder / f"{model.name}.sqlite", folder / f"{model.name}.time"
    if step == 0:
        shutil.copy(folder / "empty.sqlite", file)
    clock = MovableClock(datetime.fromisoformat(times.read_text()) if step else NOW)
    store = Store(f"sqlite:///{file}", clock=clock)
    sandbox = Sandbox(store, clock)
    if step == 0:
        sandbox.run(model.all_files(), variables=model.variables, process_id=model.process)
    else:
        sandbox.take(step, model.steps[step - 1])
    times.write_text(clock.now().isoformat())
    if step == len(model.steps):
        (folder / f"{model.name}.json").write_text(json.dumps(trace(sandbox.outcome([], None))))
    store.close()


if __name__ == "__main__":
    for model in MODELS:
        if len(model.steps) >= int(sys.argv[2]):
            take(Path(sys.argv[1]), model, int(sys.argv[2]))
