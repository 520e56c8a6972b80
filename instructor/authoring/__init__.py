"""From the authored lessons in `solutions/` to notebooks."""
