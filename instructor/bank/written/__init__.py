"""The written questions of each unit: what earns the points, and sentences for the student who lacks it."""
