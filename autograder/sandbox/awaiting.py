"""Run a coroutine to its end without a socket, which the sandbox refuses and asyncio's own loops need."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any


class _Bell:
    """Stands for a selector: nothing is read or written, but another thread may ring."""

    def __init__(self) -> None:
        self.rung = threading.Event()

    def select(self, timeout: float | None) -> list[Any]:
        """Wait for the bell, at most `timeout` seconds."""
        self.rung.wait(timeout)
        self.rung.clear()
        return []


class _Loop(asyncio.BaseEventLoop):
    def __init__(self) -> None:
        super().__init__()
        self._selector = _Bell()

    def __del__(self) -> None:
        pass  # it holds nothing that has to be closed

    def _process_events(self, events: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        self._selector.rung.set()


_loops: list[_Loop] = []


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns, or raises; tasks that it leaves go on the next time, as in a notebook."""
    loop = _loops[0] if _loops else _Loop()
    _loops[:] = [loop]
    outer = asyncio._get_running_loop()
    asyncio._set_running_loop(None)  # a notebook's kernel is running one
    try:
        return loop.run_until_complete(coroutine)
    finally:
        asyncio._set_running_loop(outer)
