"""The confusion matrix as a table with shades. No request, no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Above this number of classes the cells are small squares without numbers.
MOST_WITH_NUMBERS = 20
SHADES = 9
MOST_FLAT_NAMES, LONGEST_FLAT_NAME = 5, 4


@dataclass(frozen=True)
class MatrixCell:
    """``count`` examples of one true class were predicted as ``predicted``; ``shade`` is 0 for none, else 1 to 9."""

    predicted: str
    count: int
    share: float
    shade: int
    right: bool


@dataclass(frozen=True)
class MatrixRow:
    """All examples of one true class."""

    true: str
    total: int
    cells: tuple[MatrixCell, ...]


@dataclass(frozen=True)
class Confusion:
    """Two classes that were mixed up: ``true`` was predicted as ``predicted``."""

    true: str
    predicted: str
    count: int
    share: float


@dataclass(frozen=True)
class Matrix:
    """Rows are true classes, columns predicted ones."""

    classes: tuple[str, ...]
    rows: tuple[MatrixRow, ...]

    @property
    def is_dense(self) -> bool:
        return len(self.classes) > MOST_WITH_NUMBERS

    @property
    def has_upright_names(self) -> bool:
        """Whether column headings are rotated, so that long names do not make wide columns."""
        return len(self.classes) > MOST_FLAT_NAMES and any(len(name) > LONGEST_FLAT_NAME for name in self.classes)

    def worst(self, most: int = 8) -> list[Confusion]:
        """The most frequent confusions; among equals, the largest share of a class first."""
        wrong = [
            Confusion(row.true, cell.predicted, cell.count, cell.share)
            for row in self.rows
            for cell in row.cells
            if cell.count and not cell.right
        ]
        return sorted(wrong, key=lambda each: (-each.count, -each.share))[:most]


def matrix_of(classes: Sequence[str], counts: Sequence[Sequence[int]]) -> Matrix:
    """Colour ``counts`` (true by predicted): each cell by its share of its true class."""
    rows = []
    for index, line in enumerate(counts):
        total = sum(line)
        cells = tuple(_cell(classes[column], count, total, right=column == index) for column, count in enumerate(line))
        rows.append(MatrixRow(classes[index], total, cells))
    return Matrix(tuple(classes), tuple(rows))


def _cell(predicted: str, count: int, total: int, *, right: bool) -> MatrixCell:
    share = count / total if total else 0.0
    shade = max(1, round(share * SHADES)) if count else 0
    return MatrixCell(predicted, count, share, shade, right)
