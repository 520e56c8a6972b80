"""How the files in `data/` were made. Nobody needs these scripts to train; each says what it needs to run."""
