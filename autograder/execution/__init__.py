"""From a plan to evidence: processes for student code, what they are sent, and what they respond."""
