"""Print which notes are found where the system refuses namespaces, as some do: Landlock and the filter are left."""

import json
import os
from pathlib import Path

from autograder.sandbox import linux


def forbid_namespaces() -> None:
    """Let this process and its children make no namespaces of users any more. It must have but one thread."""
    user, group = os.geteuid(), os.getegid()
    linux.unshare(linux.NEW_USER)
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
        Path("/proc/self", name).write_text(text)
    Path("/proc/sys/user/max_user_namespaces").write_text("0")


def main() -> None:
    """Print the notes that are found, and the layers that are missing."""
    forbid_namespaces()
    from autograder.execution.executor import Executor  # which starts threads
    from tests.notes import NOTES, passes_in

    with Executor(libraries=()) as executor:
        found = {path.stem: passes_in(path, executor) for path in NOTES}
        print(json.dumps(found | {"missing": sorted(executor.missing)}))


if __name__ == "__main__":
    main()
