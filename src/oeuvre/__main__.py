"""`python -m oeuvre`: the command `oeuvre`."""

from oeuvre.cli import main

main()
