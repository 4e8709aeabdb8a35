"""The best pairs of two lists, by the Hungarian method (Kuhn, 1955) as scipy has it."""

from __future__ import annotations

from functools import cache
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def best_pairs(worth: ArrayLike) -> list[tuple[int, int]]:
    """Row and column of each pair, by rows: no row and no column is in two, and the sum of what
    they are worth is the greatest there is.

    Args:
        worth: of each pair, rows by columns.
    """
    rows, columns = _solver()(worth, maximize=True)
    return list(zip(map(int, rows), map(int, columns), strict=True))


@cache
def _solver() -> Any:
    """scipy's function without all else of `scipy.optimize`, which takes longer to load than many
    a document to read: half a second of processor time, and 60 MB."""
    import scipy

    found = PathFinder.find_spec("_lsap", [str(Path(scipy.__file__).parent / "optimize")])
    if found is None or found.loader is None:  # elsewhere in another version
        from scipy.optimize import linear_sum_assignment

        return linear_sum_assignment
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module.linear_sum_assignment
