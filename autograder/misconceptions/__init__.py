"""Wrong implementations worth knowing by name. Each overrides the one small step that it gets wrong."""
