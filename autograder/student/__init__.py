"""What notebooks import, under the short names `autograder.blocks`, `.own_work`, `.figures` and `.properties`."""
