"""``python -m docglean``: the command line."""

from docglean.cli.app import main

main()
