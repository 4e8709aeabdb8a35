"""Documents of drawn layouts: what the engine reads of papers that nobody has ever seen.

    python -m bench.generated [--seed N] [--documents M] [--kind invoice]...
        [--scans SHARE] [--out FOLDER] [--wrong]

Everything about a paper is drawn from its seed: where things stand and how they are worded, written
and set. What is right is what was printed, and where. No seed is named in the gate of the tests, so
that no rule can be made for its documents; real documents (`bench.embedded`) tell whether these are
like the world.
"""

from bench.generated.generator import KINDS, Generated, document, documents
from bench.generated.paper import Printed

__all__ = ["KINDS", "Generated", "Printed", "document", "documents"]
