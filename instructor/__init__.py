"""What knows the answers, and what an instructor does with them: no student gets any of it."""
