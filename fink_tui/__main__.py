"""`python -m fink_tui`, and the console script."""

from fink_tui.cli.main import main

if __name__ == "__main__":
    main()
