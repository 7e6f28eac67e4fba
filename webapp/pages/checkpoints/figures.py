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
    dots = {"x": actual, "y": predicted, "mode": "markers", "marker": {"color": "--run-1", "size": 6, "opacity": 0.55}}
    hover = str(Message("actual %{x:.5~g}<br>predicted %{y:.5~g}<extra></extra>"))
    return {
        "data": [_line(ends, ends), dots | {"type": "scatter", "hovertemplate": hover}],
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


def reliability(bins: Sequence[dict[str, Any]]) -> Figure:
    """Accuracy against confidence: a bar for each bin; on the line, the network is right as often as it is sure."""
    filled = [entry for entry in bins if entry["count"]]
    bars = {
        "type": "bar",
        "x": [(entry["low"] + entry["high"]) / 2 for entry in filled],
        "y": [entry["accuracy"] for entry in filled],
        "width": [entry["high"] - entry["low"] for entry in filled],
        "customdata": [[entry["confidence"], entry["count"]] for entry in filled],
        "text": [f"{entry['count']:,}" for entry in filled],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": str(
            Message("right %{y:.1%}<br>sure %{customdata[0]:.1%}<br>%{customdata[1]} examples<extra></extra>")
        ),
        "marker": {"color": "--run-1", "opacity": 0.55, "line": {"color": "--paper-2", "width": 1}},
    }
    means = {
        "x": [entry["confidence"] for entry in filled],
        "y": [entry["accuracy"] for entry in filled],
        "mode": "markers",
        "marker": {"color": "--run-2", "size": 7},
        "hoverinfo": "skip",
    }
    layout = _axes(Message("confidence"), Message("accuracy"))
    return {"data": [bars, _diagonal(), means], "layout": _unit_square(layout, highest=1.08)}


def roc(points: Sequence[Sequence[float]]) -> Figure:
    """True against false positives at every threshold; on the line, positive and negative examples look the same."""
    curve = _curve(points, Message("false positives %{x:.1%}<br>true positives %{y:.1%}<extra></extra>"))
    layout = _axes(Message("false positive rate"), Message("true positive rate"))
    return {"data": [_diagonal(), curve], "layout": _unit_square(layout)}


def precision_recall(points: Sequence[Sequence[float]], share: float) -> Figure:
    """Precision against recall at every threshold; ``share``, that of positives, is the precision of guessing."""
    curve = _curve(points, Message("recall %{x:.1%}<br>precision %{y:.1%}<extra></extra>"))
    layout = _axes(Message("recall"), Message("precision of the positive class"))
    return {"data": [_line([0, 1], [share, share]), curve], "layout": _unit_square(layout)}


def _curve(points: Sequence[Sequence[float]], hover: Message) -> dict[str, Any]:
    line = {"color": "--run-1", "width": 2}
    x, y = [point[0] for point in points], [point[1] for point in points]
    return {"x": x, "y": y, "mode": "lines", "type": "scatter", "line": line, "hovertemplate": str(hover)}


def _diagonal() -> dict[str, Any]:
    return _line([0, 1], [0, 1])


def _line(x: Sequence[float], y: Sequence[float]) -> dict[str, Any]:
    """A line to compare with."""
    line = {"color": "--ink-2", "width": 1, "dash": "dot"}
    return {"x": list(x), "y": list(y), "mode": "lines", "line": line, "hoverinfo": "skip"}


def _unit_square(layout: dict[str, Any], highest: float = 1.02) -> dict[str, Any]:
    ranges = {"xaxis": [-0.02, 1.02], "yaxis": [0, highest]}
    return layout | {axis: layout[axis] | {"range": bounds} for axis, bounds in ranges.items()}


def _axes(x: Message, y: Message) -> dict[str, Any]:
    return {"xaxis": {"title": {"text": str(x)}}, "yaxis": {"title": {"text": str(y)}}, "showlegend": False}
