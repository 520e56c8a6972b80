"""How much time and memory a submission gets."""

from dataclasses import dataclass

START_SECONDS = 120.0  # for a process to start and to import the libraries; it is nobody's code
UNMEASURED_FACTOR = 5.0  # where only the wall clock can be read, as on macOS and Windows


@dataclass(frozen=True)
class Limits:
    """What one submission may use: seconds of processor time for a case, a cell and the whole, and bytes.

    Processor time does not pass while other programs have the machine, so the same code gets the same grade on a busy
    one. A case that runs out of it is tried again in a fresh process, before all other cases, with `import_seconds`
    more: what a case imports when it is first called takes that long at most, and nobody outside can tell an import
    from other work. Only a case that runs out again fails. A second try that fails is not on `total_seconds`; after
    `second_tries` of them, whatever runs out fails at once. So 12 exercises that never end cost 12 limits and
    `second_tries` longer ones, and a submission that does its worst has (1 + `second_tries`) * `total_seconds`.

    What waits without working, such as a `time.sleep` or a deadlock, is ended after `idle_factor` times a limit, and
    not before `least_idle_seconds`: it would hold up others. The wall clock ends whatever else hangs: at `wall_factor`
    times a limit, and not before `least_wall_seconds`.
    """

    case_seconds: float = 4.0
    import_seconds: float = 6.0
    cell_seconds: float = 10.0
    total_seconds: float = 60.0
    second_tries: int = 3
    wall_factor: float = 20.0
    least_wall_seconds: float = 60.0
    idle_factor: float = 4.0
    least_idle_seconds: float = 20.0
    memory_bytes: int = 2 << 30
    result_bytes: int = 64 << 20

    def wall_seconds(self, processor_seconds: float, is_measured: bool = True) -> float:
        """How long something that has this much processor time may take; less where that time cannot be measured."""
        if not is_measured:
            return min(self.wall_factor, UNMEASURED_FACTOR) * processor_seconds
        return max(self.wall_factor * processor_seconds, self.least_wall_seconds)

    def idle_seconds(self, processor_seconds: float) -> float:
        """How long something that has this much processor time may wait without wanting a processor."""
        return max(self.idle_factor * processor_seconds, self.least_idle_seconds)
