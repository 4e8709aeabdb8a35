"""``python -m docglean``: the command line."""

from docglean.cli import main

main()
