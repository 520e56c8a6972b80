"""`python -m autograder` is the command `autograder`."""

from autograder.shells.command_line import main

if __name__ == "__main__":
    main()
