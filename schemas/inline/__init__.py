"""Schemas written as text, without code: on the command line (`grammar`) or in a YAML file."""
