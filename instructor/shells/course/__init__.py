"""What an instructor does around grading: collect, look at the class, export, and give a stub back."""
