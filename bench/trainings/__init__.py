"""What the engine `local` learns, one module a model.

A module here has ``TRAINING``, a `bench.train.Training`; ``python -m bench.train NAME`` (the
module's name) writes ``extractors/rules/ranker/NAME.json``.
"""
