"""The built-in schema ``chart``."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from docglean.schemas.kinds import Choice, Number, Text
from pydantic import BaseModel, Field

ChartType = Literal[
    "bar", "stacked_bar", "line", "area", "pie", "scatter", "histogram", "box", "heatmap", "other"
]


class Axis(BaseModel):
    """An axis of the chart."""

    title: Annotated[
        str | None, Text(), Field(description="What stands along the axis, without the unit.")
    ] = None
    unit: Annotated[
        str | None, Text(), Field(description="Unit as printed: %, million EUR, kg.")
    ] = None


class Point(BaseModel):
    """One data point: a bar, a mark on a line, a slice."""

    x: Annotated[
        str | None,
        Text(),
        Field(description="Place on the horizontal axis, or the slice or category, as printed."),
    ] = None
    y: Annotated[
        Decimal | None,
        Number(),
        Field(description="Value in the axis's unit: as printed at the point, else read off the "
                          "axis as closely as the drawing allows."),
    ] = None  # fmt: skip


class Series(BaseModel):
    """Points that belong together: one line, one colour of bars, all slices of a pie."""

    name: Annotated[
        str | None, Text(), Field(description="Name in the legend; null where there is none.")
    ] = None
    points: Annotated[
        list[Point], Field(description="All points of the series, from left to right.")
    ] = []


class Chart(BaseModel):
    """A chart turned back into the figures that it shows."""

    type: Annotated[
        ChartType | None,
        Choice(
            ("bar", "stacked_bar", "line", "area", "pie", "scatter", "histogram", "box",
             "heatmap", "other"),
            on_page=False,
        ),
        Field(description="Kind of chart; bars that lie down are bars, a doughnut is a pie."),
    ] = None  # fmt: skip
    title: Annotated[str | None, Text(), Field(description="Title of the chart.")] = None
    x_axis: Annotated[
        Axis, Field(description="The horizontal axis, or the one with the categories.")
    ] = Axis()
    y_axis: Annotated[Axis, Field(description="The axis with the values.")] = Axis()
    series: Annotated[
        list[Series], Field(description="All series, in the order of the legend.")
    ] = []
    source: Annotated[
        str | None,
        Text(),
        Field(description="Source or note printed with the chart."),
    ] = None
