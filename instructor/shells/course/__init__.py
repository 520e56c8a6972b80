"""What an instructor does around grading: collect, look at the class, export, and copy releases to work in."""
