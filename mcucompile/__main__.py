"""`python -m mcucompile`: the command line without its entry point."""

from mcucompile.cli import main

if __name__ == "__main__":
    main()
