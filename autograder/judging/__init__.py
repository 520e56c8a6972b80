"""From evidence to grades: compare with the reference, name the mistake, put it into words. It starts no process."""
