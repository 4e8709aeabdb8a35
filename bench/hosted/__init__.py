"""Documents past hosted models as they behave: whether all end, what is paid, and how often.

    python -m bench.hosted [--documents 300] [--seed 0] [--quick]

Against the strict stand-ins of tests/servers for Claude, GPT and Gemini, with a third of the
documents each: models that think, 0 to 40,000 tokens a call, inside the limit of the answer, and
2 % faults of each kind, of servers (`faults`) and of documents (`documents`). Each run is killed
twice (SIGKILL), ended by its budget once, and gone on with. No accuracy follows from it: the
stand-ins read the words that they are sent without fault.

Ends with 1 where one of the bounds of `report` is broken. Only printed, for nothing bounds it, is
how far the bill is from what was estimated after three documents: where one call in twenty thinks
40,000 tokens, three calls do not tell the mean. Where calls think alike they do, within a factor of
2: tests/extractors/calls/test_thinking.py.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
