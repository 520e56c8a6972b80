"""JupyterLab for one walk: on a folder, with a home, a port and a token of its own."""

import os
import re
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import IO

PROJECT = Path(__file__).resolve().parents[2]
SHOWN = PROJECT / "build" / "browser"  # the screenshots
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/")
START_SECONDS = 240
NO_NEWS = Path(".jupyter/lab/user-settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings")


@contextmanager
def jupyter_lab(folder: Path, home: Path) -> Iterator[str]:
    """Start JupyterLab as in `make lab`; yields its address with the token. The log is in `home`."""
    token = secrets.token_hex()
    (home / NO_NEWS).parent.mkdir(parents=True)
    (home / NO_NEWS).write_text('{"fetchNews": "false"}', encoding="utf-8")  # it asks whether you want any
    command = [sys.executable, "-m", "jupyterlab", f"--notebook-dir={folder}", *options(token)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "PYTEST"))}
    environment |= {"HOME": str(home), "PYTHONPATH": str(PROJECT)}
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        said: Queue[str] = Queue()
        reader = Thread(target=follow, args=(server.stderr, home / "lab.log", said))
        reader.start()
        try:
            address = said.get(timeout=START_SECONDS)
            assert address, (home / "lab.log").read_text(encoding="utf-8")
            yield f"{address}lab?token={token}"
        finally:
            server.terminate()
            reader.join()


def options(token: str) -> list[str]:
    """No browser of its own, no questions to the network, and root may start it, as in a container."""
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        port = any_port.getsockname()[1]
    return [
        *("--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}", f"--IdentityProvider.token={token}"),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]


def follow(log: IO[str], copy: Path, said: "Queue[str]") -> None:
    """Copy the log line by line, and pass on the address that it names; at its end, an empty one."""
    with copy.open("w", encoding="utf-8") as lines:
        for line in log:
            lines.write(line)
            lines.flush()
            if found := ADDRESS.search(line):
                said.put(found[0])
    said.put("")
