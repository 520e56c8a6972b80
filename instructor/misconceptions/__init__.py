"""Wrong implementations worth knowing by name. Each overrides the one small step that it gets wrong.

Each unit is a package and each topic a file. The package lists its topics in order: where two misconceptions explain a
submission equally well, the diagnosis names the first.
"""
