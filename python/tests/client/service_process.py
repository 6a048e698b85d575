"""A real service, as a user starts it."""

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).parents[3]
COMMAND = ROOT / "cli/bin/remotemedia.mjs"
NODES = [ROOT / "tests/fixtures/nodes"]


class ServiceProcess:
    """`remotemedia serve` in a folder of its own. Close it in any case."""

    def __init__(self, folder, settings=""):
        node = shutil.which("node")
        assert node is not None, "the service needs Node.js"
        config = folder / "runtime.toml"
        python = f"[multiprocess.python]\nexecutable = {json.dumps(sys.executable)}\nextra_paths = {paths(NODES)}\n"
        config.write_text(f"{settings}\n{python}")
        self.log = folder / "service.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [node, str(COMMAND), "serve", "--port", "0", "--json", "--config", str(config)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
                | {"PYTHONPATH": str(ROOT / "python")},
            )
        self._events = []
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.address = self.event(event="listening")["address"]

    def _read(self):
        for line in self.process.stdout:
            with self._more:
                self._events.append(json.loads(line))
                self._more.notify_all()

    def event(self, timeout=30, **fields):
        """The first event, past or future, that has these fields."""

        def find():
            return next((each for each in self._events if fields.items() <= each.items()), None)

        with self._more:
            found = self._more.wait_for(find, timeout)
        assert found is not None, f"no event {fields}: {self.log.read_text()[-5000:]}"
        return found

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        finally:
            self.process.kill()
            self.process.wait()
            self._reader.join()
            self.process.stdout.close()


def run_python(code, folder, *args):
    """Runs code as a file in the folder, in a process of its own that has the SDK; gives exit code and output."""
    script = folder / "client.py"
    script.write_text(code)
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script), *args],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "python")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout


def paths(folders):
    return json.dumps([str(each) for each in folders])


def manifest_of(*nodes, multiprocess=None):
    """A chain. A node is an id and a type, and its parameters where it has some."""
    ids = [each[0] for each in nodes]
    return {
        "version": "v1",
        "metadata": {"name": "test", **({} if multiprocess is None else {"multiprocess": multiprocess})},
        "nodes": [{"id": id, "node_type": kind, "params": dict(*params)} for id, kind, *params in nodes],
        "connections": [{"from": a, "to": b} for a, b in zip(ids, ids[1:], strict=False)],
    }


ECHO = manifest_of(("in", "PassThrough"), ("echo", "EchoNode"))
NATIVE = manifest_of(("pass", "PassThrough"))
