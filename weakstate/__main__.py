"""``python -m weakstate`` is the command line."""

from weakstate.cli import main

if __name__ == "__main__":
    main()
