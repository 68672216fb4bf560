"""`python -m mturk_exodus`."""

from mturk_exodus.cli import main

if __name__ == "__main__":
    main()
