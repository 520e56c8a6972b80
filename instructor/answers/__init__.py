"""What right code shows, and what the known mistakes show: run here, or in a process beside the worker."""
