"""The embedded engine: words and geometry -> data, without a model.

`rule_reader` is its door, `classify` tells which schema a document fits.
"""
