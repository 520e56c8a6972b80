"""What a case looks at in what an implementation showed: pure functions of an observation, which hold no answer."""
