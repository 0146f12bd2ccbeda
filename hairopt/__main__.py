"""``python -m hairopt``: the same as the command ``hairopt``."""

from hairopt.cli.app import main

if __name__ == "__main__":
    main()
