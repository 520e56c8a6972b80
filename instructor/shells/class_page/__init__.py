"""The report on a class as a page, and the sheets for an oral defence."""
