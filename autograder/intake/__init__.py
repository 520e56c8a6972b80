"""From files to a submission: finding, reading, cells and names, text made harmless. Nothing is run."""
