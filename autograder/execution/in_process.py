"""A student's own notebook, where the code has run already: probes are carried out in this very process."""

from collections.abc import Mapping
from typing import Any

from autograder import bank
from autograder.evidence import Evidence
from autograder.execution.responses import parse_printed, parse_response
from autograder.plan import Plan
from autograder.protocol.errors import CellOf, cell_of_file
from autograder.sandbox.serve import observe


class InProcess:
    """Runs plans on the names of a notebook. It is not isolated and trusts the code that it runs.

    `cell_of` gives the number of the cell that was compiled under a file name, or None.
    """

    def __init__(self, namespace: Mapping[str, Any], cell_of: CellOf = cell_of_file) -> None:
        self.namespace, self.cell_of = namespace, cell_of

    def run(self, plan: Plan) -> Evidence:
        """What every trial of a plan shows."""
        responses = {t: observe(bank.probe_of(t), self.namespace, cell_of=self.cell_of) for t in plan.to_run}
        shown = {trial: parse_response(response) for trial, response in responses.items()}
        return Evidence(shown, printed={trial: parse_printed(response) for trial, response in responses.items()})
