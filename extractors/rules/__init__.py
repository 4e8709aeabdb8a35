"""The embedded engine: words and geometry -> data, without a model.

`layout` is its door, `sorting` tells which schema a document fits.
"""
