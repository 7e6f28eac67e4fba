"""Figures of an evaluation: pure functions from data to Plotly figures as plain dictionaries.

Colours are named by design token ("--run-1"); the script that draws replaces them by the values of the current theme.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trainer.messages.message import Message

Figure = dict[str, Any]


def predicted_against_actual(pairs: Sequence[Sequence[float]], target: Message) -> Figure:
    """One dot for each example; on the line, the prediction is exact."""
    actual, predicted = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    ends = [min([*actual, *predicted], default=0), max([*actual, *predicted], default=1)]
    line = {"x": ends, "y": ends, "mode": "lines", "line": {"color": "--ink-2", "width": 1, "dash": "dot"}}
    dots = {"x": actual, "y": predicted, "mode": "markers", "marker": {"color": "--run-1", "size": 6, "opacity": 0.55}}
    hover = str(Message("actual %{x:.5~g}<br>predicted %{y:.5~g}<extra></extra>"))
    return {
        "data": [line | {"hoverinfo": "skip"}, dots | {"type": "scatter", "hovertemplate": hover}],
        "layout": _axes(Message("actual {target}", target=target), Message("predicted")),
    }


def residuals(histogram: Sequence[dict[str, Any]], target: Message) -> Figure:
    """The errors of the predictions: a bar for each bin of actual − predicted."""
    bars = {
        "type": "bar",
        "x": [(entry["low"] + entry["high"]) / 2 for entry in histogram],
        "y": [entry["count"] for entry in histogram],
        "width": [entry["high"] - entry["low"] for entry in histogram],
        "text": [entry["name"] for entry in histogram],
        "textposition": "none",
        "hovertemplate": str(Message("%{text}<br>%{y} examples<extra></extra>")),
        "marker": {"color": "--run-1", "line": {"color": "--paper-2", "width": 1}},
    }
    layout = _axes(Message("{target}: actual − predicted", target=target), Message("examples"))
    zero = {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1}
    return {"data": [bars], "layout": layout | {"shapes": [zero | {"line": {"color": "--ink-2", "dash": "dot"}}]}}


def _axes(x: Message, y: Message) -> dict[str, Any]:
    return {"xaxis": {"title": {"text": str(x)}}, "yaxis": {"title": {"text": str(y)}}, "showlegend": False}
