"""Known-good modules that later units are composed of."""
