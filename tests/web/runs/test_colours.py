"""The colours of both themes: legible, and told apart by everybody."""

from __future__ import annotations

import itertools
import math
import re
from pathlib import Path

import pytest

from webapp.settings import BASE_DIR

pytestmark = pytest.mark.one_database

Colour = tuple[float, float, float]
TOKENS = Path(BASE_DIR, "static/css/tokens.css").read_text()
PAIRS = {name: pair for name, *pair in re.findall(r"(--[\w-]+): light-dark\((#\w{6}), (#\w{6})\)", TOKENS)}
THEMES = {"light": 0, "dark": 1}
RUNS = [f"--run-{number}" for number in range(1, 11)]
MIN_LINES = 21.5
# Machado, Oliveira and Fernandes 2009: how linear RGB looks without one kind of cone.
EYES = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "no green": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "no blue": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}


def linear(text: str) -> Colour:
    """sRGB to linear light, 0..1."""
    parts = [int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return red, green, blue


def luminance(text: str) -> float:
    red, green, blue = linear(text)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def lab(colour: Colour) -> Colour:
    """CIE L*a*b* of linear RGB under D65."""
    red, green, blue = (min(max(part, 0), 1) for part in colour)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    x, y, z = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def seen(text: str, eyes: str) -> Colour:
    rows = [sum(weight * part for weight, part in zip(row, linear(text), strict=True)) for row in EYES[eyes]]
    return lab((rows[0], rows[1], rows[2]))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("paper", ["--paper", "--paper-2", "--paper-3"])
@pytest.mark.parametrize("ink", ["--ink", "--ink-2", "--accent", "--good", "--bad", "--warn"])
def test_text_is_legible(ink: str, paper: str, theme: str) -> None:
    assert contrast(PAIRS[ink][THEMES[theme]], PAIRS[paper][THEMES[theme]]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("button", ["--accent-fill", "--accent-fill-2"])
def test_white_on_a_button_is_legible(button: str, theme: str) -> None:
    assert contrast("#ffffff", PAIRS[button][THEMES[theme]]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("colour", [*RUNS, "--line-2"])
def test_lines_of_charts_and_controls_stand_out(colour: str, theme: str) -> None:
    assert contrast(PAIRS[colour][THEMES[theme]], PAIRS["--paper-2"][THEMES[theme]]) >= 3


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("eyes", EYES)
def test_no_two_runs_look_alike(eyes: str, theme: str) -> None:
    colours = {name: seen(PAIRS[name][THEMES[theme]], eyes) for name in RUNS}
    alike = [(a, b) for a, b in itertools.combinations(RUNS, 2) if math.dist(colours[a], colours[b]) < 12]
    assert alike == []


MATRIX = Path(BASE_DIR, "static/css/evaluations.css").read_text()
MUCH = dict(re.findall(r'\.matrix td\[class\$="-(\d)"\] \{ --much: (\d+)%', MATRIX))
HUES = {"right": "--run-1", "wrong": "--run-2"}


def ink_of(cell: str, theme: str) -> str:
    """The colour of the number in a cell: the last rule that fits it."""
    last = ""
    for selectors, colour in re.findall(r"^(\.matrix td\[class[^{]*) \{ color: ([^;]+);", MATRIX, re.MULTILINE):
        for how, text in re.findall(r'td\[class(?:([$^]?)="([\w-]+)")?\]', selectors):
            if not text or (cell.endswith(text) if how == "$" else cell == text):
                last = colour
    short = re.findall(r"#\w{3}", last)[-1 if theme == "dark" else 0]
    return "#" + "".join(2 * digit for digit in short[1:])


def mixed(hue: str, paper: str, share: float) -> str:
    """CSS's color-mix in sRGB."""
    pairs = [(int(hue[i : i + 2], 16), int(paper[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(share * one + (1 - share) * other):02x}" for one, other in pairs)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("shade", sorted(MUCH))
@pytest.mark.parametrize("kind", HUES)
def test_the_numbers_of_a_confusion_matrix_are_legible(kind: str, shade: str, theme: str) -> None:
    hue, paper = PAIRS[HUES[kind]][THEMES[theme]], PAIRS["--paper-2"][THEMES[theme]]
    cell = mixed(hue, paper, int(MUCH[shade]) / 100)
    assert contrast(ink_of(f"{kind}-{shade}", theme), cell) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_thin_lines_of_two_runs_differ_by_more_than_how_dark_they_are(theme: str) -> None:
    """Of a line one pixel wide the eye sees the hue better than the lightness."""
    colours = {name: lab(linear(PAIRS[name][THEMES[theme]])) for name in RUNS}
    for one, other in itertools.combinations(RUNS, 2):
        lightness, *hue = (a - b for a, b in zip(colours[one], colours[other], strict=True))
        assert math.hypot(0.6 * lightness, *hue) >= MIN_LINES, (one, other)
